"""How a service answers who asks for what is stored of them: one document, sealed, in parts (docs/decisions/0108)."""

import asyncio
import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from chassis import sealing
from chassis.db import Transaction
from chassis.french import moment
from chassis.journal import Act
from chassis.outbox import publish
from chassis.web.journal_pages import THE_RESIDENT, Names, sentence
from contracts.copies import CopyAnswered, CopyLine, CopySection, Fact, ServiceCopy
from contracts.erasure import ServiceName
from contracts.prescription import CopyRequested

LARGEST_PART = 256 * 1024  # bytes; a third more as text, and an event may have half a megabyte

Sections = Sequence[CopySection]


async def answer(
    tx: Transaction, asked: CopyRequested, kind: type[CopyAnswered], written: Callable[[], Sections]
) -> None:
    """Publish what `written` makes of the rows that were loaded: beside the event loop, for it may be long."""
    service = kind.source.removeprefix("/")
    sealed = await sealed_of(asked, service, tx.now, written)
    who: dict[str, Any] = {
        "copy_id": asked.copy_id,
        "beneficiary_id": asked.beneficiary_id,
        "service": service,
        "parts": len(sealed),
    }
    publish(tx, *[kind(**who, part=number, sealed=text) for number, text in enumerate(sealed, 1)])


async def sealed_of(
    asked: CopyRequested, service: ServiceName | str, now: datetime, written: Callable[[], Sections]
) -> list[str]:
    """Return the parts of a service's answer, in base64."""

    def made() -> list[str]:
        whole = ServiceCopy.model_validate({"service": service, "at": now, "sections": written()})
        key = base64.b64decode(asked.public_key)
        sealed = sealing.seal(whole.model_dump_json().encode(), key, about(asked.copy_id, whole.service))
        starts = range(0, len(sealed), LARGEST_PART)
        return [base64.b64encode(sealed[start : start + LARGEST_PART]).decode() for start in starts]

    return await asyncio.to_thread(made)


def opened(parts: Iterable[bytes], copy_id: UUID, service: ServiceName, secret: str, salt: bytes) -> ServiceCopy:
    """Open what a service of this or a later version answered.

    Raises InvalidTag when it is not whole, or another copy's.
    """
    plain = sealing.opened(b"".join(parts), secret, salt, about(copy_id, service))
    return ServiceCopy.model_validate_json(plain, extra="ignore")


def about(copy_id: UUID, service: ServiceName) -> bytes:
    return f"{copy_id}/{service}".encode()


def line(text: str, /, **facts: object) -> CopyLine:
    """Say one thing that is stored, in words, and by its names."""
    return CopyLine(text=text[:1].upper() + text[1:], facts={name: fact(value) for name, value in facts.items()})


def named(words: Iterable[tuple[str, str]], facts: Mapping[str, object]) -> tuple[CopyLine, ...]:
    """Write «Prénom : Jeanne»: a line for each pair; the facts of all stand with the first."""
    first, *others = words
    return (line(" : ".join(first), **facts), *(line(" : ".join(pair)) for pair in others))


def journal(acts: Iterable[Act], rows: Iterable[RowMapping], name: str) -> CopySection:
    """Say what agents did and read of the person, who is called so in that service."""
    known = {act.name: act for act in acts}
    lines = [
        line(
            f"{moment(row['at'])} : {row['agent_name'] or THE_RESIDENT} "
            f"{sentence(known.get(row['act']), row, Names({row['person_id']: name}, {})).removesuffix('.')}.",
            at=row["at"],
            who=row["agent_name"] or THE_RESIDENT,
            act=row["act"],
        )
        for row in rows
    ]
    title = "Le journal : ce que des agents ont fait ou lu"
    return CopySection(name="journal", title=title, none="Rien.", lines=tuple(lines))


def fact(value: object) -> Fact:
    match value:
        case None | str() | int():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case list() | tuple() | set():
            return tuple(str(item) for item in value)
        case _:
            return str(value)
