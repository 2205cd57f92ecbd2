"""A mediator's name and telephone come on a topic of their own, with a version of their own."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE mediators ADD COLUMN contact_version INTEGER NOT NULL DEFAULT 0")
