"""When a provider is left, when it returns, and which one is chosen. Rule 24."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.model import Health, Provider, chosen

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def provider(share: int = 100, changed: datetime = NOW - timedelta(hours=1), name: str = "first") -> Provider:
    since = {"changed_at": changed, "judged_since": changed}
    return Provider(name=name, share=share, **since, reason=None, spent_on=NOW.date(), spent=0, extra=0)


@pytest.mark.parametrize(
    ("health", "moves"),
    [
        (Health(errors=49), False),
        (Health(errors=50), True),
        (Health(sent=100, slow=14), False),
        (Health(sent=100, slow=15), True),
        (Health(sent=19, slow=19), False),  # too few to speak of a part
        (Health(sent=40, slow=5, arrived=35), False),
    ],
)
def test_rule_24_fifty_errors_or_fifteen_per_cent_slow_move_the_traffic(health: Health, *, moves: bool) -> None:
    ours = provider()
    assert bool(ours.judge(health, NOW, others=100)) is moves
    assert ours.share == (0 if moves else 100)


def test_rule_24_with_nobody_to_take_over_a_bad_provider_is_better_than_none() -> None:
    ours = provider()
    ours.judge(Health(errors=500), NOW, others=0)
    assert ours.share == 100


def test_rule_24_it_returns_gradually_and_leaves_again_at_once() -> None:
    ours, now, shares = provider(0, NOW), NOW, []
    while ours.share < 100:
        now += timedelta(seconds=30)
        ours.judge(Health(sent=1, arrived=1), now, others=100)
        shares.append(ours.share)
    assert shares[:9] == [0] * 9  # five minutes of rest
    assert sorted({*shares}) == [0, 20, 40, 60, 80, 100]
    assert now - NOW == timedelta(minutes=9)
    for bad in (Health(errors=5), Health(sent=5, slow=1)):
        back = provider(20)
        back.judge(bad, NOW, others=100)
        assert (back.share, back.judged_since) == (0, NOW)


def test_rule_24_it_gains_nothing_by_time_alone_when_nothing_arrives() -> None:
    ours, now = provider(0, NOW), NOW
    for _ in range(60):
        now += timedelta(minutes=1)
        ours.judge(Health(sent=4), now, others=100)
    assert ours.share == 20
    ours.judge(Health(sent=4, arrived=1), now, others=100)
    assert ours.share == 40
    assert ours.judged_since == NOW


def test_traffic_follows_the_shares_among_those_that_take_a_message() -> None:
    first, second = provider(75, name="first"), provider(25, name="second")
    free = {"first": 1, "second": 1}
    picked = [chosen([first, second], free, dice / 100) for dice in range(100)]
    assert sum(taken is first for taken in picked) == 75
    assert chosen([first, second], {"second": 1}, 0.0) is second
    assert chosen([provider(0)], {"first": 1}, 0.5) is not None
    assert chosen([first], {}, 0.5) is None
