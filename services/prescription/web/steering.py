"""What became of the books: hours followed, use rate, days to the first hour; nobody is recognised."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated

from fastapi import Depends, Query
from starlette.responses import Response

from chassis import spreadsheets
from chassis.db import Reading
from chassis.french import MONTHS
from chassis.web import Page, Read, shared
from chassis.web.tagged import attachment
from county.communes import all_communes
from services.prescription import queries, wording
from services.prescription.access import Professional
from services.prescription.model import Figures, masked
from services.prescription.model.figures import By
from services.prescription.web.forms import labelled_router

router = labelled_router()

BY: tuple[tuple[By, str], ...] = (
    ("month", "mois"),
    ("centre", "centre"),
    ("epci", "intercommunalité"),
    ("audience", "public"),
)
HEADINGS = ("Chéquiers prescrits", "Heures utilisées", "Heures suivies", "Taux d'usage (%)", "Jours avant la 1re heure")
FEW = "non montré"


class Breakdown:
    """`par`: what the lines are; `depuis`: the first month, a year ago when none is given."""

    def __init__(
        self,
        page: Page,
        par: By = "month",
        depuis: Annotated[str, Query(pattern=r"^((19|20)[0-9]{2}-(0[1-9]|1[0-2]))?$")] = "",
    ) -> None:
        now = page.now
        self.by: By = par
        self.since = depuis or f"{now.year - 1}-{now.month:02}"

    @property
    def first_month(self) -> date:
        return date.fromisoformat(f"{self.since}-01")


How = Annotated[Breakdown, Depends()]


@router.get("/pilotage", dependencies=[shared("des comptes, où personne n'est reconnu")])
async def steering(page: Page, reading: Read, _: Professional, asked: How) -> Response:
    lines = masked(await queries.figures(reading, asked.by, asked.first_month))
    names = await named(reading, asked.by)
    return page.show("steering.html", lines=lines, names=names, asked=asked, ways=BY, few=FEW)


@router.get("/pilotage.csv", dependencies=[shared("des comptes, où personne n'est reconnu")])
async def exported(reading: Read, _: Professional, asked: How) -> Response:
    """Writes the figures as a French spreadsheet opens them."""
    lines = masked(await queries.figures(reading, asked.by, asked.first_month))
    names = await named(reading, asked.by)
    columns = (dict(BY)[asked.by].capitalize(), *HEADINGS)
    written = spreadsheets.for_people(columns, ((names(line.key), *cells(line)) for line in lines))
    return attachment(written, f"pass-numerique-{asked.by}.csv")


def cells(line: Figures) -> Sequence[object]:
    numbers = (line.books, line.used, line.hours, line.use_rate)
    days = None if line.days is None else float(line.days)
    return (*(FEW if number is None else number for number in numbers), days)


async def named(reading: Reading, by: By) -> Callable[[str], str]:
    """Says how a line is called."""
    match by:
        case "month":
            return lambda key: f"{MONTHS[int(key[5:]) - 1]} {key[:4]}"
        case "centre":
            centres = {str(centre.id): centre.name for centre in await queries.centres(reading)}
            return lambda key: centres.get(key, "ancien centre")
        case "epci":
            epcis = {commune.epci_siren: commune.epci_name for commune in all_communes().values()}
            return lambda key: epcis.get(key, key)
        case "audience":
            audiences = {**dict(wording.AUDIENCES), "none": "Non précisé"}
            return lambda key: audiences.get(key, key)
