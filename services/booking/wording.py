"""The French words of coded values."""

STATES = {
    "confirmed": "réservée",
    "attended": "suivie",
    "missed": "absence",
    "cancelled": "annulée",
    "available": "à utiliser",
    "held": "réservé",
    "consumed": "utilisé",
    "void": "annulé",
    "expired": "périmé",
}
ACTORS = {
    "beneficiary": "la personne",
    "mediator": "le médiateur",
    "prescriber": "le centre",
    "organiser": "l'organisateur",
    "administrator": "l'administrateur",
    "system": "le système",
}
NOTICES = {
    "book_prescribed": "Chéquier prescrit",
    "file_accepted": "Médiateur trouvé",
    "booking_confirmed": "Séance réservée",
    "booking_moved": "Séance déplacée",
    "booking_cancelled": "Séance annulée",
    "seat_offered": "Place proposée",
    "reminder_48h": "Rappel, 2 jours avant",
    "reminder_3h": "Rappel, 3 heures avant",
    "book_nearly_empty": "Chéquier presque épuisé",
    "book_expiring": "Chéquier bientôt périmé",
    "long_unseen": "Sans nouvelles",
}
