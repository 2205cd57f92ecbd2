"""A notice whose time has come: does it still make sense, by which channel, in which words, through which provider."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal

import structlog

from chassis import links, telemetry
from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.outbox import say
from contracts.ids import BeneficiaryId
from contracts.words import Channel
from services.notifications import queries
from services.notifications.model import TOGETHER, Facts, Notice, Provider, chosen
from services.notifications.settings import Settings
from services.notifications.texts import calendar_file, mail, segments, sms
from services.notifications.usecases.deciding import Drop, Known, Later, Step, next_step
from services.notifications.usecases.opting import stop_url
from services.notifications.usecases.parcel import Claim, Machine, Parcel

log = structlog.get_logger("composing")

CLAIMED_AT_ONCE = 200
JOINED: Mapping[str, int] = {"sms": 3, "email": 10}  # notices in one message, at most
NO_ROOM, NO_BUDGET = timedelta(seconds=1), timedelta(minutes=10)
REASONS: Mapping[Channel, str] = {
    "call": "pas de SMS ni d'e-mail possible : appelez la personne",
    "letter": "la personne attend un courrier : imprimez-le et postez-le",
}


class Desk:
    """What is needed to put the due notices of one transaction into words. `free`: room by provider, and «email»."""

    def __init__(self, tx: Transaction, settings: Settings, free: Mapping[str, int], providers: list[Provider]) -> None:
        self.tx = tx
        self.settings = settings
        self.free = dict(free)
        self.providers = providers
        self.today: date = tx.now.astimezone(PARIS).date()
        self.per_day = {account.name: account.per_day for account in settings.sms}
        self.spent: dict[str, int] = defaultdict(int)

    def provider(self) -> Provider | Literal["no room", "no budget"]:
        able = [one for one in self.providers if one.left(self.per_day[one.name], self.today) > self.spent[one.name]]
        if not able:
            return "no budget"
        return chosen(able, self.free, secrets.randbelow(1000) / 1000) or "no room"


async def compose_due(tx: Transaction, settings: Settings, free: Mapping[str, int]) -> Claim:
    """Claim what is due; what no machine can deliver goes to a person."""
    by_sms = sum(room for name, room in free.items() if name != "email")
    most = min(CLAIMED_AT_ONCE, by_sms or free.get("email", 0))
    due = await queries.due_notices(tx, most, kept_free=most // 4, sms=bool(by_sms or not settings.sms))
    return Claim(await _composed_of(tx, settings, free, due) if due else [], len(due) < most - most // 4)


async def _composed_of(
    tx: Transaction, settings: Settings, free: Mapping[str, int], due: Sequence[Notice]
) -> list[Parcel]:
    notices = [*due, *await queries.companions(tx, due, tx.now + TOGETHER)]
    known = await Known.of(tx, notices, settings)
    by_machine: dict[tuple[BeneficiaryId, Machine], list[Notice]] = defaultdict(list)
    for notice in notices:
        telemetry.follow(notice.correlation)
        _take(tx, notice, next_step(notice, known, tx.now), by_machine)
    desk = Desk(tx, settings, free, await _providers(tx, settings))
    parcels = [
        parcel
        for (_, channel), told in by_machine.items()
        for group in _groups(told, channel, tx.now)
        if (parcel := _composed(desk, channel, group, known))
    ]
    await _spend(tx, desk)
    return parcels


async def _providers(tx: Transaction, settings: Settings) -> list[Provider]:
    names = [account.name for account in settings.sms]
    found = await queries.providers(tx, names)
    if len(found) < len(names):
        await queries.know(tx, names)
        found = await queries.providers(tx, names)
    return found


def _take(
    tx: Transaction, notice: Notice, step: Step, by_machine: dict[tuple[BeneficiaryId, Machine], list[Notice]]
) -> None:
    """One whose time is still to come rides along, or is left as it is."""
    due = notice.due_at <= tx.now
    match step:
        case Drop(reason=reason) if due:
            notice.dropped(reason, tx.now)
        case Later(until=until) if due:
            notice.due_at = until
        case "call" | "letter" as by_hand if due:
            notice.channel = by_hand
            say(tx, notice.hand_to_person(tx.now, REASONS[by_hand]))
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


def _composed(desk: Desk, channel: Machine, group: Sequence[Notice], known: Known) -> Parcel | None:
    facts = [_with_link(desk.settings, one, known.facts[one.id]) for one in group]
    if channel == "email":
        return _mailed(desk, group, facts)
    text = sms(facts, desk.tx.now)
    match desk.provider():
        case "no room" | "no budget" as lack:
            _put_off(desk, group, lack)
            return None
        case provider:
            parts = segments(text)
            desk.free[provider.name] -= 1
            desk.spent[provider.name] += parts
            leader = _claimed(desk, group, "sms", provider.name)
            leader.content, leader.segments = text, parts
            return Parcel(leader.id, "sms", provider.name, facts[0].contact.phone or "", text, leader.correlation)


def _mailed(desk: Desk, group: Sequence[Notice], facts: Sequence[Facts]) -> Parcel | None:
    if desk.free.get("email", 0) <= 0:
        _put_off(desk, group, "no room")
        return None
    desk.free["email"] -= 1
    leader, now = _claimed(desk, group, "email", "smtp"), desk.tx.now
    stop = stop_url(desk.settings, leader.beneficiary_id, "email", leader.kind)
    written = mail(facts, now, stop)
    leader.subject, leader.content = written.subject, written.body
    files = [calendar_file(told, one.about_id, one.edition, now) for told, one in zip(facts, group, strict=True)]
    return Parcel(
        leader.id, "email", "smtp", facts[0].contact.email or "", written.body, leader.correlation,
        written.subject, written.html, stop, tuple(file for file in files if file),
    )  # fmt: skip


def _claimed(desk: Desk, group: Sequence[Notice], channel: Machine, provider: str) -> Notice:
    """The first carries the others. From here on nobody else sends it."""
    leader, now = group[0], desk.tx.now
    for one in group:
        one.state, one.channel, one.provider, one.attempts = "sending", channel, provider, one.attempts + 1
        one.check_at, one.segments = now + desk.settings.interrupted_after, 0
        one.carrier_id = None if one is leader else leader.id
    return leader


def _put_off(desk: Desk, group: Sequence[Notice], lack: Literal["no room", "no budget"]) -> None:
    wait = NO_ROOM if lack == "no room" else NO_BUDGET
    for one in group:
        one.due_at = desk.tx.now + wait
        if lack == "no budget":
            one.reason = "le budget de SMS du jour est épuisé"
            log.error("the budget of SMS is spent, this one waits", notice=str(one.id), until=one.due_at.isoformat())


async def _spend(tx: Transaction, desk: Desk) -> None:
    if spent := {name: parts for name, parts in desk.spent.items() if parts}:
        for provider in await queries.providers_locked(tx, [*spent]):
            provider.spend(spent[provider.name], desk.today)


def _with_link(settings: Settings, notice: Notice, facts: Facts) -> Facts:
    about = notice.about_id if notice.kind == "seat_offered" else notice.booking_id
    secret = settings.link_secret.get_secret_value()
    if not (about and settings.resident_url and secret):
        return facts
    return replace(facts, link=f"{settings.resident_url}/r/{links.code_for(secret, about)}")
