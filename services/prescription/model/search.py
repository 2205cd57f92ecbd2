"""How often each agent searches, day by day: whoever lists the county's residents is seen. Rule 27."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import Refusal
from services.prescription.model.record import Record


class TooManySearches(Refusal):
    status = 429

    def __init__(self) -> None:
        super().__init__(
            "Vous avez fait trop de recherches aujourd'hui. "
            "Demandez à l'administrateur du Pass numérique, ou revenez demain."
        )


@dataclass(frozen=True)
class SearchPolicy:
    """Searches of one agent in one day: from `alarm` on an administrator is told, after `most` there are no more."""

    alarm: int
    most: int


class SearchCount(Record):
    """`others` are the people of other centres that were shown."""

    __tablename__ = "searches"

    day: Mapped[date] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    searches: Mapped[int]
    others: Mapped[int]
