"""A notice in full sentences: an e-mail, a letter, or what to say on the phone."""

from dataclasses import dataclass

from chassis.web.french import moment, phone
from services.notifications.model import Facts

SUBJECTS = {
    "book_prescribed": "Vos 5 heures de formation gratuites",
    "file_accepted": "Votre médiateur numérique",
    "booking_confirmed": "Votre séance est réservée",
    "booking_moved": "Votre séance change",
    "booking_cancelled": "Votre séance est annulée",
    "seat_offered": "Une place est libre",
    "reminder_48h": "Rappel : votre séance approche",
    "reminder_3h": "Rappel : votre séance est aujourd'hui",
    "book_nearly_empty": "Votre chéquier est presque fini",
    "book_expiring": "Vos heures vont bientôt se périmer",
    "long_unseen": "Vos heures vous attendent",
}
OPENINGS = {
    "book_prescribed": (
        "Un centre vous a donné un chéquier Pass numérique. Il contient 5 chèques. Un chèque vaut une heure de "
        "formation gratuite.\n\nUn médiateur numérique va vous appeler. Ensemble, vous choisirez vos formations."
    ),
    "file_accepted": "{mediator} vous accompagne pour votre Pass numérique. Il vous appelle pour fixer votre première "
    "heure.",
    "booking_confirmed": "Votre séance est réservée.",
    "booking_moved": "Votre séance change de jour, d'heure ou de lieu. Voici les nouvelles informations.",
    "booking_cancelled": "Votre séance du {when} est annulée. Vos chèques vous sont rendus. Appelez-nous pour choisir "
    "une autre séance.",
    "seat_offered": "Une place est libre pour cette séance. Appelez-nous vite pour la prendre.",
    "reminder_48h": "Votre séance est dans deux jours.",
    "reminder_3h": "Votre séance est aujourd'hui.",
    "book_nearly_empty": "Il vous reste une heure ou moins. Vous pouvez demander un nouveau chéquier à votre centre.",
    "book_expiring": "Vos heures vont bientôt se périmer. Appelez-nous pour fixer une séance.",
    "long_unseen": "Il vous reste des heures de formation gratuites. Appelez-nous pour fixer une séance.",
}
WITH_SESSION = frozenset({"booking_confirmed", "booking_moved", "seat_offered", "reminder_48h", "reminder_3h"})


@dataclass(frozen=True)
class Written:
    subject: str
    body: str


def mail(facts: Facts) -> Written:
    """A letter has the same words: its page adds the envelope's lines and the date."""
    return Written(SUBJECTS[facts.kind], _body(facts))


def spoken(facts: Facts) -> Written:
    """What the caller says, without greeting or signature."""
    return Written(SUBJECTS[facts.kind], "\n\n".join([_opening(facts), *_session(facts)]))


def _body(facts: Facts) -> str:
    call = [f"Une question, un empêchement ? Appelez le {phone(facts.call)}."] if facts.call else []
    centre = facts.centre.name if facts.centre else "Votre centre"
    parts = [f"Bonjour {facts.contact.first_name},", _opening(facts), *_session(facts), *call]
    return "\n\n".join([*parts, f"{centre}, pour le Pass numérique de la Drôme"])


def _opening(facts: Facts) -> str:
    mediator = facts.mediator.name if facts.mediator else "Un médiateur numérique"
    when = moment(facts.starts_at) if facts.starts_at else ""
    return OPENINGS[facts.kind].format(mediator=mediator, when=when)


def _session(facts: Facts) -> list[str]:
    session = facts.session
    if facts.kind not in WITH_SESSION or session is None or facts.starts_at is None:
        return []
    where = session.where
    lines = [
        f"Quoi : {session.training_title}",
        f"Quand : {moment(facts.starts_at)}",
        f"Où : {where.name}, {where.address}, {where.postal_code} {where.commune}",
        f"À apporter : {session.bring}",
        *([f"Avec : {facts.mediator.name}"] if facts.mediator else []),
    ]
    return ["\n".join(lines)]
