"""What notifications is told from outside: its providers, and the parameters of its rules with the rule's default."""

from datetime import timedelta
from typing import ClassVar

from pydantic import SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """SMS leave by HTTP, e-mails by SMTP. `sms_secret` signs the provider's receipts (HMAC-SHA256)."""

    service: ClassVar[str] = "notifications"

    sms_url: str
    sms_token: SecretStr
    sms_secret: SecretStr
    sms_sender: str = "PassNumeriq"
    smtp_host: str
    smtp_port: int = 25
    smtp_tls: bool = False
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_from: str = "Pass numérique <pass-numerique@exemple.invalid>"
    provider_answers_within: timedelta = timedelta(seconds=10)
    interrupted_after: timedelta = timedelta(seconds=60)
    attempts: int = 5
