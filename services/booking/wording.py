"""The French words of coded values, and of times that have passed."""

from county import wording

STATES = {
    "confirmed": "réservée",
    "attended": "suivie",
    "missed": "absence",
    "cancelled": "annulée",
    "offered": "place proposée",
    "declined": "place refusée",
    "lapsed": "proposition terminée",
    **wording.VOUCHERS,
}
ACTORS = {
    "beneficiary": "la personne",
    "mediator": "le médiateur",
    "prescriber": "le centre",
    "organiser": "l'organisateur",
    "administrator": "l'administrateur",
    "system": "le système",
}
NOTICES = wording.NOTICES
NEEDS = wording.NEEDS
LEVELS = {"débutant": "Débutant", "intermédiaire": "Intermédiaire", "avancé": "Avancé"}
SUPPORT = wording.SUPPORT
CHANNELS = {"sms": "par SMS", "email": "par e-mail", "letter": "par courrier", "call": "par téléphone"}
FLAGS = {"absences": "absente plusieurs fois", "late_cancellations": "a annulé tard plusieurs fois"}

# Reasons, chosen and never typed (docs/decisions/0051).
CANCELLATIONS = (
    "à la demande de la personne",
    "la personne a un autre rendez-vous",
    "la personne ne peut pas se déplacer",
    "une autre séance lui convient mieux",
    "réservée par erreur",
)
CORRECTIONS = (
    "erreur de saisie",
    "arrivée en retard",
    "la personne avait prévenu",
    "problème de transport, de matériel ou de lieu",
    "autre raison, vue avec la personne",
)
HAND_OVERS = (
    "plus près de chez la personne",
    "horaires qui lui conviennent mieux",
    "autre compétence demandée",
    "absence ou départ du médiateur",
    "à la demande de la personne",
)


def lasting(seconds: float) -> str:
    """Say «moins d'une heure», «5 heures», «3 jours»."""
    hours = int(seconds // 3600)
    if hours < 1:
        return "moins d'une heure"
    count, unit = (hours, "heure") if hours < 24 else (hours // 24, "jour")  # noqa: PLR2004 - hours of a day
    return f"{count} {unit}{'s' if count > 1 else ''}"
