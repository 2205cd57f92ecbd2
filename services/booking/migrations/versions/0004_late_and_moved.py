"""What an organiser changes costs nobody: when a session was moved, who cancelled late; sheets by their session."""

from alembic import op

revision = "0004"
down_revision = "0003"

CHANGES = """
ALTER TABLE bookings
    ADD COLUMN moved_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN late_at TIMESTAMP WITH TIME ZONE;
UPDATE bookings SET moved_at = now() WHERE moved AND state = 'confirmed' AND starts_at > now();
UPDATE bookings SET late_at = ledger.at FROM ledger
    WHERE ledger.booking_id = bookings.id AND bookings.state = 'cancelled' AND ledger.state_before = 'held'
        AND ledger.by_kind <> 'organiser'
        AND (ledger.state_after = 'consumed' OR ledger.at > bookings.starts_at - interval '4 hours');
CREATE INDEX ix_bookings_session_id ON bookings (session_id)
"""


def upgrade() -> None:
    for statement in CHANGES.split(";\n"):
        op.execute(statement)
