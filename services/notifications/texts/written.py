"""A notice in full sentences: an e-mail, a letter and its sheet, or what to say on the phone."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chassis import printed
from chassis.french import day
from services.notifications.model import Facts
from services.notifications.texts.rendering import rendered, values

SHEET = Path(__file__).parent / "templates" / "letter.typ"
CODE = re.compile(r"/(r|stop)/[0-9A-Za-z._~-]+")


def without_codes(text: str) -> str:
    """Write it as it is stored and shown to others: whoever has the code of a link acts in the resident's name."""
    return CODE.sub(r"/\1/…", text)


@dataclass(frozen=True)
class Written:
    """`html` is there for an e-mail only."""

    subject: str
    body: str
    html: str = ""


def mail(facts: Sequence[Facts], now: datetime, stop: str = "") -> Written:
    """Write several as one e-mail, each with its own number and link. `stop` is where to unsubscribe."""
    parts = [values(known, now) for known in facts]
    texts = [_divided(f"{known.kind}/mail.txt", words) for known, words in zip(facts, parts, strict=True)]
    subject = " ; ".join(dict.fromkeys(subject for subject, _ in texts))
    frame = parts[0] | {"stop": stop, "subject": subject}
    htmls = [
        "\n".join((rendered(f"{known.kind}/mail.html", words), rendered("_answer.html", words)))
        for known, words in zip(facts, parts, strict=True)
    ]
    answers = [rendered("_answer.txt", words) for words in parts]
    bodies = [f"{body}\n\n{answer}".strip() for (_, body), answer in zip(texts, answers, strict=True)]
    body = rendered("_mail.txt", frame | {"parts": bodies})
    return Written(subject, body, rendered("_mail.html", frame | {"parts": htmls}))


def letter(facts: Facts, now: datetime) -> Written:
    """Write it without greeting and signature, which are on the sheet."""
    return Written(*_divided(f"{facts.kind}/letter.txt", values(facts, now)))


def spoken(facts: Facts, now: datetime) -> Written:
    """Write what the caller says and asks."""
    words = values(facts, now)
    subject, _ = _divided(f"{facts.kind}/mail.txt", words)
    return Written(subject, rendered(f"{facts.kind}/call.txt", words))


def _divided(name: str, words: dict[str, object]) -> tuple[str, str]:
    """The first line is the subject."""
    subject, _, body = rendered(name, words).partition("\n")
    return subject.strip(), body.strip()


async def letters(facts: Sequence[Facts], now: datetime) -> bytes:
    """Print them as one PDF beside the event loop: a sheet a person, its address in the window of a DL envelope."""
    return await asyncio.to_thread(lambda: printed.pdf_now(SHEET, {"letters": [_sheet(known, now) for known in facts]}))


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
