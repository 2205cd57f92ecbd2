"""The pages: what a person has to do, how sending does, and where a resident stops messages."""

from services.notifications.web import agents, messages, sending, stopping

routers = (agents.router, messages.router, sending.router, stopping.router)

__all__ = ["routers"]
