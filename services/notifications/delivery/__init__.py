"""How a message leaves: SMS by several providers, e-mail by SMTP. A provider takes, refuses, or leaves us in doubt."""

from services.notifications.delivery import brevo, gateway, ovh
from services.notifications.delivery.asking import ASK, ask_about_unclear
from services.notifications.delivery.dispatch import Dispatch
from services.notifications.delivery.outcome import Absent, Lookup, Outcome, Refused, Sent, Unclear

__all__ = [
    "ASK",
    "Absent",
    "Dispatch",
    "Lookup",
    "Outcome",
    "Refused",
    "Sent",
    "Unclear",
    "ask_about_unclear",
    "brevo",
    "gateway",
    "ovh",
]
