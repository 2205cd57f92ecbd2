"""Where a resident asks for a book, as prescription published it: shown to the public."""

from sqlalchemy.orm import Mapped, mapped_column

from contracts.ids import CentreId
from services.catalogue.model.record import Record


class Centre(Record):
    __tablename__ = "centres"

    id: Mapped[CentreId] = mapped_column(primary_key=True)
    version: Mapped[int]
    name: Mapped[str]
    commune_insee: Mapped[str]
    phone: Mapped[str | None]
    open: Mapped[bool]
