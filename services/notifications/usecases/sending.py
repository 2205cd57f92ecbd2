"""A notice whose time has come: claimed and put into words, handed over, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from chassis import telemetry
from chassis.db import Transaction
from chassis.outbox import say
from contracts.ids import NoticeId
from contracts.words import Channel, NoticeKind
from services.notifications import queries
from services.notifications.model import BY_HAND, Contact, Facts, Failure, Notice
from services.notifications.texts import calendar_file, mail, segments, sms

LETTER_TAKES = timedelta(days=4)  # printed, posted, read
BY_MACHINE_ONLY: frozenset[NoticeKind] = frozenset({"reminder_3h"})  # nobody calls each person twice for one session


@dataclass(frozen=True)
class Parcel:
    """A composed notice on its way to a provider."""

    notice_id: NoticeId
    channel: Literal["sms", "email"]
    to: str
    subject: str
    text: str
    calendar: str
    correlation: str


async def compose_due(tx: Transaction) -> list[Parcel]:
    """Claim what is due and put it into words; what no machine can deliver goes to a person."""
    notices = await queries.due_notices(tx)
    facts = {} if not notices else await queries.facts(tx, notices)
    tried = {} if not notices else await queries.tried_channels(tx, notices)
    parcels: list[Parcel] = []
    for notice in notices:
        telemetry.follow(notice.correlation)
        match _next_step(notice, facts[notice.id].contact, tried[notice.id], tx.now):
            case None:
                notice.state, notice.reason = "dropped", "trop tard pour être utile"
            case "call" | "letter" as by_hand:
                notice.channel = by_hand
                say(tx, notice.hand_to_person(tx.now, REASONS[by_hand]))
            case "sms" | "email" as channel:
                notice.channel = channel
                parcels.append(_composed(notice, channel, facts[notice.id], tx.now))
    return parcels


REASONS: Mapping[Channel, str] = {
    "call": "pas de SMS ni d'e-mail possible : appelez la personne",
    "letter": "la personne attend un courrier : imprimez-le et postez-le",
}


def _next_step(notice: Notice, contact: Contact, tried: set[Channel | None], now: datetime) -> Channel | None:
    """The next channel that makes sense, or None when nothing does any more."""
    if notice.expires_at and now >= notice.expires_at:
        return None
    channels = [notice.channel] if notice.channel else [one for one in contact.channels() if one not in tried]
    if notice.expires_at and notice.expires_at - now < LETTER_TAKES:
        channels = [one for one in channels if one != "letter"]
    chosen = channels[0] if channels else None
    return None if chosen in BY_HAND and notice.kind in BY_MACHINE_ONLY else chosen


def _composed(notice: Notice, channel: Literal["sms", "email"], facts: Facts, now: datetime) -> Parcel:
    """A second attempt sends the words of the first."""
    notice.state, notice.claimed_at, notice.attempts = "sending", now, notice.attempts + 1
    if notice.content is None:
        written = mail(facts)
        notice.subject = written.subject
        notice.content = sms(facts) if channel == "sms" else written.body
        notice.segments = segments(notice.content) if channel == "sms" else 0
    calendar = calendar_file(facts, notice.about_id, notice.edition, now) if channel == "email" else ""
    to = facts.contact.phone if channel == "sms" else facts.contact.email
    return Parcel(notice.id, channel, to or "", notice.subject or "", notice.content, calendar, notice.correlation)


async def fail(tx: Transaction, notice: Notice, failure: Failure, reason: str) -> None:
    """This channel did not work: the next one is tried at once (rule 25)."""
    if failed := notice.failed(failure, reason, tx.now):
        await queries.plan(tx, [notice.by_next_channel(tx.now)])
        say(tx, failed)


def keep_sent(tx: Transaction, notice: Notice, provider: str, provider_id: str) -> None:
    say(tx, notice.sent(provider, provider_id, tx.now))


async def keep_refused(tx: Transaction, notice: Notice, failure: Failure, reason: str, attempts: int) -> None:
    """Temporary trouble is tried again, until the attempts are used or the notice has lost its sense."""
    if failure == "temporary" and notice.attempts < attempts:
        notice.try_again(reason, tx.now)
    else:
        await fail(tx, notice, failure, reason)


async def keep_interrupted(tx: Transaction, claimed_before: datetime) -> None:
    """An SMS has a reference of its own: asking again sends it once. An e-mail may have left: a person checks."""
    for notice in await queries.interrupted_notices(tx, claimed_before):
        telemetry.follow(notice.correlation)
        if notice.channel == "sms":
            notice.try_again("envoi interrompu, repris", tx.now)
        else:
            await fail(tx, notice, "temporary", "envoi interrompu : peut-être reçu, à vérifier")


async def keep_receipts(tx: Transaction, told: Mapping[NoticeId, tuple[str, str]]) -> None:
    """By notice, status and reason as the provider learnt them; late, repeated and unknown ones change nothing."""
    for notice in (await queries.notices_locked(tx, told)).values():
        telemetry.follow(notice.correlation)
        await _keep_receipt(tx, notice, *told[notice.id])


async def _keep_receipt(tx: Transaction, notice: Notice, status: str, reason: str) -> None:
    match status:
        case "delivered":
            if delivered := notice.delivered(tx.now):
                say(tx, delivered)
        case "expired":
            await fail(tx, notice, "expired", reason)
        case _:
            await fail(tx, notice, "permanent", reason)


async def done_by_person(tx: Transaction, notice_id: NoticeId) -> Notice:
    """Called, or posted. Raises NothingLeftToDo."""
    notice = await queries.notice_locked(tx, notice_id)
    telemetry.follow(notice.correlation)
    say(tx, notice.done_by_person(tx.now))
    return notice
