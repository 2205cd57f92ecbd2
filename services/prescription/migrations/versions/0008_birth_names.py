"""The name at birth beside the name in use, and who has left the Drôme: they keep what they hold."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("ALTER TABLE beneficiaries ADD birth_name TEXT, ADD moved_away BOOLEAN NOT NULL DEFAULT false")
