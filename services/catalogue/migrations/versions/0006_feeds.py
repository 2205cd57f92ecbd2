"""The address of a calendar can be renewed."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
CREATE TABLE feeds (
    about_id UUID NOT NULL,
    renewals INTEGER NOT NULL,
    CONSTRAINT pk_feeds PRIMARY KEY (about_id)
)""")
