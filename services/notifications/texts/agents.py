"""What agents are written: to professionals, in the same plain French."""

from services.notifications.settings import Settings
from services.notifications.texts.rendering import rendered

SUBJECT = "Votre accès au Pass numérique"


def invitation(settings: Settings, name: str) -> tuple[str, str, str]:
    """Write subject, text and HTML of an invitation: who invites, where to sign in, whom to ask."""
    words = {
        "subject": SUBJECT,
        "name": name,
        "address": f"{settings.public_url.rstrip('/')}/connexion",
        "department": settings.legal.name,
        "contact": settings.legal.contact,
    }
    return SUBJECT, rendered("agent_invitation/mail.txt", words), rendered("agent_invitation/mail.html", words)
