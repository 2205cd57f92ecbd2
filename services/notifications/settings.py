"""What whoever operates notifications may set: its providers, and the values of its rules with the rule's default."""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from chassis.settings import Port, Secret, Unit
from county.settings import CountySettings
from services.notifications.policy import NoticePolicy


class SmsAccount(BaseModel):
    """What a provider of SMS needs. The protocol of each says what `user`, `token` and `account` are to it."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str
    """Names the provider, for people."""
    kind: Literal["gateway", "ovh", "brevo", "smpp"]
    """Is its protocol: gateway, ovh, brevo or smpp."""
    url: str
    """Is where it is reached."""
    token: SecretStr
    """Is the key to it."""
    secret: SecretStr
    """Signs or opens its receipts."""
    user: str = ""
    """Is our user there, where the protocol has any."""
    consumer: SecretStr = SecretStr("")
    """Is a second key, where the protocol has any."""
    account: str = ""
    """Is our account there, where the protocol has any."""
    per_second: Annotated[int, Unit("messages a second")] = 50
    """Is how many messages this instance may hand over in a second."""
    per_day: Annotated[int, Unit("segments a day")] = 20_000
    """Is how many segments all instances together may spend in a day: a runaway stops there."""


class Settings(CountySettings):
    service: ClassVar[str] = "notifications"

    link_secret: Secret
    """Signs residents' links; the same in booking and notifications."""
    sms: tuple[SmsAccount, ...] = ()
    """Lists the providers of SMS, the preferred first."""
    sms_sender: str = "PassNumeriq"
    """Is the sender that an SMS shows."""
    sms_price: Annotated[float, Unit("euros a segment")] = 0.065
    """Is the price that the preview shows."""
    resident_url: str = ""
    """Is where booking serves residents' links."""
    smtp_host: str
    """Is the mail server."""
    smtp_port: Port = 25
    """Is the mail server's port."""
    smtp_tls: bool = False
    """Asks the mail server for TLS."""
    smtp_user: str = ""
    """Is our user at the mail server."""
    smtp_password: SecretStr = SecretStr("")
    """Is that user's password."""
    mail_from: str = "Pass numérique <pass-numerique@exemple.invalid>"
    """Is the sender of e-mails."""
    mail_secret: SecretStr = SecretStr("")
    """Signs what the mail server reports of bounces."""
    mails_per_second: Annotated[int, Unit("messages a second")] = 50
    """Is how many e-mails this instance may hand over in a second."""

    provider_answers_within: timedelta = timedelta(seconds=5)
    """Is how long a provider's answer is waited for."""
    interrupted_after: timedelta = timedelta(seconds=80)
    """Is after how long a message that may have left is asked about at the provider."""
    unknown_after: timedelta = timedelta(minutes=10)
    """Is after how long a message of which the provider knows nothing counts as unknown."""
    receipts_within: timedelta = timedelta(days=1)
    """Is how long a receipt is waited for; then a person asks."""
    attempts: Annotated[int, Unit("attempts")] = 5
    """Is how often sending a message is attempted in any case."""
    tried_for: timedelta = timedelta(minutes=30)
    """Is how long sending a message is attempted again."""
    quiet_hours: bool = True
    """Lets messages wait for the morning (rule 21)."""
    unseen_after: timedelta = timedelta(days=21)
    """Is after how long a person with hours to use and no booking is reminded."""
    glass_open_for: timedelta = timedelta(hours=1)
    """Is how long a reason given opens what is another centre's."""

    @property
    def policy(self) -> NoticePolicy:
        return NoticePolicy(
            self.attempts,
            self.tried_for,
            self.interrupted_after,
            self.unknown_after,
            self.receipts_within,
            self.unseen_after,
            self.quiet_hours,
        )

    @property
    def data_url(self) -> str:
        """Give the address of residents' own pages, which they know."""
        return f"{self.resident_url}/donnees" if self.resident_url else super().data_url
