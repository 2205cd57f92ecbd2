"""A notice in full sentences: an e-mail, a letter, or what to say on the phone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notifications.model import Facts
from services.notifications.texts.rendering import rendered
from services.notifications.texts.values import values

CODE = re.compile(r"/(r|stop)/[0-9A-Za-z._~-]+")


def without_codes(text: str) -> str:
    """As it is stored and shown to others: whoever has the code of a link acts in the resident's name."""
    return CODE.sub(r"/\1/…", text)


@dataclass(frozen=True)
class Written:
    """`html` is there for an e-mail only."""

    subject: str
    body: str
    html: str = ""


def mail(facts: Sequence[Facts], now: datetime, stop: str = "") -> Written:
    """Several that leave together are one e-mail, each with its own number and link. `stop` is where to unsubscribe."""
    told = [values(one, now) for one in facts]
    texts = [_divided(f"{one.kind}/mail.txt", words) for one, words in zip(facts, told, strict=True)]
    subject = " ; ".join(dict.fromkeys(subject for subject, _ in texts))
    frame = told[0] | {"stop": stop, "subject": subject}
    htmls = [
        "\n".join((rendered(f"{one.kind}/mail.html", words), rendered("_answer.html", words)))
        for one, words in zip(facts, told, strict=True)
    ]
    answers = [rendered("_answer.txt", words) for words in told]
    parts = [f"{body}\n\n{answer}".strip() for (_, body), answer in zip(texts, answers, strict=True)]
    body = rendered("_mail.txt", frame | {"parts": parts})
    return Written(subject, body, rendered("_mail.html", frame | {"parts": htmls}))


def letter(facts: Facts, now: datetime) -> Written:
    """Without greeting and signature: the sheet has them."""
    return Written(*_divided(f"{facts.kind}/letter.txt", values(facts, now)))


def spoken(facts: Facts, now: datetime) -> Written:
    """What the caller says and asks."""
    words = values(facts, now)
    subject, _ = _divided(f"{facts.kind}/mail.txt", words)
    return Written(subject, rendered(f"{facts.kind}/call.txt", words))


def _divided(name: str, words: dict[str, object]) -> tuple[str, str]:
    """The first line is the subject."""
    subject, _, body = rendered(name, words).partition("\n")
    return subject.strip(), body.strip()
