"""A notice whose time has come: does it still make sense, by which channel, in which words, through which provider."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog

from chassis import links, telemetry
from chassis.db import Transaction
from chassis.outbox import publish
from contracts.ids import BeneficiaryId
from contracts.words import Channel
from services.notifications import queries
from services.notifications.model import TOGETHER, Facts, Notice
from services.notifications.settings import Settings
from services.notifications.texts import calendar_file, mail, segments, sms, without_codes
from services.notifications.usecases.deciding import Drop, Known, Later, next_step
from services.notifications.usecases.desk import Composition
from services.notifications.usecases.opting import short_stop_url, stop_url
from services.notifications.usecases.outgoing import Claim, Machine, OutgoingMessage, minutes_left

T = TypeVar("T")

log = structlog.get_logger("composing")

CLAIMED_AT_ONCE = 200
JOINED: Mapping[str, int] = {"sms": 3, "email": 10}  # notices in one message, at most
REASONS: Mapping[Channel, str] = {
    "call": "pas de SMS ni d'e-mail possible : appelez la personne",
    "letter": "la personne attend un courrier : imprimez-le et postez-le",
}


async def compose_due(tx: Transaction, settings: Settings, free: Mapping[str, int]) -> Claim:
    """Claim what is due; what no machine can deliver goes to a person."""
    by_sms = sum(room for name, room in free.items() if name != "email")
    most = min(CLAIMED_AT_ONCE, by_sms or free.get("email", 0))
    due = await queries.due_notices(tx, most, reserved=most // 4, sms=bool(by_sms or not settings.sms))
    return Claim(await _composed_of(tx, settings, free, due) if due else [], len(due) < most - most // 4)


async def _composed_of(
    tx: Transaction, settings: Settings, free: Mapping[str, int], due: Sequence[Notice]
) -> list[OutgoingMessage]:
    notices = [*due, *await queries.companions(tx, due, tx.now + TOGETHER)]
    known, composition = await Known.of(tx, notices, settings), await Composition.of(tx, settings, free)
    by_machine: dict[tuple[BeneficiaryId, Machine], list[Notice]] = defaultdict(list)
    for notice in notices:
        telemetry.follow(notice.correlation)
        _tried(composition, [notice], "sms", partial(_take, tx, notice, known, by_machine))
    messages = [
        outgoing
        for (_, channel), told in by_machine.items()
        for group in _groups(told, channel, tx.now)
        if (outgoing := _tried(composition, group, channel, partial(_composed, composition, channel, group, known)))
    ]
    await composition.close()
    return messages


def _tried(composition: Composition, group: Sequence[Notice], channel: Machine, work: Callable[[], T]) -> T | None:
    """One message that can't be decided or written holds up no other. Nothing is claimed before its words are there."""
    try:
        return work()
    except Exception:
        telemetry.follow(group[0].correlation)
        telemetry.job_failures.labels(queries.SEND).inc()
        log.exception("a message can't be written", notice=str(group[0].id), kind=group[0].kind)
        composition.put_off(group, "no words", channel)
        return None


def _take(
    tx: Transaction, notice: Notice, known: Known, by_machine: dict[tuple[BeneficiaryId, Machine], list[Notice]]
) -> None:
    """One whose time is still to come rides along, or is left as it is."""
    due = notice.due_at <= tx.now
    match next_step(notice, known, tx.now):
        case Drop(reason=reason) if due:
            notice.dropped(reason, tx.now)
        case Later(until=until) if due:
            notice.due_at = until
        case "call" | "letter" as by_hand if due:
            notice.channel = by_hand
            publish(tx, notice.hand_to_person(tx.now, REASONS[by_hand]))
        case "sms" | "email" as channel:
            by_machine[notice.beneficiary_id, channel].append(notice)
        case _:
            pass


def _groups(told: Sequence[Notice], channel: Machine, now: datetime) -> list[Sequence[Notice]]:
    """Only with something that is due; what is the most urgent goes first."""
    if not any(one.due_at <= now for one in told):
        return []
    ordered, most = sorted(told, key=lambda one: (not one.rush, one.due_at, one.id)), JOINED[channel]
    return [ordered[start : start + most] for start in range(0, len(ordered), most)]


def _composed(
    composition: Composition, channel: Machine, group: Sequence[Notice], known: Known
) -> OutgoingMessage | None:
    facts = [_with_link(composition.settings, one, known.facts[one.id]) for one in group]
    if channel == "email":
        return _mailed(composition, group, facts)
    text = sms(facts, composition.tx.now)
    content = without_codes(text)
    match composition.provider():
        case "no room" | "no budget" as lack:
            composition.put_off(group, lack)
            return None
        case provider:
            parts = segments(text)
            composition.free[provider.name] -= 1
            composition.spent[provider.name] += parts
            to = facts[0].contact.phone or ""
            leader = _claimed(composition, group, "sms", provider.name, to)
            leader.content, leader.segments = content, parts
            left = minutes_left([one.expires_at for one in group], composition.tx.now)
            return OutgoingMessage(leader.id, "sms", provider.name, to, text, leader.correlation, valid_for=left)


def _mailed(composition: Composition, group: Sequence[Notice], facts: Sequence[Facts]) -> OutgoingMessage | None:
    if composition.free.get("email", 0) <= 0:
        composition.put_off(group, "no room")
        return None
    now, to = composition.tx.now, facts[0].contact.email or ""
    stop = stop_url(composition.settings, group[0].beneficiary_id, "email", group[0].kind)
    written = mail(facts, now, stop)
    content = without_codes(written.body)
    files = [calendar_file(told, one.about_id, now) for told, one in zip(facts, group, strict=True)]
    composition.free["email"] -= 1
    leader = _claimed(composition, group, "email", "smtp", to)
    leader.subject, leader.content = written.subject, content
    return OutgoingMessage(
        leader.id, "email", "smtp", to, written.body, leader.correlation,
        written.subject, written.html, stop, tuple(file for file in files if file),
    )  # fmt: skip


def _claimed(composition: Composition, group: Sequence[Notice], channel: Machine, provider: str, to: str) -> Notice:
    """The first carries the others. From here on nobody else sends it."""
    leader, now = group[0], composition.tx.now
    for one in group:
        one.state, one.channel, one.provider, one.attempts = "sending", channel, provider, one.attempts + 1
        one.sent_to = to
        one.check_at, one.segments = now + composition.settings.interrupted_after, 0
        one.carrier_id = None if one is leader else leader.id
    return leader


def _with_link(settings: Settings, notice: Notice, facts: Facts) -> Facts:
    if notice.kind == "long_unseen" and facts.book and facts.book.stop_code:
        return replace(facts, stop=short_stop_url(settings, facts.book.stop_code))
    about = notice.about_id if notice.kind == "seat_offered" else notice.booking_id
    secret = settings.link_secret.get_secret_value()
    if not (about and settings.resident_url and secret):
        return facts
    return replace(facts, link=f"{settings.resident_url}/r/{links.code_for(secret, about)}")
