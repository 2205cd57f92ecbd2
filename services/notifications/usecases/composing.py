"""A notice whose time has come: does it still make sense, by which channel, in which words, through which provider."""

import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, Self, TypeVar

import structlog

from chassis import telemetry
from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.outbox import publish
from contracts.ids import BeneficiaryId
from contracts.words import Channel
from county import links
from services.notifications import queries
from services.notifications.model import BUDGET_SPENT, PERSON_NEEDS, TOGETHER, Facts, Notice, Provider, chosen
from services.notifications.settings import Settings
from services.notifications.texts import calendar_file, mail, segments, sms, without_codes
from services.notifications.usecases import recording
from services.notifications.usecases.deciding import Drop, Known, Later, next_step
from services.notifications.usecases.opt_outs import short_stop_url, stop_url
from services.notifications.usecases.outgoing import Claim, Machine, OutgoingMessage, minutes_left

T = TypeVar("T")
Lack = Literal["no capacity", "no budget", "no words"]

log = structlog.get_logger("composing")

CLAIMED_AT_ONCE = 200
JOINED: Mapping[str, int] = {"sms": 3, "email": 10}  # notices in one message, at most
A_MOMENT, LONG = timedelta(seconds=1), timedelta(minutes=10)
WAIT: Mapping[Lack, timedelta] = {"no capacity": A_MOMENT, "no budget": LONG, "no words": LONG}
WHY_PUT_OFF: Mapping[Lack, str] = {
    "no budget": BUDGET_SPENT,
    "no words": "ce message n'a pas pu être écrit : à regarder",
}
WHY_BY_HAND: Mapping[Channel, str] = {
    "call": "pas de SMS ni d'e-mail possible : appelez la personne",
    "letter": "la personne attend un courrier : imprimez-le et postez-le",
}


class Composition:
    """One transaction of composing: what providers still take, what they may cost today, and what has to wait.

    `free`: messages that each provider takes now, and «email». `spent`: segments by provider, of this transaction.
    """

    def __init__(self, tx: Transaction, settings: Settings, free: Mapping[str, int], providers: list[Provider]) -> None:
        self.tx = tx
        self.settings = settings
        self.free = dict(free)
        self.providers = providers
        self.today = tx.now.astimezone(PARIS).date()
        self.per_day = {account.name: account.per_day for account in settings.sms}
        self.spent: dict[str, int] = defaultdict(int)
        self.given_up: list[Notice] = []

    @classmethod
    async def of(cls, tx: Transaction, settings: Settings, free: Mapping[str, int]) -> Self:
        names = [account.name for account in settings.sms]
        providers = await queries.providers(tx, names)
        if len(providers) < len(names):
            await queries.ensure_providers(tx, names)
            providers = await queries.providers(tx, names)
        return cls(tx, settings, free, providers)

    def provider(self) -> Provider | Literal["no capacity", "no budget"]:
        """Choose who takes the next SMS, within today's budget."""
        left = {provider.name: provider.left(self.per_day[provider.name], self.today) for provider in self.providers}
        able = [provider for provider in self.providers if left[provider.name] > self.spent[provider.name]]
        if not able:
            return "no budget"
        return chosen(able, self.free, secrets.randbelow(1000) / 1000) or "no capacity"

    def put_off(self, group: Sequence[Notice], lack: Lack, channel: Channel = "sms") -> None:
        """Let it wait for a moment; what would then be too late for a call goes another way at once."""
        for notice in group:
            notice.due_at = self.tx.now + WAIT[lack]
            if lack in WHY_PUT_OFF:
                notice.reason = WHY_PUT_OFF[lack]
                too_late = bool(notice.expires_at and notice.due_at > notice.expires_at - PERSON_NEEDS)
                if too_late:
                    notice.channel = channel
                    self.given_up.append(notice)
                log.error("a message is put off", lack=lack, notice=str(notice.id), goes_another_way=too_late)

    async def close(self) -> None:
        """Write down what was spent; nothing vanishes for want of budget."""
        if spent := {name: parts for name, parts in self.spent.items() if parts}:
            for provider in await queries.providers_for_update(self.tx, [*spent]):
                provider.spend(spent[provider.name], self.today)
        for notice in self.given_up:
            await recording.fail(self.tx, [notice], "temporary", notice.reason or "")


async def compose_due(tx: Transaction, settings: Settings, free: Mapping[str, int]) -> Claim:
    """Claim what is due; what no machine can deliver goes to a person. `free`: messages that each provider takes."""
    by_sms = sum(count for name, count in free.items() if name != "email")
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
        telemetry.set_correlation(notice.correlation)
        _or_put_off(composition, [notice], "sms", partial(_step, tx, notice, known, by_machine))
    messages = [
        outgoing
        for (_, channel), theirs in by_machine.items()
        for group in _groups(theirs, channel, tx.now)
        if (
            outgoing := _or_put_off(composition, group, channel, partial(_composed, composition, channel, group, known))
        )
    ]
    await composition.close()
    return messages


def _or_put_off(composition: Composition, group: Sequence[Notice], channel: Machine, work: Callable[[], T]) -> T | None:
    """One message that can't be decided or written holds up no other. Nothing is claimed before its words are there."""
    try:
        return work()
    except Exception:
        telemetry.set_correlation(group[0].correlation)
        telemetry.job_failures.labels(queries.SEND).inc()
        log.exception("a message can't be written", notice=str(group[0].id), kind=group[0].kind)
        composition.put_off(group, "no words", channel)
        return None


def _step(
    tx: Transaction, notice: Notice, known: Known, by_machine: dict[tuple[BeneficiaryId, Machine], list[Notice]]
) -> None:
    """What is not due yet rides along, or is left as it is."""
    due = notice.due_at <= tx.now
    match next_step(notice, known, tx.now):
        case Drop(reason=reason) if due:
            notice.dropped(reason, tx.now)
        case Later(until=until) if due:
            notice.due_at = until
        case "call" | "letter" as by_hand if due:
            notice.channel = by_hand
            publish(tx, notice.hand_to_person(tx.now, WHY_BY_HAND[by_hand]))
        case "sms" | "email" as channel:
            by_machine[notice.beneficiary_id, channel].append(notice)
        case _:
            pass


def _groups(notices: Sequence[Notice], channel: Machine, now: datetime) -> list[Sequence[Notice]]:
    """Only with something that is due; what is the most urgent goes first."""
    if not any(notice.due_at <= now for notice in notices):
        return []
    ordered = sorted(notices, key=lambda notice: (not notice.rush, notice.due_at, notice.id))
    most = JOINED[channel]
    return [ordered[start : start + most] for start in range(0, len(ordered), most)]


def _composed(
    composition: Composition, channel: Machine, group: Sequence[Notice], known: Known
) -> OutgoingMessage | None:
    facts = [_with_link(composition.settings, notice, known.facts[notice.id]) for notice in group]
    if channel == "email":
        return _mailed(composition, group, facts)
    text = sms(facts, composition.tx.now)
    content = without_codes(text)
    match composition.provider():
        case "no capacity" | "no budget" as lack:
            composition.put_off(group, lack)
            return None
        case provider:
            parts = segments(text)
            composition.free[provider.name] -= 1
            composition.spent[provider.name] += parts
            to = facts[0].contact.phone or ""
            leader = _claimed(composition, group, "sms", provider.name, to)
            leader.content, leader.segments = content, parts
            left = minutes_left([notice.expires_at for notice in group], composition.tx.now)
            return OutgoingMessage(leader.id, "sms", provider.name, to, text, leader.correlation, valid_for=left)


def _mailed(composition: Composition, group: Sequence[Notice], facts: Sequence[Facts]) -> OutgoingMessage | None:
    if composition.free.get("email", 0) <= 0:
        composition.put_off(group, "no capacity")
        return None
    now, to = composition.tx.now, facts[0].contact.email or ""
    stop = stop_url(composition.settings, group[0].beneficiary_id, "email", group[0].kind)
    written = mail(facts, now, stop)
    content = without_codes(written.body)
    files = [calendar_file(known, notice.about_id, now) for known, notice in zip(facts, group, strict=True)]
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
    for notice in group:
        notice.state, notice.channel, notice.provider, notice.sent_to = "sending", channel, provider, to
        notice.attempts, notice.segments = notice.attempts + 1, 0
        notice.check_at = now + composition.settings.policy.interrupted_after
        notice.carrier_id = None if notice is leader else leader.id
    return leader


def _with_link(settings: Settings, notice: Notice, facts: Facts) -> Facts:
    if notice.kind == "long_unseen" and facts.book and facts.book.stop_code:
        return replace(facts, stop=short_stop_url(settings, facts.book.stop_code))
    about = notice.about_id if notice.kind == "seat_offered" else notice.booking_id
    secret = settings.link_secret.get_secret_value()
    if not (about and settings.resident_url and secret):
        return facts
    return replace(facts, link=f"{settings.resident_url}/r/{links.code_for(secret, about)}")
