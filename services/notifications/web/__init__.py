"""The pages: what a person has to do, how sending does, and where a resident stops messages."""

from services.notifications.web import people, stopping, watch

routers = (people.router, watch.router, stopping.router)

__all__ = ["routers"]
