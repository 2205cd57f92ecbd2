"""The address with which a mediator signs in."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("ALTER TABLE mediators ADD COLUMN email TEXT")
