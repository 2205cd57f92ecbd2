"""Where a person says they live: a postal code alone is no proof, some are shared with another département. Rule 3."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from county.communes import Commune, by_insee, called, communes_called

OUTSIDE = "elsewhere"
NOT_OF_THE_DROME = (
    "Le Pass numérique est réservé aux habitants de la Drôme. Hors de la Drôme, proposez à la personne un lieu de "
    "médiation numérique de son département : cartographie.societenumerique.gouv.fr."
)
NOT_FOUND = (
    "Aucune commune de la Drôme ne s'écrit ainsi : vérifiez l'orthographe ou le code postal. "
    "Le Pass numérique est réservé aux habitants de la Drôme."
)
WHICH = "Plusieurs communes s'appellent presque ainsi : choisissez la bonne."
ASKED = (
    "Un code postal ne suffit pas, certains sont partagés avec un autre département : choisissez la commune où la "
    "personne habite."
)


@dataclass(frozen=True)
class Residence:
    """One commune, or the question to ask and the communes to choose from."""

    commune: Commune | None = None
    question: str = ""
    among: Sequence[Commune] = field(default=())


def read(text: str, chosen: str = "") -> Residence:
    """Finds a commune by `text`, a name, of before a merger too, or a postal code; `chosen` answers which."""
    if chosen:
        known = by_insee(chosen)
        return Residence(known) if known else Residence(question=NOT_OF_THE_DROME)
    if not (communes := communes_called(text)):
        return Residence(question=NOT_FOUND if text.strip() else "à remplir")
    if text.strip().isdigit():
        return Residence(question=ASKED, among=communes)
    exact = called(text) or [commune for commune in communes if commune.label == text.strip()]
    only = exact if len(exact) == 1 else communes
    return Residence(only[0]) if len(only) == 1 else Residence(question=WHICH, among=communes)
