"""Letters as one PDF: a sheet a person, its address where the window of a DL envelope is."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from chassis import printed
from chassis.web.french import day
from services.notifications.model import Facts
from services.notifications.texts.values import values
from services.notifications.texts.written import letter

SHEET = Path(__file__).parent / "templates" / "letter.typ"


async def letters(facts: Sequence[Facts], now: datetime) -> bytes:
    """Written and printed beside the event loop."""
    return await asyncio.to_thread(lambda: printed.pdf_now(SHEET, {"letters": [_sheet(one, now) for one in facts]}))


def _sheet(facts: Facts, now: datetime) -> dict[str, object]:
    words, text = values(facts, now), letter(facts, now)
    return {
        "address": facts.contact.postal_address,
        "today": f"Le {day(now)}",
        "subject": text.subject,
        "greeting": f"Bonjour {words['first']},",
        "paragraphs": text.body.split("\n\n"),
        "call": words["phone"],
        "centre": words["centre"],
    }
