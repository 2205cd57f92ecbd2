"""To which number or address a message went, and the name of who read of a person: what the person may ask for."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("ALTER TABLE notices ADD COLUMN sent_to TEXT")
    op.execute("ALTER TABLE readings ADD COLUMN name TEXT NOT NULL DEFAULT ''")
