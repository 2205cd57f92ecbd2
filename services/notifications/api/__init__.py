"""What other programs ask, and what the providers tell."""

from services.notifications.api import notices, receipts

routers = (notices.router, receipts.router)

__all__ = ["routers"]
