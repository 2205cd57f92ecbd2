"""What one transaction of composing has at hand: room, providers, today's budget; and what it could not give."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal, Self

import structlog

from chassis.clock import PARIS
from chassis.db import Transaction
from contracts.words import Channel
from services.notifications import queries
from services.notifications.model import BUDGET_SPENT, PERSON_NEEDS, Notice, Provider, chosen
from services.notifications.settings import Settings
from services.notifications.usecases import sending

log = structlog.get_logger("composing")

Lack = Literal["no room", "no budget", "no words"]
A_MOMENT, LONG = timedelta(seconds=1), timedelta(minutes=10)
WAIT: Mapping[Lack, timedelta] = {"no room": A_MOMENT, "no budget": LONG, "no words": LONG}
REASONS: Mapping[Lack, str] = {"no budget": BUDGET_SPENT, "no words": "ce message n'a pas pu être écrit : à regarder"}


class Composition:
    """`free`: room by provider, and «email». `spent`: segments by provider, of this transaction."""

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
        found = await queries.providers(tx, names)
        if len(found) < len(names):
            await queries.ensure_providers(tx, names)
            found = await queries.providers(tx, names)
        return cls(tx, settings, free, found)

    def provider(self) -> Provider | Literal["no room", "no budget"]:
        able = [one for one in self.providers if one.left(self.per_day[one.name], self.today) > self.spent[one.name]]
        if not able:
            return "no budget"
        return chosen(able, self.free, secrets.randbelow(1000) / 1000) or "no room"

    def put_off(self, group: Sequence[Notice], lack: Lack, channel: Channel = "sms") -> None:
        """For a moment; what would then be too late for a call is told another way at once."""
        for one in group:
            one.due_at = self.tx.now + WAIT[lack]
            if lack in REASONS:
                one.reason = REASONS[lack]
                too_late = bool(one.expires_at and one.due_at > one.expires_at - PERSON_NEEDS)
                if too_late:
                    one.channel = channel
                    self.given_up.append(one)
                log.error("a message is put off", lack=lack, notice=str(one.id), goes_another_way=too_late)

    async def close(self) -> None:
        """What was spent is written down; nothing vanishes for want of budget."""
        if spent := {name: parts for name, parts in self.spent.items() if parts}:
            for provider in await queries.providers_for_update(self.tx, [*spent]):
                provider.spend(spent[provider.name], self.today)
        for one in self.given_up:
            await sending.fail(self.tx, [one], "temporary", one.reason or "")
