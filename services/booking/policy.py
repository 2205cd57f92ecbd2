"""The values that rules 16 to 19 speak of, as the model needs them."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from county.links import code_for


@dataclass(frozen=True)
class BookingPolicy:
    """Says how late, how long and how often; the settings hold the values. `link_secret` signs residents' links."""

    cut_off: timedelta
    offer_time: timedelta
    absences_forgiven: int
    flagged_from: int
    link_secret: str

    def code(self, about: UUID) -> str:
        """Make the code of the resident's link to a booking or an offer."""
        return code_for(self.link_secret, about)
