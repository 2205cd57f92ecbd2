"""Who read the messages of an erased person stays, without who that was."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("ALTER TABLE readings ADD digest BYTEA")
