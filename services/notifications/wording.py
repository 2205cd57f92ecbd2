"""The French words of coded values."""

from county import wording

KINDS = wording.NOTICES
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
PLACES = {
    "person": "page de vos messages",
    "calls": "liste des appels à faire",
    "messages": "liste des messages",
    "letters": "courriers à poster",
    "api": "vos messages, par un logiciel",
}
BOOKINGS = {"confirmed": "réservée", "cancelled": "annulée", "over": "passée"}
AGENT_MAILS = {
    "scheduled": "va partir",
    "sending": "part",
    "sent": "envoyé",
    "unclear": "peut-être parti",
    "failed": "pas arrivé",
}
AGENT_MAIL_TAGS = {
    "scheduled": "is-wait",
    "sending": "is-wait",
    "sent": "is-ok",
    "unclear": "is-late",
    "failed": "is-late",
}
