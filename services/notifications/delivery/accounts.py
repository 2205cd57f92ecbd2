"""From the settings to those who deliver."""

from services.notifications.delivery.brevo import Brevo
from services.notifications.delivery.gateway import Gateway
from services.notifications.delivery.http import Line
from services.notifications.delivery.mail import MailProvider
from services.notifications.delivery.ovh import Ovh
from services.notifications.delivery.pace import AT_ONCE
from services.notifications.delivery.seam import SmsProvider
from services.notifications.delivery.smpp import Smpp
from services.notifications.settings import Settings, SmsAccount


def sms_providers(settings: Settings) -> dict[str, SmsProvider]:
    """By name, the preferred first."""
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
