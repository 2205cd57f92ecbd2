"""The pages: what a person has to do, how sending does, and where a resident stops messages."""

from services.notifications.web import messages, sending, stopping

routers = (messages.router, sending.router, stopping.router)

__all__ = ["routers"]
