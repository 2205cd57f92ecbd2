"""A copy that is asked for, looked at, and read."""

import io
import re
import unicodedata

import httpx
from pypdf import PdfReader

from chassis.web import Principal
from contracts.copies import PersonalCopy
from tests.actors import PRESCRIBER, asking
from tests.copies.county import County

NUMBER = re.compile(r"\b\d+ / \d+\b")


async def request(county: County, person: str, who: Principal = PRESCRIBER) -> None:
    await county.ask(who, "POST", "prescription", f"/habitants/{person}/copie")
    for service in county.sites:
        assert [row.error for row in await county.rows(service, "SELECT error FROM parked")] == []


async def page(county: County, person: str, kind: str = "", who: Principal = PRESCRIBER) -> httpx.Response:
    async with asking(county.apps["prescription"], who) as client:
        return await client.get(f"/habitants/{person}/copie{kind}")


def read(pdf: bytes) -> str:
    """Its words, as one line, without the numbers of its pages."""
    text = " ".join(NUMBER.sub(" ", page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(unicodedata.normalize("NFKC", text).split())


async def copied(county: County, person: str) -> tuple[str, PersonalCopy]:
    pdf, file = await page(county, person, ".pdf"), await page(county, person, ".json")
    return read(pdf.content), PersonalCopy.model_validate_json(file.content)
