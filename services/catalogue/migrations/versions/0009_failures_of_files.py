"""A file of places that can't be imported is tried a few times, and then shown as such."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("ALTER TABLE submitted_files ADD COLUMN failures INTEGER NOT NULL DEFAULT 0")
