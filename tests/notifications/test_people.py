"""Opt-outs, merged records, erasure, retention; what a person does by hand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from sqlalchemy import func, select, text

from chassis.clock import PARIS
from chassis.db import Database, Transaction
from chassis.intake import Hearing, Intake
from chassis.site import Site
from contracts.contacts import ContactErased
from contracts.event import CloudEvent
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased, BeneficiaryMerged
from contracts.topics import BOOKING
from contracts.words import NoticeKind
from services.notifications import consumers
from services.notifications.model import ANONYMOUS, Contact, Notice, OptOut
from services.notifications.settings import Settings
from services.notifications.usecases import forgetting, opting
from services.notifications.usecases.calling import next_try
from tests.actors import ADMINISTRATOR, MEDIATOR, asking, told
from tests.notifications.conftest import confirmed, heard, move, scheduled, send_due, stated
from tests.outside import Outside
from tests.sites import NOWHERE


def settings_of(site: Site) -> Settings:
    settings = site.assembly.declared.settings
    assert isinstance(settings, Settings)
    return settings


async def by_kind(database: Database) -> dict[str, tuple[str | None, str]]:
    async with database.reading() as reading:
        return {
            one.kind: (one.channel, one.state) for one in await reading.scalars(select(Notice).order_by(Notice.rank))
        }


@pytest.mark.parametrize("how", ["one click", "form", "looking"])
async def test_rule_25_unsubscribing_is_a_post_and_looking_changes_nothing(
    site: Site, database: Database, outside: Outside, how: str
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    email = f"{person}@exemple.invalid"
    await heard(database, stated(person, channel="email", email=email), session, confirmed(person, session))
    await send_due(site)
    [mail] = outside.mails(email)
    address = mail["headers"]["List-Unsubscribe"].strip("<>").removeprefix(settings_of(site).public_url)
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    async with asking(site.application()) as client:
        if how == "one click":  # as a mail program does: no cookie, no form of ours
            answer = await client.post(address, data={"List-Unsubscribe": "One-Click"})
        elif how == "form":
            assert "Ne plus rien recevoir par e-mail" in (await client.get(address)).text
            answer = await client.post(address, data={"what": "channel"})
        else:
            answer = await client.get(address)
        assert answer.status_code == 200
        assert (await client.post(f"{address}x", data={})).status_code == 404
    async with database.reading() as reading:
        found = [(one.channel, one.kind) for one in await reading.scalars(select(OptOut))]
    assert found == ([] if how == "looking" else [("email", None)])


async def test_rule_25_a_kind_is_stopped_by_every_channel_and_a_right_can_t_be(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    for kind in ("reminder_48h", "reminder_3h"):
        await database.transact(lambda tx, kind=kind: opting.stop(tx, person, "sms", kind))  # type: ignore[misc]
    url = opting.stop_url(settings_of(site), person, "sms", "booking_confirmed")
    async with asking(site.application()) as client:
        await client.post(url.removeprefix(settings_of(site).public_url), data={"what": "kind"})
    await heard(database, stated(person), session, confirmed(person, session))
    await send_due(site)
    move(offset, session.starts_at - timedelta(hours=1))
    await send_due(site)
    found = await by_kind(database)
    assert found["reminder_48h"][1] == found["reminder_3h"][1] == "dropped"
    assert not [one for one in outside.messages(stated(person).phone or "") if "Rappel" in one["text"]]


async def test_rule_25_what_is_legally_needed_falls_to_the_next_channel_the_rest_is_not_called_about(
    site: Site, database: Database, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await heard(database, stated(person), session)
    await database.transact(lambda tx: opting.stop(tx, person, "sms"))
    await heard(database, stated(person), session, confirmed(person, session))
    await send_due(site)
    move(offset, session.starts_at - timedelta(hours=47))
    await send_due(site)
    found = await by_kind(database)
    assert found["booking_confirmed"] == ("call", "by_hand")
    assert found["reminder_48h"][1] == "dropped"


async def test_rule_25_prescription_states_the_stop_and_may_take_it_back(site: Site, database: Database) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await heard(database, stated(person), session)
    await database.transact(lambda tx: opting.stop(tx, person, "sms"))
    await heard(database, stated(person, version=2, opt_outs=("sms",)), session)
    await heard(
        database, stated(person, version=3), session, confirmed(person, session)
    )  # asked for again at the centre
    await send_due(site)
    assert (await by_kind(database))["booking_confirmed"] == ("sms", "sent")


async def test_merged_records_are_told_as_one_person_now_and_later(
    site: Site, database: Database, outside: Outside
) -> None:
    kept, merged, session, other = BeneficiaryId(uuid7()), BeneficiaryId(uuid7()), scheduled(), scheduled()
    phone = "+33639985555"
    await heard(database, stated(kept, phone=phone), session)
    await heard(database, stated(merged, phone="+33639986666"), other)
    await database.transact(lambda tx: opting.stop(tx, merged, "email", "long_unseen"))
    await database.transact(lambda tx: consumers.on_booking(tx, [confirmed(merged, session)]))
    one = BeneficiaryMerged(kept_id=kept, merged_id=merged)
    for _ in range(2):
        await database.transact(lambda tx: consumers.on_prescription(tx, [one]))
    await database.transact(lambda tx: consumers.on_contacts(tx, [ContactErased(beneficiary_id=merged)]))
    await database.transact(lambda tx: consumers.on_booking(tx, [confirmed(merged, other)]))
    await heard(database, stated(merged, version=9), session)  # a late statement brings nothing back
    await send_due(site)
    assert [one["text"].count("séance réservée") for one in outside.messages(phone)] == [2]
    async with database.reading() as reading:
        assert [*await reading.scalars(select(Contact.beneficiary_id))] == [kept]
        assert [*await reading.scalars(select(OptOut.beneficiary_id))] == [kept]


async def test_rule_27_the_erased_and_those_merged_into_them_are_gone_and_never_heard_again(
    site: Site, database: Database
) -> None:
    kept, merged, session = BeneficiaryId(uuid7()), BeneficiaryId(uuid7()), scheduled()
    await heard(database, stated(kept), session, confirmed(kept, session))
    await database.transact(lambda tx: opting.stop(tx, kept, "email"))
    await send_due(site)
    events = [BeneficiaryMerged(kept_id=kept, merged_id=merged), BeneficiaryErased(beneficiary_id=kept)]
    for event in events:
        await database.transact(lambda tx, event=event: consumers.on_prescription(tx, [event]))  # type: ignore[misc]
    assert await mentions(database, kept) == []
    hearing = Intake(database, Hearing(BOOKING, consumers.on_booking))
    for person in (kept, merged):
        assert await unheard(hearing, database, person, session)


async def mentions(database: Database, person: BeneficiaryId) -> list[str]:
    """The tables of the service in which that id still is; the outbox says that it is done."""
    async with database.reading() as reading:
        known = (await reading.execute(text(UUID_COLUMNS))).all()
        found = []
        for table, column in known:
            query = text(f'SELECT count(*) FROM "{table}" WHERE "{column}" = :id')  # noqa: S608 - the catalogue's names
            if table != "outbox" and (await reading.execute(query, {"id": person})).scalar():
                found.append(f"{table}.{column}")
        return found


UUID_COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns WHERE udt_name = 'uuid' AND table_schema = 'public'
"""


async def unheard(hearing: Intake, database: Database, person: BeneficiaryId, session: Any) -> bool:
    said = CloudEvent(uuid7(), datetime.now(UTC), confirmed(person, session))
    headers = [(name, value.encode()) for name, value in said.headers().items()]
    record: Any = ConsumerRecord(BOOKING.name, 0, 0, 0, 0, str(person).encode(), said.event.body, 0, 0, 0, headers)
    await hearing.take([record])
    return await mentions(database, person) == []


async def two_years(tx: Transaction) -> None:
    """730 days, some notices each, of everyone's."""
    await tx.execute(text(TWO_YEARS), {"now": tx.now})


TWO_YEARS = """
    INSERT INTO notices (id, about_id, kind, edition, rank, rush, beneficiary_id, booking_id, due_at, state, channel,
        subject, content, segments, attempts, sent_at, settled_at, provider, provider_id, reason, correlation,
        created_at)
    SELECT gen_random_uuid(), gen_random_uuid(), 'booking_confirmed', 0, 0, true, gen_random_uuid(),
        gen_random_uuid(), at, 'delivered', 'sms', NULL, 'Pass numérique : séance réservée', 1, 1, at, at, 'ovh',
        'x' || n, NULL, 'thread', at
    FROM (SELECT n, CAST(:now AS timestamptz) - make_interval(0, 0, 0, n % 730, 0, 0, 1) AS at
          FROM generate_series(1, 20000) AS n) AS days
"""


async def test_rule_27_contents_for_7_days_proofs_for_6_months_then_figures(site: Site, database: Database) -> None:
    """Two years of messages, then the timed job until it has nothing left to do."""
    await database.transact(two_years)
    for _ in range(5):
        await database.transact(lambda tx: forgetting.keep_no_longer(tx, settings_of(site)))
    now = database.clock.now()
    async with database.reading() as reading:
        total = (await reading.execute(select(func.count()).select_from(Notice))).scalar_one()
        with_words = (
            await reading.execute(select(func.min(Notice.settled_at)).where(Notice.content.is_not(None)))
        ).scalar()
        named = (
            await reading.execute(select(func.min(Notice.settled_at)).where(Notice.beneficiary_id != ANONYMOUS))
        ).scalar()
        bare = (await reading.scalars(select(Notice).where(Notice.beneficiary_id == ANONYMOUS).limit(1))).one()
    assert total == 20000
    assert with_words is not None
    assert named is not None
    assert timedelta(days=6) < now - with_words < timedelta(days=7, minutes=5)
    assert timedelta(days=181) < now - named < timedelta(days=182, minutes=5)
    assert (bare.booking_id, bare.content, bare.provider_id, bare.correlation) == (None, None, None, "")
    assert (bare.kind, bare.channel, bare.state, bare.segments) == ("booking_confirmed", "sms", "delivered", 1)
    assert bare.created_at.hour == bare.created_at.minute == 0


async def test_a_replay_of_what_is_older_than_its_proof_tells_nothing_again(
    site: Site, database: Database, outside: Outside
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled(datetime.now(UTC) - timedelta(days=300))
    await heard(database, stated(person), session, confirmed(person, session))
    await send_due(site)
    assert not outside.messages(stated(person).phone or "")


CALLED: list[tuple[list[str], str]] = [
    (["reached"], "delivered"),
    (["message_left"], "delivered"),
    (["no_answer"], "by_hand"),
    (["no_answer", "no_answer", "reached"], "delivered"),
    (["no_answer"] * 4, "failed"),
    (["wrong_number"], "failed"),
]


@pytest.mark.parametrize(("outcomes", "state"), CALLED)
async def test_a_call_has_an_outcome_and_a_next_try(
    site: Site, database: Database, outcomes: list[str], state: str, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await heard(database, stated(person, channel="call"), session, confirmed(person, session))
    await send_due(site)
    async with asking(site.application(), MEDIATOR) as client:
        call = {"id": ""}
        for number, outcome in enumerate(outcomes):
            [call] = (await client.get("/api/calls")).json()
            page = (await client.get("/")).text
            assert page.count("pas de réponse") == number
            await client.post(f"/api/notices/{call['id']}/call", json={"outcome": outcome})
            if outcome == "no_answer":
                assert (await client.get("/api/calls")).json() == []  # not at once
            move(offset, datetime.now(UTC) + timedelta(hours=20 * (number + 1)))
        again = await client.post(f"/api/notices/{call['id']}/call", json={"outcome": "reached"})
        assert again.status_code == (200 if state == "by_hand" else 409)
    if state != "by_hand":
        assert (await by_kind(database))["booking_confirmed"][1] == state


@pytest.mark.parametrize(
    ("called", "again"),
    [("2027-01-12T10:00", "2027-01-12T13:00"), ("2027-01-12T16:30", "2027-01-13T09:00"),
     ("2027-03-27T17:00", "2027-03-28T09:00"), ("2027-01-12T05:00", "2027-01-12T09:00")],
)  # fmt: skip
def test_people_are_called_again_when_they_may_be_called(called: str, again: str) -> None:
    moment = datetime.fromisoformat(called).replace(tzinfo=PARIS)
    assert next_try(moment.astimezone(UTC)) == datetime.fromisoformat(again).replace(tzinfo=PARIS)


async def test_letters_are_one_batch_and_what_came_since_is_not_marked(site: Site, database: Database) -> None:
    by_post = {"channel": "letter", "phone": None, "phone_kind": None}
    address = ("Démo Jeanne Dubœuf", "4 place de la Démonstration", "26400 CREST")
    for _ in range(2):
        person, session = BeneficiaryId(uuid7()), scheduled(datetime.now(UTC) + timedelta(days=20))
        await heard(database, stated(person, postal_address=address, **by_post), session, confirmed(person, session))
    await send_due(site)
    async with asking(site.application(), MEDIATOR) as client:
        letters = await letter_ids(database)
        made = await client.post("/courriers/lot.pdf", data={"notice_id": letters})
        assert made.content.startswith(b"%PDF-")
        assert b"/StructTreeRoot" in made.content  # tagged: it can be read aloud
        answer = await client.post("/courriers/postes", data={"notice_id": letters[:1]})
        assert answer.status_code == 303
    async with database.reading() as reading:
        query = select(Notice.state).where(Notice.channel == "letter").order_by(Notice.state)
        assert [*await reading.scalars(query)] == ["by_hand", "delivered"]


async def letter_ids(database: Database) -> list[str]:
    async with database.reading() as reading:
        return [str(one) for one in await reading.scalars(select(Notice.id).where(Notice.channel == "letter"))]


async def test_the_pages_show_a_person_s_messages_failures_providers_and_templates(
    site: Site, database: Database
) -> None:
    person, session = BeneficiaryId(type(uuid7())(int=uuid7().int // 10000 * 10000)), scheduled()
    await heard(database, stated(person), session, confirmed(person, session))
    await send_due(site)
    async with asking(site.application(), ADMINISTRATOR) as client:
        assert "Messages de Démo Jeanne D." in (await client.get(f"/personnes/{person}")).text
        assert "gateway refuse (422)" in (await client.get("/echecs")).text
        assert "En service" in (await client.get("/fournisseurs")).text
        templates = (await client.get("/modeles")).text
        assert templates.count("1 segment") == 11
        assert "0,065 €" in templates
        restored = await client.post("/fournisseurs/gateway/retablir")
        assert restored.status_code == 303
        assert (await client.post("/fournisseurs/nobody/retablir")).status_code == 404
    async with asking(site.application(), MEDIATOR) as client:
        assert (await client.post("/fournisseurs/gateway/retablir")).status_code == 403


KINDS_STOPPABLE: tuple[NoticeKind, ...] = ("long_unseen", "book_nearly_empty")


@pytest.mark.parametrize("kind", KINDS_STOPPABLE)
def test_a_token_is_read_back_and_a_changed_one_not(kind: NoticeKind, site_settings: Settings) -> None:
    person = BeneficiaryId(uuid7())
    token = opting.stop_url(site_settings, person, "email", kind).rpartition("/")[2]
    assert opting.read_token(site_settings, token) == (person, "email", kind)
    with pytest.raises(opting.NotOurLink):
        opting.read_token(site_settings, ("a" if token[0] != "a" else "b") + token[1:])


@pytest.fixture
def site_settings() -> Settings:
    return told(Settings, NOWHERE, smtp_host="127.0.0.1")
