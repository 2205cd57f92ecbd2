"""The providers: the seam behind which every one of SMS looks the same, those configured, and how fast each is fed.

One more is one more file, and a line here.
"""

import time
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from services.notifications.delivery.brevo import Brevo
from services.notifications.delivery.gateway import Gateway
from services.notifications.delivery.http import Line
from services.notifications.delivery.mail import MailProvider
from services.notifications.delivery.ovh import Ovh
from services.notifications.delivery.smpp import Smpp
from services.notifications.settings import Settings, SmsAccount
from services.notifications.usecases.outgoing import Lookup, Outcome, OutgoingMessage

AT_ONCE = 16  # conversations with one provider: what is urgent waits for one of them to end
BURST = 0.25  # seconds of its rate that may leave together


class SmsProvider(Protocol):
    """`may_be_asked`: it can tell by our reference whether it has a message."""

    @property
    def name(self) -> str: ...

    @property
    def may_be_asked(self) -> bool: ...

    async def send(self, outgoing: OutgoingMessage) -> Outcome: ...

    async def find(self, reference: UUID) -> Lookup: ...

    async def close(self) -> None: ...


def sms_providers(settings: Settings) -> dict[str, SmsProvider]:
    """Build them by name, the preferred first."""
    return {account.name: _provider(account, settings) for account in settings.sms}


def _provider(account: SmsAccount, settings: Settings) -> SmsProvider:
    within = settings.provider_answers_within.total_seconds()
    line = Line(within, AT_ONCE * 2)
    match account.kind:
        case "ovh":
            return Ovh(account, line, settings.sms_sender)
        case "brevo":
            return Brevo(account, line, settings.sms_sender)
        case "smpp":
            return Smpp(account, settings.sms_sender, within)
        case "gateway":
            return Gateway(account, line, settings.sms_sender)


def mail_provider(settings: Settings) -> MailProvider:
    return MailProvider(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        within=settings.provider_answers_within.total_seconds(),
        secret=settings.secret.get_secret_value(),
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
    )


@dataclass
class RateLimiter:
    """A token bucket of `per_second`; `under_way` counts conversations that have not ended."""

    per_second: float
    under_way: int = 0
    _tokens: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens, self._at = self._most, time.monotonic()

    @property
    def _most(self) -> float:
        return max(self.per_second * BURST, 1)

    def available(self) -> int:
        """Count the messages that may be handed over now."""
        now = time.monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self.per_second)
        self._at = now
        return max(0, min(int(self._tokens), AT_ONCE - self.under_way))

    def acquire(self) -> None:
        self._tokens -= 1
        self.under_way += 1

    def release(self) -> None:
        self.under_way -= 1


def rate_limiters(settings: Settings) -> dict[str, RateLimiter]:
    """Build those of this instance, by provider, and of «email»."""
    by_sms = {account.name: RateLimiter(account.per_second) for account in settings.sms}
    return {**by_sms, "email": RateLimiter(settings.mails_per_second)}
