"""Files and their mediators (19), two records of one person (5), first name and initial only (26), forgetting (27)."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.db import Database
from chassis.telemetry import Threaded
from contracts.booking import BookingErasureCompleted
from contracts.catalogue import MediatorLeft, MediatorPosted, TrainingPublished, TrainingWithdrawn
from contracts.contacts import ContactErased
from contracts.ids import BeneficiaryId, BookingId, CentreId, MediatorId, NoticeId, SessionId, TrainingId, uuid7
from contracts.notifications import NoticeToCall
from contracts.prescription import (
    BeneficiaryChanged,
    BeneficiaryErased,
    BeneficiaryMerged,
    BeneficiaryRegistered,
    BookCancelled,
)
from services.booking import queries, usecases
from services.booking.audit import faults
from services.booking.consumers import apart, on_prescription
from services.booking.model import FileOfAnother
from services.booking.model.file import AlreadyAccepted, HandedToOneself
from tests.booking.conftest import (
    BY,
    TERMS,
    TOMORROW,
    at,
    book,
    cancel,
    mark,
    new_people,
    new_person,
    new_session,
    prescribed,
    said,
    stated,
    told,
    use,
    wait,
)

KARIM, LUCIE = MediatorId(UUID(int=51)), MediatorId(UUID(int=52))


def posted(mediator: MediatorId, version: int = 1) -> MediatorPosted:
    return MediatorPosted(mediator_id=mediator, version=version, name="Démo", phone=None, space_ids=())


async def test_rule_19_a_file_is_proposed_to_the_least_busy_and_its_delay_is_counted_and_traced(
    database: Database,
) -> None:
    await told(database, posted(KARIM), posted(LUCIE))
    people = await new_people(database, 2)
    async with database.reading() as reading:
        proposed = {file.mediator_id for file, _ in await queries.proposed_files(reading)}
    assert proposed == {KARIM, LUCIE}
    await database.transact(lambda tx: usecases.accept_file(tx, people[0], by=KARIM))
    with pytest.raises(AlreadyAccepted):
        await database.transact(lambda tx: usecases.accept_file(tx, people[0], by=LUCIE))
    with pytest.raises(HandedToOneself):
        await database.transact(lambda tx: usecases.hand_over(tx, people[0], by=KARIM, to=KARIM, reason="congés"))
    with pytest.raises(FileOfAnother):
        await database.transact(lambda tx: usecases.hand_over(tx, people[0], by=LUCIE, to=KARIM, reason="congés"))
    nobody = MediatorId(UUID(int=99))
    with pytest.raises(queries.NoSuchMediator):
        await database.transact(lambda tx: usecases.hand_over(tx, people[0], by=KARIM, to=nobody, reason="congés"))
    await database.transact(lambda tx: usecases.hand_over(tx, people[0], by=KARIM, to=LUCIE, reason="congés"))
    await database.transact(lambda tx: usecases.accept_file(tx, people[0], by=LUCIE))
    async with database.reading() as reading:
        trace = [(one.what, one.reason) for one in await queries.file_moves(reading, people[0])]
    assert trace == [
        ("proposed", ""), ("accepted", ""), ("handed_over", "congés"), ("proposed", ""), ("accepted", ""),
    ]  # fmt: skip


async def test_rule_19_what_nobody_takes_over_is_proposed_to_another(database: Database) -> None:
    await told(database, posted(KARIM), posted(LUCIE))
    person = await new_person(database)
    async with database.reading() as reading:
        first = (await queries.file(reading, person)).mediator_id
    await database.transact(lambda tx: usecases.propose_again(tx, waits=timedelta(days=3)))
    assert len(await said(database, "file.proposed")) == 1
    await database.transact(lambda tx: usecases.propose_again(tx, waits=timedelta(0)))
    async with database.reading() as reading:
        second = (await queries.file(reading, person)).mediator_id
    assert {first, second} == {KARIM, LUCIE}


async def test_rule_19_the_people_of_a_mediator_who_leaves_are_proposed_to_another_with_a_trace(
    database: Database,
) -> None:
    await told(database, posted(KARIM))
    followed, proposed = await new_people(database, 2)
    await database.transact(lambda tx: usecases.accept_file(tx, followed, by=KARIM))
    left = MediatorLeft.model_validate(posted(KARIM, 2).model_dump())
    await told(database, posted(LUCIE), left)
    for _ in range(2):
        await database.transact(lambda tx: usecases.propose_again(tx, waits=timedelta(days=3)))
    async with database.reading() as reading:
        for person in (followed, proposed):
            file = await queries.file(reading, person)
            assert (file.state, file.mediator_id) == ("proposed", LUCIE)
        trace = [(one.what, one.to_mediator_id, one.reason) for one in await queries.file_moves(reading, followed)]
    assert trace[2:] == [("handed_over", LUCIE, "départ du médiateur"), ("proposed", None, "")]
    assert len(await said(database, "file.handed_over")) == 1
    await database.transact(lambda tx: usecases.accept_file(tx, followed, by=LUCIE))


def training(version: int = 1) -> TrainingPublished:
    return TrainingPublished(
        training_id=TrainingId(UUID(int=3)),
        version=version,
        code="MAIL-01",
        title="Envoyer un e-mail",
        summary="Écrire, envoyer, répondre.",
        level="débutant",
        themes=("courriel",),
        audiences=(),
        hours=1,
    )


async def test_rule_19_a_plan_holds_the_trainings_that_catalogue_knows_in_their_order(database: Database) -> None:
    one = training()
    gone = TrainingWithdrawn(**training(2).model_dump() | {"training_id": TrainingId(UUID(int=4))})
    await told(database, posted(KARIM), one, gone)
    person = await new_person(database)
    await database.transact(lambda tx: usecases.accept_file(tx, person, by=KARIM))
    wanted = [gone.training_id, one.training_id, TrainingId(UUID(int=5)), one.training_id]
    with pytest.raises(FileOfAnother):
        await database.transact(lambda tx: usecases.plan(tx, person, wanted, by=LUCIE))
    for _ in range(2):
        await database.transact(lambda tx: usecases.plan(tx, person, wanted, by=KARIM))
        await database.transact(lambda tx: usecases.note_needs(tx, person, ["farm", "farm"], "débutant", by=KARIM))
    async with database.reading() as reading:
        file = await queries.file(reading, person)
    assert (file.plan, file.needs, file.level) == ([gone.training_id, one.training_id], ["farm"], "débutant")
    assert await said(database, "plan.changed") == ["plan.changed"]


async def test_rule_5_two_records_of_one_person_become_one_history(database: Database) -> None:
    kept, merged = await new_people(database, 2)
    both, one = await new_session(database), await new_session(database, starts=TOMORROW + timedelta(hours=4))
    full = await new_session(database, starts=TOMORROW + timedelta(days=2), capacity=1)
    await book(database, full, await new_person(database))
    for person in (kept, merged):
        await book(database, both, person)
        await wait(database, full, person)
    await mark(database, await book(database, one, merged), attended=True)
    news = BeneficiaryMerged(kept_id=kept, merged_id=merged)
    await told(database, news, news)
    async with database.reading() as reading:
        wallet = await queries.wallet(reading, kept)
        seats = {one.session_id for one in await queries.seats_of(reading, kept)}
        waits = await queries.waits_of(reading, kept)
        assert (await queries.wallet(reading, merged)).vouchers == []
        assert [fault async for fault in faults(reading)] == []
    assert (len(wallet.vouchers), len(wallet.available), wallet.hours_followed) == (10, 8, 1)
    assert {voucher.rank for voucher in wallet.vouchers} == {1, 2}
    assert (seats, len(waits)) == ({both}, 1)


def test_rule_5_the_same_words_before_and_after_a_merge_stay_where_they_were_said() -> None:
    person, other = BeneficiaryId(uuid7()), BeneficiaryId(uuid7())
    book, merged = prescribed(person), BeneficiaryMerged(kept_id=person, merged_id=other)
    gone = BookCancelled(book_id=book.book_id, beneficiary_id=person, reason="erreur")
    said = Threaded([book, gone, merged, gone, merged, merged], [*"abcdef"])
    parts = [*apart(said, BeneficiaryMerged)]
    assert [[*part] for part in parts] == [[book, gone], [merged], [gone], [merged], [merged]]
    assert [part.threads for part in parts if isinstance(part, Threaded)] == [["a", "b"], ["c"], ["d"], ["e"], ["f"]]


async def test_rule_5_two_sessions_at_one_time_are_left_to_a_person_to_decide(database: Database) -> None:
    kept, merged = await new_people(database, 2)
    for person in (kept, merged):
        await book(database, await new_session(database), person)
    await told(database, BeneficiaryMerged(kept_id=kept, merged_id=merged))
    async with database.reading() as reading:
        seats = await queries.seats_of(reading, kept)
    assert sorted(one.moved for one in seats) == [False, True]


async def test_rule_5_a_seat_that_one_record_has_is_kept_and_the_others_offer_of_it_ends(database: Database) -> None:
    kept, merged, other = await new_people(database, 3)
    full = await new_session(database, starts=TOMORROW + timedelta(days=3), capacity=2)
    seat, freed = await book(database, full, merged), await book(database, full, other)
    await wait(database, full, kept)
    await cancel(database, freed)
    await told(database, BeneficiaryMerged(kept_id=kept, merged_id=merged))
    async with database.reading() as reading:
        (found,) = await queries.seats_of(reading, kept)
        session = await queries.session(reading, full)
        assert [fault async for fault in faults(reading)] == []
    assert (found.id, found.state, found.moved) == (seat.id, "confirmed", False)
    assert (session.taken, session.offered, session.waiting) == (1, 0, 0)
    assert await said(database, "seat.offered", "seat.declined", "waiting.left") == [
        "seat.offered", "seat.declined", "waiting.left",
    ]  # fmt: skip


async def test_rule_5_two_plans_become_one_and_it_is_told(database: Database) -> None:
    first, second, third = (TrainingId(UUID(int=number)) for number in (3, 4, 5))
    known = [training().model_copy(update={"training_id": one}) for one in (first, second, third)]
    await told(database, posted(KARIM), *known)
    kept, merged, alone = await new_people(database, 3)
    for person, trainings in ((kept, [first, second]), (merged, [third, first])):
        await database.transact(partial(usecases.accept_file, beneficiary_id=person, by=KARIM))
        await database.transact(partial(usecases.plan, beneficiary_id=person, trainings=trainings, by=KARIM))
    await told(database, BeneficiaryMerged(kept_id=kept, merged_id=merged))
    unknown = BeneficiaryId(uuid7())
    await told(
        database, BeneficiaryMerged(kept_id=alone, merged_id=kept), BeneficiaryMerged(kept_id=unknown, merged_id=alone)
    )
    async with database.reading() as reading:
        file = await queries.file(reading, unknown)
    assert (file.plan, file.plan_version) == ([first, second, third], 2)
    assert len(await said(database, "plan.changed")) == 5


async def test_rule_5_what_is_said_of_the_merged_record_afterwards_is_the_kept_ones(database: Database) -> None:
    kept, merged = await new_people(database, 2)
    await told(database, stated(kept), stated(merged), BeneficiaryMerged(kept_id=kept, merged_id=merged))
    await told(database, prescribed(merged, rank=3), stated(merged), ContactErased(beneficiary_id=merged))
    async with database.reading() as reading:
        assert len((await queries.wallet(reading, kept)).vouchers) == 15
        assert (await queries.people(reading, [kept]))[kept].name == "Démo Jeanne D."


async def test_rule_26_booking_keeps_a_first_name_and_an_initial_and_no_other_personal_value(
    database: Database,
) -> None:
    person = await new_person(database)
    await told(database, stated(person))
    assert await everything(database, "Démo Jeanne")
    assert not await everything(database, "33639981234")


async def test_who_moves_is_offered_sessions_near_the_new_home(database: Database) -> None:
    person = await new_person(database)
    state = {
        "beneficiary_id": person, "centre_id": CentreId(UUID(int=1)), "epci": "200040509", "audiences": ("senior",),
        "msa": False, "registered_at": TOMORROW,
    }  # fmt: skip
    await told(database, BeneficiaryRegistered.model_validate(state | {"commune_insee": "26108"}))
    await told(database, BeneficiaryChanged.model_validate(state | {"commune_insee": "26113"}))
    async with database.reading() as reading:
        assert (await queries.people(reading, [person]))[person].commune_insee == "26113"


async def everything(database: Database, value: str) -> list[str]:
    """The tables in which it is written, anywhere in a row."""
    async with database.reading() as reading:
        tables = await reading.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        return [name for name in tables if await _written(reading, name, value)]


async def _written(reading: object, table: str, value: str) -> bool:
    query = text(f"SELECT EXISTS (SELECT FROM {table} t WHERE t::text ILIKE :value)")  # noqa: S608 - our own tables
    return bool((await reading.execute(query, {"value": f"%{value}%"})).scalar_one())  # type: ignore[attr-defined]


async def full_life(database: Database) -> tuple[BeneficiaryId, SessionId, Sequence[BeneficiaryId]]:
    """Someone with an hour followed, a seat to come that another waits for, an offer, a place in a list, a trouble."""
    await told(database, posted(KARIM))
    person, other, third = await new_people(database, 3)
    await told(database, stated(person))
    await database.transact(lambda tx: usecases.accept_file(tx, person, by=KARIM))
    await mark(database, await book(database, await new_session(database), person), attended=True)
    coming = await new_session(database, starts=TOMORROW + timedelta(days=3), capacity=1)
    await book(database, coming, person)
    await wait(database, coming, other)
    offered = await new_session(database, starts=TOMORROW + timedelta(days=4), capacity=1)
    taken = await book(database, offered, third)
    await wait(database, offered, person)
    await wait(database, offered, other)
    await cancel(database, taken)
    notice = NoticeToCall(
        notice_id=NoticeId(uuid7()), beneficiary_id=person, booking_id=None, kind="reminder_48h", channel="call",
        reason="numéro faux",
    )  # fmt: skip
    await told(database, notice)
    return person, coming, (other, third)


async def test_rule_27_the_erased_leave_no_trace_and_those_who_wait_get_their_seats(database: Database) -> None:
    person, coming, (other, _) = await full_life(database)
    async with database.reading() as reading:
        hours = (await reading.execute(text("SELECT sum(hours_followed) FROM wallets"))).scalar_one()
    await told(database, BeneficiaryErased(beneficiary_id=person), ContactErased(beneficiary_id=person))
    left = await everything(database, str(person))
    assert len(await said(database, "seat.declined")) == 1
    assert {*left} <= {"outbox"}, "the outbox is on its way to the topics, and holds ids only"
    assert not await everything(database, "Démo Jeanne")
    async with database.reading() as reading:
        offers = await queries.bookings_in(reading, coming, "offered")
        assert [one.person for one in offers] == [other]
        assert (await reading.execute(text("SELECT sum(hours_followed) FROM wallets"))).scalar_one() == hours
        assert [fault async for fault in faults(reading)] == []
    assert (await said(database))[-1] == BookingErasureCompleted.type.removesuffix(".v1")


async def test_rule_27_hours_marked_after_an_erasure_count_and_nothing_is_said_of_nobody(database: Database) -> None:
    person = await new_person(database)
    for number in range(2):
        missed = await new_session(database, starts=TOMORROW + timedelta(hours=3 * number))
        await mark(database, await book(database, missed, person), attended=False)
    await database.transact(lambda tx: usecases.settle_flag(tx, person, by="Démo Karim"))
    seats = [
        await book(database, await new_session(database, starts=TOMORROW + timedelta(hours=9 + number)), person)
        for number in range(3)
    ]
    erased = BeneficiaryErased(beneficiary_id=person)
    await at(database, lambda tx: on_prescription(tx, [erased], terms=TERMS), TOMORROW + timedelta(hours=14))
    before = await said(database)
    await mark(database, seats[0], attended=True)
    await mark(database, seats[1], attended=False)
    here = seats[2].session_id
    await at(database, lambda tx: usecases.mark_everyone(tx, here, by=BY), TOMORROW + timedelta(days=1))
    assert await said(database) == before
    async with database.reading() as reading:
        assert (await reading.execute(text("SELECT sum(hours_followed) FROM wallets"))).scalar_one() == 2
        assert [fault async for fault in faults(reading)] == []


async def test_rule_27_erasing_someone_unknown_or_twice_is_answered_all_the_same(database: Database) -> None:
    nobody = BeneficiaryId(uuid7())
    await told(database, BeneficiaryErased(beneficiary_id=nobody))
    await told(database, BeneficiaryErased(beneficiary_id=nobody))
    assert await said(database) == ["erasure.completed"] * 2


async def test_rule_27_bookings_older_than_two_years_are_nobodys_and_the_hours_stay(database: Database) -> None:
    person = await new_person(database)
    old = await book(database, await new_session(database), person)
    await mark(database, old, attended=True)
    await book(database, await new_session(database, starts=TOMORROW + timedelta(days=1)), person)
    two_years_later = TOMORROW + timedelta(hours=2)
    await database.transact(lambda tx: usecases.forget_old_bookings(tx, before=two_years_later))
    async with database.reading() as reading:
        assert (await queries.booking(reading, BookingId(old.id))).beneficiary_id is None
        assert (await queries.wallet(reading, person)).hours_followed == 1
        assert [fault async for fault in faults(reading)] == []
        assert not [one for one in await queries.ledger(reading, person) if one.booking_id == old.id]
    assert await use(database, person) == (3, 1, 1)


async def test_rule_27_a_session_that_nobody_marked_is_settled_and_does_not_stop_the_forgetting(
    database: Database,
) -> None:
    person = await new_person(database)
    never = await book(database, await new_session(database), person)
    marked = await book(database, await new_session(database, starts=TOMORROW + timedelta(hours=3)), person)
    await mark(database, marked, attended=True)
    before = len(await said(database))
    for _ in range(2):
        await database.transact(lambda tx: usecases.forget_old_bookings(tx, before=TOMORROW + timedelta(days=1)))
    async with database.reading() as reading:
        assert [(await queries.booking(reading, one.id)).beneficiary_id for one in (never, marked)] == [None, None]
        wallet = await queries.wallet(reading, person)
        moves = [(one.reason, one.by_kind, one.state_after) for one in await queries.ledger(reading, person)]
        assert [fault async for fault in faults(reading)] == []
    assert ("présence jamais notée", "system", "available") in moves
    assert (await use(database, person), wallet.misses) == ((4, 0, 1), 0)
    assert (await said(database))[before:] == ["wallet.changed"]


async def test_a_booking_of_nobody_can_not_be_changed(database: Database) -> None:
    booking = await book(database, await new_session(database), await new_person(database))
    await mark(database, booking, attended=True)
    await database.transact(lambda tx: usecases.forget_old_bookings(tx, before=TOMORROW + timedelta(days=9)))
    with pytest.raises(Exception, match="déjà terminée"):
        await mark(database, booking, attended=False, reason="trop tard")
