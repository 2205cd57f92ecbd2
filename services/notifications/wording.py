"""The French words of coded values."""

KINDS = {
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
CHANNELS = {"sms": "SMS", "email": "e-mail", "letter": "courrier", "call": "appel", None: "à choisir"}
STATES = {
    "scheduled": "prévu",
    "sending": "en cours d'envoi",
    "sent": "envoyé",
    "delivered": "reçu",
    "failed": "échec",
    "by_hand": "à faire par une personne",
    "dropped": "abandonné",
}
OUTCOMES = (
    ("reached", "J'ai parlé à la personne"),
    ("message_left", "J'ai laissé un message"),
    ("no_answer", "Personne ne répond"),
    ("wrong_number", "Ce n'est pas le bon numéro"),
)
CALLED = {"reached": "jointe", "message_left": "message laissé", "no_answer": "pas de réponse", "wrong_number": "faux"}
NEEDS = {
    "reading": "La lecture est difficile",
    "mobility": "Se déplace difficilement",
    "sight": "Voit mal",
    "hearing": "Entend mal",
}
