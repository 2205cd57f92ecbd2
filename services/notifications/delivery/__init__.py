"""How a message leaves: SMS by several providers, e-mail by SMTP. A provider takes, refuses, or leaves us in doubt."""

from services.notifications.delivery import brevo, gateway, ovh
from services.notifications.delivery.agents import send_agent_mails
from services.notifications.delivery.asking import ASK, ask_about_unclear, listen
from services.notifications.delivery.dispatch import Dispatch

__all__ = ["ASK", "Dispatch", "ask_about_unclear", "brevo", "gateway", "listen", "ovh", "send_agent_mails"]
