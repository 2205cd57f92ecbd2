"""What notifications is told from outside: its providers, and the parameters of its rules with the rule's default."""

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from chassis.settings import Secret
from county.settings import CountySettings


class SmsAccount(BaseModel):
    """One provider of SMS. What `user`, `token` and `account` are is said where its protocol is spoken.

    `secret` signs or opens its receipts. `per_second` is what this instance may hand over, `per_day` the segments that
    all instances together may spend: a runaway stops there.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Literal["gateway", "ovh", "brevo", "smpp"]
    url: str
    token: SecretStr
    secret: SecretStr
    user: str = ""
    consumer: SecretStr = SecretStr("")
    account: str = ""
    per_second: int = 50
    per_day: int = 20_000


class Settings(CountySettings):
    """`sms` are the providers, the preferred first. `resident_url` is where booking serves residents' links."""

    service: ClassVar[str] = "notifications"

    link_secret: Secret  # signs residents' links: the same in booking (`chassis.links`)
    sms: tuple[SmsAccount, ...] = ()
    sms_sender: str = "PassNumeriq"
    sms_price: float = 0.065  # euros a segment, as the preview shows it
    resident_url: str = ""
    smtp_host: str
    smtp_port: int = 25
    smtp_tls: bool = False
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_from: str = "Pass numérique <pass-numerique@exemple.invalid>"
    mail_secret: SecretStr = SecretStr("")  # signs what the mail server tells of bounces
    mails_per_second: int = 50

    provider_answers_within: timedelta = timedelta(seconds=5)
    interrupted_after: timedelta = timedelta(seconds=80)  # a minute after it may have left: the provider is asked
    unknown_after: timedelta = timedelta(minutes=10)
    receipts_within: timedelta = timedelta(days=1)  # then a person asks
    attempts: int = 5  # in any case
    tried_for: timedelta = timedelta(minutes=30)
    quiet_hours: bool = True  # rule 21
    unseen_after: timedelta = timedelta(days=21)
    glass_open_for: timedelta = timedelta(hours=1)  # to whom gave a reason, somebody else's messages

    @property
    def data_url(self) -> str:
        """Residents know the address of their own pages."""
        return f"{self.resident_url}/donnees" if self.resident_url else super().data_url
