"""What the county answers for, told from outside: who stands behind the site, and how long something is stored."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from chassis import journal
from chassis.db import Transaction
from chassis.settings import ServiceSettings
from chassis.web import Page


class Legal(BaseModel):
    """Whom the pages of the law name. What is written here is the demonstration's, and they say so.

    `contact` answers about the site and its accessibility, `officer` is the data protection officer's address, `host`
    who runs the servers: name, postal address and telephone. `security` takes reports of weaknesses, as a URI.
    """

    model_config = ConfigDict(frozen=True)

    name: str = "Département de la Drôme (exemple)"
    address: str = "1 rue de l'Exemple, 26000 Valence"
    phone: str = "+33465710000"
    contact: str = "contact@exemple.invalid"
    director: str = "Prénom Nom, présidente ou président du conseil départemental (exemple)"
    officer: str = "dpo@exemple.invalid"
    host: str = "Hébergeur d'exemple, 2 rue de l'Exemple, 26000 Valence, 04 65 71 00 00"
    security: str = "mailto:securite@exemple.invalid"

    @property
    def is_example(self) -> bool:
        """While one of the values is the demonstration's."""
        return self.model_fields_set != {*type(self).model_fields}


class Retention(BaseModel):
    """How long what speaks of a person is stored (rule 27), the same in all services.

    `contents` of messages; `proofs` that one was sent or did not arrive, which then are nobody's; `bookings` after
    their hour, then nobody's; `residents` after their last hour; `readings`: who looked at a record; `acts`: what else
    agents did. A line of the journal lasts a year at least. `copies` that a person asked for of what is stored of them,
    once all services have answered.

    `grace` is how long who asked to be erased can say no; with what Kafka needs it stays far from the month that the
    law gives. `requests`: that somebody asked, without their name, and that it was done. `files`: how often those of
    the databases are written anew, and `backups`: when the last one that has an erased person is gone; both are
    promises that who runs the servers fulfils (docs/operate/erasure.md).
    """

    model_config = ConfigDict(frozen=True)

    contents: timedelta = timedelta(days=7)
    proofs: timedelta = timedelta(days=182)
    bookings: timedelta = timedelta(days=730)
    residents: timedelta = timedelta(days=730)
    readings: timedelta = timedelta(days=730)
    acts: timedelta = timedelta(days=1095)
    copies: timedelta = timedelta(days=7)
    grace: timedelta = Field(timedelta(days=7), ge=timedelta(0), le=timedelta(days=21))
    requests: timedelta = timedelta(days=5 * 365)
    files: timedelta = timedelta(days=31)
    backups: timedelta = timedelta(days=31)


class CountySettings(ServiceSettings):
    legal: Legal = Legal()
    retention: Retention = Retention()

    @property
    def data_url(self) -> str:
        """Where a person reads what is stored of them, and what they may ask for."""
        return f"{self.public_url.rstrip('/')}/donnees"

    async def end_journal(self, tx: Transaction) -> None:
        """A timed job of each service."""
        await journal.end(tx, readings=self.retention.readings, acts=self.retention.acts)


def settings_of(page: Page) -> CountySettings:
    """Of the service that shows the page."""
    settings: CountySettings = page.request.app.state.settings
    return settings
