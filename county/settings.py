"""What the county answers for, told from outside: who stands behind the site, and how long something is stored."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from chassis import journal
from chassis.db import Transaction
from chassis.settings import ServiceSettings
from chassis.web import Page


class Legal(BaseModel):
    """Whom the pages of the law name. What is written here is the demonstration's, and they say so."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str = "Département de la Drôme (exemple)"
    """Names who answers for the site."""
    address: str = "1 rue de l'Exemple, 26000 Valence"
    """Is their postal address."""
    phone: str = "+33465710000"
    """Is their telephone."""
    contact: str = "contact@exemple.invalid"
    """Is the address that answers about the site and its accessibility."""
    director: str = "Prénom Nom, présidente ou président du conseil départemental (exemple)"
    """Names the director of publication."""
    officer: str = "dpo@exemple.invalid"
    """Is the data protection officer's address."""
    host: str = "Hébergeur d'exemple, 2 rue de l'Exemple, 26000 Valence, 04 65 71 00 00"
    """Names who runs the servers: name, postal address and telephone."""
    security: str = "mailto:securite@exemple.invalid"
    """Takes reports of weaknesses, as a URI."""

    @property
    def is_example(self) -> bool:
        """Return whether one of the values is still the demonstration's."""
        return self.model_fields_set != {*type(self).model_fields}


RETAINED = ("contents", "proofs", "bookings", "residents", "readings", "acts", "copies", "requests", "files", "backups")
FORMER_NAMES = {
    "PASS_RETENTION": "PASS_RETAIN_…",
    "PASS_RETENTION__GRACE": "PASS_ERASURE_GRACE",
    **{f"PASS_RETENTION__{name.upper()}": f"PASS_RETAIN_{name.upper()}" for name in RETAINED},
}
"""What a setting was called in former versions, and what it is called now."""


class CountySettings(ServiceSettings):
    """How long what speaks of a person is stored (rule 27) is the same in all services.

    `retain_files` and `retain_backups` are promises that who runs the servers fulfils (docs/operate/erasure.md).
    """

    former_names: ClassVar[Mapping[str, str]] = FORMER_NAMES

    legal: Legal = Legal()
    """Says whom the pages of the law name."""
    department: str = "Département de la Drôme"
    """Names whose site it is, under its name on every page."""
    logo_file: Path | None = None
    """Names the department's mark, a small SVG or PNG file, shown on every page; without it, ours."""
    letters_folder: Path | None = None
    """Names the folder with the fonts of the pages; without it they are written in the reader's own."""
    retain_contents: timedelta = timedelta(days=7)
    """Is how long the text of a message is stored, and what somebody answered."""
    retain_proofs: timedelta = timedelta(days=182)
    """Is how long the proof is stored that a message was sent or did not arrive; then it is nobody's."""
    retain_bookings: timedelta = timedelta(days=730)
    """Is how long a booking is stored after its hour; then it is nobody's."""
    retain_residents: timedelta = timedelta(days=730)
    """Is how long a resident's record is stored after their last hour."""
    retain_readings: timedelta = timedelta(days=730)
    """Is how long it is stored who looked at a record; a line of the journal, a year at least."""
    retain_acts: timedelta = timedelta(days=1095)
    """Is how long it is stored what else agents did; a line of the journal, a year at least."""
    retain_copies: timedelta = timedelta(days=7)
    """Is how long the copy that a person asked for is stored, once all services have answered."""
    retain_requests: timedelta = timedelta(days=5 * 365)
    """Is how long it is stored, without a name, that an erasure was asked for and done."""
    retain_files: timedelta = timedelta(days=31)
    """Is how often the databases' files are written anew: what was erased may stay in them until then."""
    retain_backups: timedelta = timedelta(days=31)
    """Is when the last backup that has an erased person is gone."""
    erasure_grace: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=21))] = timedelta(days=7)
    """Is how long who asked to be erased can say no, 21 days at most: the law gives a month for the whole."""

    @property
    def data_url(self) -> str:
        """Return where a person reads what is stored of them, and what they may ask for."""
        return f"{self.public_url.rstrip('/')}/donnees"

    async def end_journal(self, tx: Transaction) -> None:
        """End the journal's old lines: a timed job of each service."""
        await journal.end(tx, readings=self.retain_readings, acts=self.retain_acts)


def settings_of(page: Page) -> CountySettings:
    """Return the settings of the service that shows the page."""
    settings: CountySettings = page.request.app.state.settings
    return settings
