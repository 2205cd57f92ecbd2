"""The address of a calendar that programs subscribe to: signed, and another one after each renewal."""

from uuid import UUID, uuid5

from sqlalchemy.orm import Mapped, mapped_column

from county.links import code_for
from services.catalogue.model.record import Record


class Feed(Record):
    """Of a space or a mediator whose address was renewed; of all others it was not yet."""

    __tablename__ = "feeds"

    about_id: Mapped[UUID] = mapped_column(primary_key=True)
    renewals: Mapped[int]


def feed_code(secret: str, about: UUID, renewals: int) -> str:
    """Compute the code that opens the calendar: those of earlier addresses do not."""
    return code_for(secret, uuid5(about, str(renewals)) if renewals else about)
