"""What to do with one notice whose time has come: nothing any more, later, by which machine, or by a person."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from chassis.db import Transaction
from contracts.ids import BeneficiaryId, NoticeId
from contracts.words import Channel, NoticeKind
from services.notifications import queries
from services.notifications.model import BY_HAND, STOPPABLE, TOGETHER, Booking, Facts, Notice, let_sleep, superseded
from services.notifications.settings import Settings

LETTER_TAKES = timedelta(days=4)  # printed, posted, read
BY_MACHINE_ONLY: frozenset[NoticeKind] = frozenset({"reminder_3h"})  # nobody calls each person twice for one session
TO_BE_USED: frozenset[NoticeKind] = frozenset({"book_expiring", "long_unseen"})
OF_AN_EDITION: frozenset[NoticeKind] = frozenset({"booking_moved", "reminder_48h", "reminder_3h"})


@dataclass(frozen=True)
class Drop:
    reason: str


@dataclass(frozen=True)
class Later:
    until: datetime


Step = Channel | Drop | Later


@dataclass(frozen=True)
class Known:
    """Around the notices of one transaction. `stopped`: channels and kinds, by person."""

    facts: Mapping[UUID, Facts]
    tried: Mapping[UUID, set[Channel | None]]
    stopped: Mapping[BeneficiaryId, tuple[set[Channel], set[NoticeKind]]]
    lately: Mapping[tuple[BeneficiaryId, NoticeKind], datetime]
    superseded: set[NoticeId]
    quiet_hours: bool
    closed: frozenset[Channel]

    @classmethod
    async def of(cls, tx: Transaction, notices: Sequence[Notice], settings: Settings) -> Self:
        people: dict[BeneficiaryId, list[Notice]] = defaultdict(list)
        for notice in notices:
            people[notice.beneficiary_id].append(notice)
        return cls(
            await queries.facts(tx, notices, settings.data_url),
            await queries.tried_channels(tx, notices),
            await queries.stopped(tx, people),
            await queries.recently_sent(tx, people, tx.now - TOGETHER),
            {gone for theirs in people.values() for gone in superseded(theirs)},
            settings.policy.quiet_hours,
            frozenset() if settings.sms else frozenset({"sms"}),
        )


def next_step(notice: Notice, known: Known, now: datetime) -> Step:
    """Decide what to do with it now. Rules 21 to 25."""
    if reason := _senseless(notice, known, now):
        return Drop(reason)
    match _channel(notice, known, now):
        case None:
            return Drop("la personne ne veut plus ces messages, ou il est trop tard")
        case "sms" | "email" as machine:
            until = _wait(notice, known, now)
            return Later(until) if until else machine
        case by_hand:
            return by_hand


def _senseless(notice: Notice, known: Known, now: datetime) -> str | None:
    if notice.expires_at and now >= notice.expires_at:
        return "trop tard pour être utile"
    if notice.id in known.superseded:
        return "un autre message le dit déjà"
    if notice.kind in known.stopped[notice.beneficiary_id][1]:
        return "la personne ne veut plus ces messages"
    return _untrue(notice, known.facts[notice.id])


def _untrue(notice: Notice, facts: Facts) -> str | None:
    """What it says was so when it was planned, or when another channel was tried, and is so no more."""
    book, booking = facts.book, facts.booking
    if book and (book.closed or (notice.kind in TO_BE_USED and not book.usable)):
        return "le chéquier est fini ou clos"
    if notice.kind == "seat_offered":
        return "la place est déjà réservée" if booking else None
    return _overtaken(notice, booking) if booking and notice.kind != "booking_cancelled" else None


def _overtaken(notice: Notice, booking: Booking) -> str | None:
    if booking.state != "confirmed":
        return "la réservation est annulée ou passée"
    older = notice.kind in OF_AN_EDITION and notice.edition < booking.edition
    return "la séance a changé" if older else None


def _channel(notice: Notice, known: Known, now: datetime) -> Channel | None:
    """The next one that makes sense, or None when nothing does any more.

    Who stopped a channel still gets by another what they have a right to know; nobody is called about the rest.
    """
    contact, stopped = known.facts[notice.id].contact, known.stopped[notice.beneficiary_id][0]
    if notice.channel and notice.channel not in stopped:
        return notice.channel
    tried = known.tried.get(notice.id, set())
    channels = [channel for channel in contact.channels(stopped | known.closed) if channel not in tried]
    if notice.expires_at and notice.expires_at - now < LETTER_TAKES:
        channels = [channel for channel in channels if channel != "letter"]
    chosen = channels[0] if channels else None
    refused = notice.kind in STOPPABLE and bool(stopped or contact.opt_outs)
    return None if chosen in BY_HAND and (notice.kind in BY_MACHINE_ONLY or refused) else chosen


def _wait(notice: Notice, known: Known, now: datetime) -> datetime | None:
    """Until the morning, or until what was sent a moment ago has been read: what comes meanwhile leaves together."""
    if known.quiet_hours and (morning := let_sleep(now, notice.expires_at)):
        return morning
    previous = known.lately.get((notice.beneficiary_id, notice.kind))
    if previous is None or notice.rank or notice.attempts:
        return None
    until = previous + TOGETHER
    return until if not notice.expires_at or until < notice.expires_at - TOGETHER else None
