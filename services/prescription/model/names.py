"""What a person is called, and when two names are the same person's. Rule 5."""

import re
from datetime import date, datetime

from sqlalchemy.orm import Mapped

from chassis.plain import plain
from chassis.refusal import Invalid
from services.prescription.model.registration import Registration

TWO_FOR_ONE = re.compile("([aou])e|(?<=a)a")


class BornInTheFuture(Invalid):
    def __init__(self) -> None:
        super().__init__("La date de naissance est dans le futur : vérifiez l'année.")


class Called:
    """`twin` is 0, or tells apart two persons of one name born on one day, declared distinct by an administrator."""

    first_name: Mapped[str]
    last_name: Mapped[str]
    plain_name: Mapped[str]
    name_key: Mapped[str]
    birth_date: Mapped[date]
    twin: Mapped[int]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def called(self) -> dict[str, object]:
        """The same, as it is told in a registration."""
        return {"first_name": self.first_name, "last_name": self.last_name, "birth_date": self.birth_date}

    def is_called(self, told: Registration) -> bool:
        return (self.name_key, self.birth_date) == (name_key(told.first_name, told.last_name), told.birth_date)

    def call(self, told: Registration, *, now: datetime) -> None:
        """Raises BornInTheFuture."""
        if told.birth_date > now.date():
            raise BornInTheFuture
        self.first_name, self.last_name, self.birth_date = told.first_name, told.last_name, told.birth_date
        self.plain_name = plain(f"{told.last_name} {told.first_name}")
        self.name_key = name_key(told.first_name, told.last_name)


def name_key(first_name: str, last_name: str) -> str:
    """The same for «Jean-Pierre Dupré», «dupre Jean Pierre» and «DUPRÉ, Jeanpierre»: how a name is written, and which
    of its halves stands in which field, makes nobody another person.
    """
    return " ".join(sorted(plain(half).replace(" ", "") for half in (first_name, last_name)))


def one_letter_each(plain_name: str) -> str:
    """Passports write ä, ö, ü, ø and å with two letters: «OEZTUERK» is «Öztürk», «AAGAARD» is «Ågård»."""
    return TWO_FOR_ONE.sub(r"\1", plain_name)
