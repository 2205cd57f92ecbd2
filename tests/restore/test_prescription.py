"""Prescription's database is put back to an earlier moment: residents and their rights come back, names in part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import uuid4

from chassis import telemetry
from chassis.db import Database
from chassis.runtime import Runtime
from contracts.booking import BookingErasureCompleted, BookUse, WalletChanged
from contracts.ids import BeneficiaryId, BookId, uuid7
from contracts.words import Actor
from services.prescription import queries, usecases
from services.prescription.model import (
    Agent,
    Asked,
    Beneficiary,
    CentreForm,
    Digests,
    News,
    PrescriberForm,
    Registration,
)
from services.prescription.settings import Settings
from services.prescription.usecases import Decided, Wish
from tests.actors import PRESCRIBER
from tests.prescription.conftest import PERSON
from tests.restore.conftest import Served
from tests.restore.rewound import differing

SAME: Mapping[str, Sequence[str]] = {
    "centres": [],
    "beneficiaries": ["last_name", "plain_name", "name_key", "birth_date", "registered_by", "twin"],
    "books": [],
    "vouchers": ["code"],
    "changes": ["id", "note", "by_subject", "by_name", "at", "confirmed_at"],
    "merges": ["reason", "by", "at"],
    "erasure_requests": [
        "number",
        "reason",
        "by_subject",
        "by_name",
        "centre_id",
        "asked_at",
        "executed_at",
        "withdrawn_at",
        "withdrawn_by",
        "id",
        "due_at",
    ],
    "erasures": ["id", "number", "asked_by", "asked_at", "prescription_at", "booking_at"],
}
assert PRESCRIBER.centre_id
assert PRESCRIBER.prescriber_id
CENTRE, NADIA = PRESCRIBER.centre_id, PRESCRIBER.prescriber_id
CREST = CentreForm(name="Centre social de Crest", kind="social_centre", commune_insee="26108")
ANNE = Agent("anne", "Démo Anne", "administrator")
ADDRESS = "1 rue Haute\n26400 Crest"
DECIDED = Decided("mistake", "une note", ANNE, Actor(kind="administrator"))


@dataclass
class Days:
    """`known` since before the moment, `new` since; `twice` is `known` once more, `gone` is erased, `asks` will be."""

    known: BeneficiaryId = field(default_factory=lambda: BeneficiaryId(uuid7()))
    new: BeneficiaryId = field(default_factory=lambda: BeneficiaryId(uuid7()))
    gone: BeneficiaryId = field(default_factory=lambda: BeneficiaryId(uuid7()))
    asks: BeneficiaryId = field(default_factory=lambda: BeneficiaryId(uuid7()))
    book: BookId = field(default_factory=lambda: BookId(uuid7()))
    thread: str = ""

    async def begin(self, runtime: Runtime) -> None:
        database = runtime.database
        await database.transact(lambda tx: usecases.upsert_centre(tx, CENTRE, CREST))
        named = PrescriberForm(centre_id=CENTRE, name="Démo Nadia")
        await database.transact(lambda tx: usecases.upsert_prescriber(tx, NADIA, named))
        self.known = (await registered(database)).id
        self.gone = (await registered(database, last_name="Efface", phone="06 39 98 12 36")).id
        self.asks = (await registered(database, last_name="Demande", phone="06 39 98 12 37")).id

    async def go_on(self, runtime: Runtime) -> None:
        """A centre moves, a person has a letter box, another registers twice, books are prescribed and cancelled."""
        database = runtime.database
        moved = CREST.model_copy(update={"name": "Maison de Crest"})
        await database.transact(lambda tx: usecases.upsert_centre(tx, CENTRE, moved))
        told = Registration.model_validate(
            {**PERSON, "channel": "letter", "postal_address": "1 rue Haute\n26400 Crest"}
        )
        await database.transact(lambda tx: usecases.change_person(tx, self.known, told, by=ANNE))
        await prescribed(database, self.known)
        self.new = (await registered(database, last_name="Nouvelle", phone="06 39 98 12 35")).id
        self.book = await prescribed(database, self.new)
        twice = await registered(database, last_name="Dubeuf", phone=None, channel="call", birth_date="1951-03-03")
        await database.transact(lambda tx: usecases.merge(tx, self.known, twice.id, reason="date mal lue", by=ANNE))
        self.thread = str(uuid4())
        telemetry.set_correlation(self.thread)
        await database.transact(lambda tx: usecases.cancel_book(tx, self.book, DECIDED, news=fresh()))
        await self.ask(runtime)

    async def ask(self, runtime: Runtime) -> None:
        """One asks to be erased, another changes their mind, a third is erased at once."""
        database, settings = runtime.database, runtime.declared.settings
        assert isinstance(settings, Settings)
        for person in (self.asks, self.new):
            wish = partial(usecases.request_erasure, beneficiary_id=person, asked=Asked("wish", ANNE))
            await database.transact(partial(wish, grace=settings.erasure_grace))
        await database.transact(lambda tx: usecases.withdraw_erasure(tx, self.new, by=ANNE))
        urgent = Asked("danger", ANNE)
        await database.transact(
            lambda tx: usecases.erase_at_once(tx, self.gone, urgent, Digests.keyed(settings.erasure_secret))
        )

    def answers(self) -> tuple[WalletChanged, BookingErasureCompleted]:
        """Of booking, which has done both."""
        use = BookUse(book_id=self.book, available=0, held=0, consumed=0, void=5, expired=0)
        told = WalletChanged(beneficiary_id=self.new, version=2, books=(use,), hours_followed=0, first_hour_on=None)
        return told.correlated(self.thread), BookingErasureCompleted(beneficiary_id=self.gone, service="booking")


def fresh() -> News:
    now = datetime.now(UTC)
    return News(now, timedelta(minutes=2), now)


async def registered(database: Database, **more: object) -> Beneficiary:
    telemetry.set_correlation(str(uuid4()))
    told = Registration.model_validate({**PERSON, "confirmed": True, **more})
    return await database.transact(lambda tx: usecases.register(tx, told, by=NADIA))


async def prescribed(database: Database, person: BeneficiaryId) -> BookId:
    telemetry.set_correlation(str(uuid4()))
    wish = Wish("first_steps")
    return (await database.transact(lambda tx: usecases.prescribe(tx, person, wish, by=NADIA, news=fresh()))).id


async def test_core_22_what_prescription_had_published_since_comes_back(served: Served) -> None:
    lost, days = await served("prescription"), Days()
    await lost.does(act=days.begin)
    old = await lost.copied()
    await lost.does(act=days.go_on)
    await lost.does(*days.answers())
    assert await differing(lost, old, SAME)
    published = await old.published()
    await old.made_whole()
    await old.does()
    assert await differing(lost, old, SAME) == []
    assert await old.published() == published
    async with old.at_work() as runtime, runtime.database.reading() as reading:
        known, new = await queries.person(reading, days.known), await queries.person(reading, days.new)
        waiting = await queries.pending_request(reading, days.asks)
    assert waiting
    assert abs(waiting.due_at - waiting.asked_at - timedelta(days=7)) < timedelta(minutes=1)
    assert (known.name, known.birth_date) == ("Démo Jeanne Dubœuf", date(1951, 3, 2))
    assert (new.name, new.birth_date) == ("Démo Jeanne N.", date(1900, 1, 1))


async def test_walls_12_who_was_erased_and_taken_from_the_log_since_stays_erased_in_a_restored_database(
    served: Served,
) -> None:
    lost, days = await served("prescription"), Days()
    await lost.does(act=days.begin)
    old = await lost.copied()
    await lost.does(act=days.go_on)
    before = await lost.published()
    await lost.does(act=swept)
    assert await lost.published() > before
    await lost.does(*days.answers())
    await old.made_whole()
    await old.does()
    assert await differing(lost, old, SAME) == []
    assert await old.knows_erased(days.gone)


async def swept(runtime: Runtime) -> None:
    await runtime._sweep(runtime.work)
