"""When each notice leaves: a table of cases with a movable clock, nights, clock changes, a service that was down."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from chassis.clock import PARIS
from chassis.db import Database
from chassis.site import Site
from contracts.booking import SeatLapsed, SeatOffered
from contracts.ids import BeneficiaryId, OfferId, uuid7
from contracts.prescription import BookCancelled
from services.notifications import consumers
from services.notifications.delivery import Dispatch
from services.notifications.model import Notice, expiry_warnings, held
from services.notifications.model.schedule import ON_THE_WAY, is_night
from services.notifications.settings import Settings
from services.notifications.usecases import watching
from tests.notifications.conftest import confirmed, heard, move, scheduled, send_due, stated
from tests.notifications.events import cancelled, moved, prescribed, wallet
from tests.outside import Outside


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("now", "useful_until", "expected"),
    [
        ("2026-11-24T14:00", None, None),
        ("2026-11-24T19:59", None, None),
        ("2026-11-24T20:00", None, "2026-11-25T08:00"),
        ("2026-11-25T07:59", None, "2026-11-25T08:00"),
        ("2026-11-25T08:00", None, None),
        ("2026-11-24T21:00", "2026-11-25T10:00", "2026-11-25T08:00"),  # two hours are enough
        ("2026-11-24T21:00", "2026-11-25T09:00", None),  # woken rather than sent for nothing
        ("2026-10-24T23:00", None, "2026-10-25T08:00"),  # clocks go back in this night: 10 hours, not 9
        ("2026-10-25T02:30", None, "2026-10-25T08:00"),
        ("2026-03-28T23:00", None, "2026-03-29T08:00"),  # and forward in this one
        ("2027-03-27T23:00", None, "2027-03-28T08:00"),
    ],
)
def test_rule_21_nothing_at_night_unless_it_can_t_wait(
    now: str, useful_until: str | None, expected: str | None
) -> None:
    until = held(paris(now).astimezone(UTC), paris(useful_until).astimezone(UTC) if useful_until else None)
    assert until == (paris(expected).astimezone(UTC) if expected else None)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds it
def test_rule_21_who_is_held_leaves_by_day_within_twelve_hours_and_one(now: datetime) -> None:
    until = held(now, None)
    assert (until is None) is not is_night(now)
    if until:
        assert until.astimezone(PARIS).strftime("%H:%M") == "08:00"
        assert timedelta(0) < until - now <= timedelta(hours=13)
        assert held(now, until + ON_THE_WAY - timedelta(seconds=1)) is None


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
    found = [due for _, due in expiry_warnings(expires, paris(now).astimezone(UTC))]
    assert found == [paris(text).astimezone(UTC) for text in expected]


def quiet(site: Site) -> Dispatch:
    settings = site.assembly.declared.settings
    assert isinstance(settings, Settings)
    return Dispatch.of(settings.model_copy(update={"quiet_hours": True}))


async def states(database: Database) -> dict[str, str]:
    async with database.reading() as reading:
        return {one.kind: one.state for one in await reading.scalars(select(Notice).order_by(Notice.rank))}


def at(hour: int, days: int = 0) -> datetime:
    """Paris time, in some days; January has no clock change."""
    day = datetime(2027, 1, 12, tzinfo=PARIS) + timedelta(days=days)
    return day.replace(hour=hour).astimezone(UTC)


@pytest.mark.parametrize(("hour", "leaves"), [(19, True), (21, False), (7, False), (8, True)])
async def test_rule_21_a_booking_made_at_night_is_confirmed_in_the_morning(
    site: Site, database: Database, offset: Path, hour: int, *, leaves: bool
) -> None:
    move(offset, at(hour))
    person, session = BeneficiaryId(uuid7()), scheduled(at(14, days=5))
    await heard(database, stated(person), session, confirmed(person, session))
    await quiet(site).drain(database)
    assert (await states(database))["booking_confirmed"] == ("sent" if leaves else "scheduled")
    move(offset, at(8, days=1) + timedelta(minutes=1))
    await quiet(site).drain(database)
    assert (await states(database))["booking_confirmed"] == "sent"


async def test_rule_21_what_can_t_wait_is_told_at_night(site: Site, database: Database, offset: Path) -> None:
    """Cancelled at 21:00, it would have begun at 8:30: nobody leaves home for nothing."""
    move(offset, at(21))
    person, session = BeneficiaryId(uuid7()), scheduled(at(8, days=1) + timedelta(minutes=30))
    await heard(database, stated(person), session, confirmed(person, session))
    await quiet(site).drain(database)
    assert (await states(database))["booking_confirmed"] == "sent"


@pytest.mark.parametrize(
    ("back_before", "told"),
    [
        (timedelta(hours=30), ["reminder_48h"]),  # a day late, it still helps
        (timedelta(hours=2), ["reminder_3h"]),  # of two reminders, the one that is nearer
        (timedelta(minutes=-5), []),
    ],
)
async def test_rule_21_a_service_that_was_down_for_a_day_sends_only_what_still_makes_sense(
    site: Site, database: Database, offset: Path, back_before: timedelta, told: list[str]
) -> None:
    starts = at(14, days=10)
    move(offset, at(10))
    person, session = BeneficiaryId(uuid7()), scheduled(starts)
    await heard(database, stated(person), session, confirmed(person, session))
    await quiet(site).drain(database)
    move(offset, starts - back_before)
    await quiet(site).drain(database)
    sent = [kind for kind, state in (await states(database)).items() if state == "sent" and kind != "booking_confirmed"]
    assert sent == told


async def test_a_confirmation_that_leaves_late_tells_the_new_date_and_no_move(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    """Booked, moved twice, and nobody could send meanwhile: one message, with the last date."""
    move(offset, at(10))
    person, session = BeneficiaryId(uuid7()), scheduled(at(14, days=5))
    booking = confirmed(person, session)
    moves = [moved(booking, version, at(14, days=5 + version)) for version in (2, 3)]
    await heard(database, stated(person), session, booking, *moves)
    await heard(database, stated(person), session.model_copy(update={"version": 3}))
    await send_due(site)
    [message] = outside.messages(stated(person).phone or "")
    assert "séance réservée mercredi 20 janv." in message["text"]
    assert (await states(database))["booking_moved"] == "dropped"


async def test_rule_17_too_late_to_cancel_is_an_absence_and_nothing_is_written(
    site: Site, database: Database, outside: Outside
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    booking = confirmed(person, session)
    await heard(database, stated(person), session, booking)
    await send_due(site)
    await heard(database, stated(person), session, cancelled(booking, late=True))
    await send_due(site)
    assert len(outside.messages(stated(person).phone or "")) == 1
    assert "booking_cancelled" not in await states(database)
    assert (await states(database))["reminder_48h"] == "dropped"


async def test_several_at_once_to_one_person_are_one_message(site: Site, database: Database, outside: Outside) -> None:
    person, first, second = BeneficiaryId(uuid7()), scheduled(), scheduled(starts_at=at(9, days=9))
    await heard(database, stated(person), first)
    await heard(database, stated(person), second, confirmed(person, first), confirmed(person, second))
    await send_due(site)
    [message] = outside.messages(stated(person).phone or "")
    assert message["text"].count("séance réservée") == 2
    async with database.reading() as reading:
        query = select(Notice).where(Notice.kind == "booking_confirmed")
        told = (await reading.scalars(query)).all()
    assert [one.state for one in told] == ["sent", "sent"]
    assert {one.carrier_id for one in told} - {None} == {one.id for one in told if not one.carrier_id}


async def test_what_follows_within_two_minutes_is_gathered_and_the_first_does_not_wait(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person, sessions = BeneficiaryId(uuid7()), [scheduled(starts_at=at(9, days=day)) for day in (5, 6, 7)]
    for number, session in enumerate(sessions):
        await heard(database, stated(person), session, confirmed(person, session))
        move(offset, datetime.now(UTC) + timedelta(seconds=20 * number))
        await send_due(site)
    phone = stated(person).phone or ""
    assert len(outside.messages(phone)) == 1
    move(offset, datetime.now(UTC) + timedelta(minutes=3))
    await send_due(site)
    assert [one["text"].count("séance réservée") for one in outside.messages(phone)] == [1, 2]


async def test_what_left_together_fails_apart(site: Site, database: Database, outside: Outside) -> None:
    """A number that refuses: each notice goes on by its next channel, joined again there."""
    person = BeneficiaryId(type(uuid7())(int=uuid7().int // 10000 * 10000))
    email, sessions = f"{person}@exemple.invalid", [scheduled(), scheduled(starts_at=at(9, days=9))]
    contact = stated(person, email=email)
    await heard(database, contact, sessions[0])
    await heard(database, contact, sessions[1], *(confirmed(person, session) for session in sessions))
    await send_due(site)
    [mail] = outside.mails(email)
    assert mail["text"].count("Votre séance est réservée.") == 2
    assert len(mail["attachments"]) >= 1


@pytest.mark.parametrize(("then", "told"), [("nothing", 2), ("used up", 0), ("cancelled", 0)])
async def test_rule_8_expiry_is_told_unless_there_is_nothing_to_lose(
    site: Site, outside: Outside, offset: Path, then: str, told: int
) -> None:
    database = site.assembly.database
    person, ends = BeneficiaryId(uuid7()), (datetime.now(UTC) + timedelta(days=100)).date()
    book = prescribed(person, ends)
    await heard(database, stated(person), scheduled())
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
    texts = [one["text"] for one in outside.messages(stated(person).phone or "")]
    assert sum("valables jusqu'au" in text for text in texts) == told


async def test_the_unseen_are_told_once_and_those_with_a_seat_not(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    silent, booked, finished = (BeneficiaryId(uuid7()) for _ in range(3))
    books = [prescribed(person) for person in (silent, booked, finished)]
    session = scheduled(datetime.now(UTC) + timedelta(days=30))
    for person in (silent, booked, finished):
        await heard(database, stated(person), session)
    await database.transact(lambda tx: consumers.on_prescription(tx, books))
    await database.transact(lambda tx: consumers.on_booking(tx, [confirmed(booked, session), wallet(books[2], 0)]))
    settings = site.assembly.declared.settings
    assert isinstance(settings, Settings)
    for days in (20, 22, 23, 50):
        move(offset, datetime.now(UTC) + timedelta(days=days))
        await database.transact(lambda tx: watching.remind_the_unseen(tx, settings))
        await send_due(site)
    counts = [
        sum("il vous reste des heures" in one["text"] for one in outside.messages(stated(person).phone or ""))
        for person in (silent, booked, finished)
    ]
    assert counts == [1, 0, 0]


async def test_rule_18_an_offer_is_told_and_dropped_when_it_lapses(
    site: Site, database: Database, outside: Outside
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    offers = [OfferId(uuid7()), OfferId(uuid7())]
    known = {"session_id": session.session_id, "beneficiary_id": person}
    until = datetime.now(UTC) + timedelta(hours=24)
    said = [SeatOffered(offer_id=offer, until=until, **known) for offer in offers]
    await heard(database, stated(person), session, *said, SeatLapsed(offer_id=offers[0], **known))
    await send_due(site)
    [message] = outside.messages(stated(person).phone or "")
    assert "place libre" in message["text"]
    async with database.reading() as reading:
        found = {one.about_id: one.state for one in await reading.scalars(select(Notice))}
    assert found == {offers[0]: "dropped", offers[1]: "sent"}


async def test_book_nearly_empty_is_told_once_a_book_and_older_news_change_nothing(database: Database) -> None:
    person = BeneficiaryId(uuid7())
    book = prescribed(person)
    await database.transact(lambda tx: consumers.on_prescription(tx, [book]))
    news = [wallet(book, 1, version=5, hours=4), wallet(book, 3, version=3, hours=2), wallet(book, 0, 6, hours=5)]
    await database.transact(lambda tx: consumers.on_booking(tx, news))
    async with database.reading() as reading:
        kinds = [*await reading.scalars(select(Notice.kind).where(Notice.kind == "book_nearly_empty"))]
    assert kinds == ["book_nearly_empty"]
