"""The French of the coded values that the contracts share, in the order in which forms offer them."""

NEEDS = {
    "first_steps": "Débuter : souris, clavier, téléphone",
    "administrative": "Faire ses démarches en ligne",
    "work": "Chercher un emploi, travailler",
    "farm": "Gérer son exploitation agricole",
    "safety": "Éviter les arnaques, protéger ses comptes",
    "family": "École des enfants, famille",
    "other": "Autre besoin",
}
SUPPORT = {
    "reading": "Difficulté à lire ou à écrire",
    "mobility": "Accès de plain-pied nécessaire",
    "sight": "Voit mal",
    "hearing": "Entend mal",
}
VOUCHERS = {
    "available": "à utiliser",
    "held": "réservé",
    "consumed": "utilisé",
    "void": "annulé",
    "expired": "périmé",
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
    "erasure_requested": "Effacement demandé",
    "erasure_withdrawn": "Effacement annulé",
}
SOURCES = {
    "prescription.events": "Prescription",
    "prescription.contacts": "Coordonnées",
    "catalogue.events": "Catalogue",
    "booking.events": "Réservation",
    "notifications.events": "Messages",
}
"""How pages call the service that a topic's news come from."""
