"""The sources keep the rules of the house; each rule is tried against a deliberate violation."""

from collections.abc import Callable, Iterator

import pytest

from contracts.topics import FOR_PARTNERS
from tests.architecture import rules
from tests.architecture.rules import EVENTS, Source

SOURCES = rules.sources(*rules.ROOMS)

Rule = Callable[[Source], Iterator[str]]

BROKEN: dict[Rule, Source] = {
    rules.only_db_commits: Source("services/booking/usecases.py", "async def f(tx):\n    await tx.commit()\n"),
    rules.only_relay_publishes: Source("services/booking/web.py", "p = AIOKafkaProducer()\n"),
    rules.only_broker_subscribes: Source("services/booking/app.py", "@broker.subscriber('t')\nasync def f(): ...\n"),
    rules.only_the_clock_knows_the_time: Source("services/booking/model/wallet.py", "t = datetime.now(UTC)\n"),
    rules.each_says_its_own: Source("services/booking/usecases.py", "e = NoticeSent(notice_id=1)\n"),
    rules.models_do_no_io: Source("services/booking/model/wallet.py", "async def f(): ...\n"),
    rules.consumers_set_the_correlation: Source(
        "services/booking/consumers.py", "for event in events:\n    match event:\n        case _: ...\n"
    ),
    rules.small: Source("services/booking/web.py", "def f():\n" + "    x = 1\n" * 25),
}


@pytest.mark.parametrize("rule", BROKEN, ids=lambda rule: rule.__name__)
def test_the_rule_holds(rule: Rule) -> None:
    assert [fault for source in SOURCES for fault in rule(source)] == []


def test_tests_are_small_too() -> None:
    assert [fault for source in rules.sources("tests") for fault in rules.small(source)] == []


@pytest.mark.parametrize("rule", BROKEN, ids=lambda rule: rule.__name__)
def test_a_deliberate_violation_is_seen(rule: Rule) -> None:
    assert [*rule(BROKEN[rule])]


def test_a_file_too_long_is_seen() -> None:
    assert [*rules.small(Source("services/booking/web.py", "x = 1\n" * 301))]


def test_every_event_is_heard_by_someone_or_is_for_partners() -> None:
    assert {*EVENTS} - rules.heard() == {event.__name__ for event in FOR_PARTNERS}


def test_a_question_about_an_event_is_not_a_saying() -> None:
    asked = Source("services/booking/consumers.py", "match e:\n    case NoticeSent():\n        pass\n")
    assert not [*rules.each_says_its_own(asked)]


def test_the_broker_is_told_what_was_measured() -> None:
    """Groups per service and topic, nothing acknowledged before it is applied, from the beginning, in batches."""
    broker = next(source.text for source in SOURCES if source.path == "chassis/broker.py")
    for setting in (
        'return f"{service}.{topic.short}"',
        "group = group_of(service, consumer.intake.subscription.topic)",
        "group_id=group",
        "AckPolicy.NACK_ON_ERROR",
        'auto_offset_reset="earliest"',
        "batch=True",
        "max_records=500",
        "allow_auto_create_topics=False",
    ):
        assert setting in broker
