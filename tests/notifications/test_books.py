"""What is told of a book: that it ends, that it is nearly used up, that it waits. Rule 8."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from chassis.clock import move
from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BookCancelled
from services.notifications import consumers
from services.notifications.model import Notice, expiry_warnings
from services.notifications.usecases import planning
from tests.notifications.conftest import consume, send_due, settings_of
from tests.notifications.events import confirmed, paris, prescribed, scheduled, stated, wallet
from tests.outside import Outside


@pytest.mark.parametrize(
    ("expires", "now", "expected"),
    [
        (date(2027, 3, 31), "2026-11-24T10:00", ["2027-01-30T09:00", "2027-03-16T09:00"]),
        (date(2026, 12, 31), "2026-11-24T10:00", ["2026-12-16T09:00"]),  # less than 60 days are left
        (date(2026, 12, 1), "2026-11-24T10:00", []),
        (date(2026, 11, 9), "2026-09-09T10:00", ["2026-09-10T09:00", "2026-10-25T09:00"]),  # the day of the change
    ],
)
def test_rule_8_expiry_is_announced_60_and_15_days_ahead(expires: date, now: str, expected: list[str]) -> None:
    warned = [due for _, due in expiry_warnings(expires, paris(now).astimezone(UTC))]
    assert warned == [paris(text).astimezone(UTC) for text in expected]


@pytest.mark.parametrize(("then", "warned"), [("nothing", 2), ("used up", 0), ("cancelled", 0)])
async def test_rule_8_expiry_is_told_unless_there_is_nothing_to_lose(
    site: Site, outside: Outside, offset: Path, then: str, warned: int
) -> None:
    database = site.runtime.database
    person, ends = BeneficiaryId(uuid7()), (datetime.now(UTC) + timedelta(days=100)).date()
    book = prescribed(person, ends)
    await consume(database, stated(person), scheduled())
    await database.transact(lambda tx: consumers.on_prescription(tx, [book]))
    await send_due(site)
    if then == "used up":
        await database.transact(lambda tx: consumers.on_booking(tx, [wallet(book, 0)]))
    if then == "cancelled":
        over = BookCancelled(book_id=book.book_id, beneficiary_id=person, reason="erreur")
        await database.transact(lambda tx: consumers.on_prescription(tx, [over]))
    for days in (41, 86):
        move(offset, datetime.now(UTC) + timedelta(days=days))
        await send_due(site)
    texts = [message["text"] for message in outside.messages(stated(person).phone or "")]
    assert sum("valables jusqu'au" in text for text in texts) == warned


async def test_the_unseen_are_told_once_and_not_those_with_a_seat_or_a_book_that_is_over(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    silent, booked, finished, too_late = (BeneficiaryId(uuid7()) for _ in range(4))
    soon = (datetime.now(UTC) + timedelta(days=15)).date()
    books = [*map(prescribed, (silent, booked, finished)), prescribed(too_late, expires_on=soon)]
    session = scheduled(datetime.now(UTC) + timedelta(days=30))
    for person in (silent, booked, finished, too_late):
        await consume(database, stated(person), session)
    await database.transact(lambda tx: consumers.on_prescription(tx, books))
    await database.transact(lambda tx: consumers.on_booking(tx, [confirmed(booked, session), wallet(books[2], 0)]))
    settings = settings_of(site)
    for days in (20, 22, 23, 50):
        move(offset, datetime.now(UTC) + timedelta(days=days))
        await database.transact(lambda tx: planning.plan_long_unseen(tx, settings))
        await send_due(site)
    counts = [
        sum("il vous reste des heures" in message["text"] for message in outside.messages(stated(person).phone or ""))
        for person in (silent, booked, finished, too_late)
    ]
    assert counts == [1, 0, 0, 0]


async def test_book_nearly_empty_is_told_once_a_book_and_older_news_change_nothing(database: Database) -> None:
    person = BeneficiaryId(uuid7())
    book = prescribed(person)
    await database.transact(lambda tx: consumers.on_prescription(tx, [book]))
    news = [wallet(book, 1, version=5, hours=4), wallet(book, 3, version=3, hours=2), wallet(book, 0, 6, hours=5)]
    await database.transact(lambda tx: consumers.on_booking(tx, news))
    async with database.reading() as reading:
        kinds = [*await reading.scalars(select(Notice.kind).where(Notice.kind == "book_nearly_empty"))]
    assert kinds == ["book_nearly_empty"]


async def test_walls_16_only_the_first_book_says_where_ones_data_are_explained(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    first, later = BeneficiaryId(uuid7()), BeneficiaryId(uuid7())
    for person in (first, later):
        await consume(database, stated(person), scheduled())
    await database.transact(lambda tx: consumers.on_prescription(tx, [prescribed(first), prescribed(later)]))
    await send_due(site)
    await database.transact(lambda tx: consumers.on_prescription(tx, [prescribed(later)]))
    move(offset, datetime.now(UTC) + timedelta(minutes=5))  # what follows at once would be joined
    await send_due(site)
    texts = [message["text"] for message in outside.messages(stated(later).phone or "")]
    assert [settings_of(site).data_url.partition("://")[2] in text for text in sorted(texts, key=len)] == [False, True]
    assert ["/donnees" in message["text"] for message in outside.messages(stated(first).phone or "")] == [True]
