"""What people read when the gateway itself answers."""

from collections.abc import Mapping
from dataclasses import dataclass

UNKNOWN = (
    "Vous veniez d'envoyer un formulaire\N{NO-BREAK SPACE}? Nous ne savons pas s'il est enregistré. "
    "Regardez d'abord, et recommencez seulement si ce n'est pas fait."
)


@dataclass(frozen=True)
class Part:
    """One service as people know it: what it is for, and the page it begins with."""

    what: str
    label: str
    path: str


PARTS: Mapping[str, Part] = {
    "prescription": Part("Les fiches des habitants et les chéquiers", "Habitants et chéquiers", "/guichet"),
    "catalogue": Part("Les formations, les lieux et les séances", "Formations et lieux", "/"),
    "booking": Part("Les dossiers, les réservations et les liens reçus", "Dossiers et réservations", "/mediateur"),
    "notifications": Part("Les messages, les appels et les courriers", "Messages et appels", "/appels"),
}
CENTRES = Part("", "Téléphones des centres sociaux", "/ou-demander")


@dataclass(frozen=True)
class Answer:
    """What the gateway answers by itself: `sentences` say what is the matter and what to do."""

    status: int
    title: str
    sentences: tuple[str, ...]
    parts: tuple[Part, ...] = ()

    @property
    def detail(self) -> str:
        """Join what software reads."""
        return " ".join(self.sentences)


def answers() -> Mapping[str, Answer]:
    """Return every answer by the name of its file."""
    return {
        **{service: down(service) for service in PARTS},
        "any": Answer(503, "Le site ne répond pas", ("Réessayez dans une minute.", UNKNOWN)),
        "404": Answer(404, "Page introuvable", ("Cette adresse n'existe pas.",), still(*PARTS)),
        "413": Answer(413, "C'est trop lourd", ("Le fichier est trop lourd. Rien n'a été enregistré.",), still(*PARTS)),
    }


def down(service: str) -> Answer:
    """Say what does not answer, and what goes on."""
    what = f"{PARTS[service].what} ne sont pas disponibles pour l'instant. Réessayez dans une minute."
    others = (other for other in PARTS if other != service)
    return Answer(503, "Cette partie du site ne répond pas", (what, UNKNOWN), still(*others))


def still(*services: str) -> tuple[Part, ...]:
    """List the pages that work."""
    return (*(PARTS[service] for service in services), *([CENTRES] if "catalogue" in services else []))
