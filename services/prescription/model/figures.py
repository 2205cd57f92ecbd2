"""What became of the books, counted so that nobody is recognised: counts under five are not shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sqlalchemy import BigInteger, Identity, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from contracts.ids import CentreId
from contracts.words import Audience
from services.prescription.model.record import Record

By = Literal["month", "centre", "epci", "audience"]
FEWEST = 5


class PastFigure(Record):
    """A book or an hour in a month, of nobody: what an erased person leaves."""

    __tablename__ = "past_figures"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    month: Mapped[date]
    centre_id: Mapped[CentreId]
    epci: Mapped[str]
    audiences: Mapped[list[Audience]] = mapped_column(ARRAY(Text))
    books: Mapped[int]
    used: Mapped[int]
    hours: Mapped[int]
    days: Mapped[int | None]


@dataclass(frozen=True)
class Figures:
    """One line of the steering page. None: masked. `days` is the median from prescription to the first hour."""

    key: str
    books: int | None
    used: int | None
    hours: int | None
    days: float | None
    first_hours: int

    @property
    def use_rate(self) -> int | None:
        """Gives the percentage of the vouchers prescribed that became hours."""
        if not self.books or self.used is None:
            return None
        return round(100 * self.used / (5 * self.books))


def masked(lines: Sequence[Figures]) -> list[Figures]:
    """Small counts are hidden; and when one is hidden alone, the next smallest too, or the total would tell it."""
    books, used, hours = (hidden([getattr(line, name) for line in lines]) for name in ("books", "used", "hours"))
    return [
        replace(
            line,
            books=None if at in books else line.books,
            used=None if at in used else line.used,
            hours=None if at in hours else line.hours,
            days=line.days if line.first_hours >= FEWEST else None,
        )
        for at, line in enumerate(lines)
    ]


def hidden(values: Sequence[int]) -> set[int]:
    """Says which of them are not shown."""
    few = {at for at, value in enumerate(values) if 0 < value < FEWEST}
    others = sorted((value, at) for at, value in enumerate(values) if value >= FEWEST)
    return few | {others[0][1]} if len(few) == 1 and others else few
