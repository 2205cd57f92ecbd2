"""How long messages and their proofs are kept, and nothing is told again after that. Rule 27."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, text

from chassis.db import Database, Transaction
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications.model import ANONYMOUS, Notice
from services.notifications.usecases import subject_requests
from tests.notifications.conftest import consume, send_due, settings_of
from tests.notifications.events import confirmed, scheduled, stated
from tests.outside import Outside


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
        await database.for_work().transact(lambda tx: subject_requests.apply_retention(tx, settings_of(site)))
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
    await consume(database, stated(person), session, confirmed(person, session))
    await send_due(site)
    assert not outside.messages(stated(person).phone or "")
