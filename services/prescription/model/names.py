"""What a person is called, and when two names are the same person's. Rule 5."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped

from chassis.clock import PARIS
from chassis.french import counted
from chassis.plain import plain
from chassis.refusal import Invalid
from services.prescription.model.alike import whole_names
from services.prescription.model.registration import Registration

YOUNGEST, OLDEST = 6, 110  # years: beyond them, the date is asked again


class BornInTheFuture(Invalid):
    def __init__(self) -> None:
        super().__init__("La date de naissance est dans le futur : vérifiez l'année.")


class OddAge(Invalid):
    """A slip of a finger in the year is more likely."""

    def __init__(self, years: str) -> None:
        super().__init__(f"{years} ? Vérifiez la date de naissance. Si elle est juste, confirmez-la.")


class Called:
    """`twin` is 0, or tells apart two persons of one name born on one day, declared distinct by an administrator."""

    first_name: Mapped[str]
    last_name: Mapped[str]
    birth_name: Mapped[str | None]
    plain_name: Mapped[str]
    name_key: Mapped[str]
    birth_date: Mapped[date]
    twin: Mapped[int]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def short_name(self) -> str:
        """Is what others are shown."""
        return f"{self.first_name} {self.last_name[0]}."

    @property
    def whole_names(self) -> set[str]:
        return whole_names(self.first_name, self.last_name, self.birth_name)

    @property
    def called(self) -> dict[str, object]:
        """Gives the same, as a registration has it."""
        return {"first_name": self.first_name, "last_name": self.last_name, "birth_date": self.birth_date}

    def is_called(self, form: Registration) -> bool:
        return (self.name_key, self.birth_date) == (name_key(form.first_name, form.last_name), form.birth_date)

    def call(self, form: Registration, *, now: datetime) -> None:
        """Take the name and the birth date of the form. Raises BornInTheFuture, OddAge."""
        today = now.astimezone(PARIS).date()
        if form.birth_date > today:
            raise BornInTheFuture
        if form.birth_date != self.birth_date and not form.age_checked and (years := odd_age(form.birth_date, today)):
            raise OddAge(years)
        self.first_name, self.last_name, self.birth_date = form.first_name, form.last_name, form.birth_date
        self.birth_name = form.birth_name
        self.plain_name, self.name_key = folded(form.first_name, form.last_name, form.birth_name)


def age(born: date, on: date) -> int:
    """Counts whole years; who was born on 29 February is a year older on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def odd_age(born: date, on: date) -> str:
    """Says «125 ans», when nobody would think so; nothing for an age that a person who comes has."""
    years = age(born, on)
    return "" if YOUNGEST <= years <= OLDEST else counted(years, "an")


def folded(first_name: str, last_name: str, birth_name: str | None) -> tuple[str, str]:
    """Folds a name as it is searched, and as it is compared."""
    return plain(f"{last_name} {first_name} {birth_name or ''}"), name_key(first_name, last_name)


def name_key(first_name: str, last_name: str) -> str:
    """The same for «Jean-Pierre Dupré», «dupre Jean Pierre» and «DUPRÉ, Jeanpierre»: how a name is written, and which
    of its halves stands in which field, makes nobody another person.
    """
    return " ".join(sorted(plain(half).replace(" ", "") for half in (first_name, last_name)))
