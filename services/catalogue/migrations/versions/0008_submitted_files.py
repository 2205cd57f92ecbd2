"""A file of places waits in the database until it is imported, and says how far it is."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("""
CREATE TABLE submitted_files (
    id UUID NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    trial BOOLEAN NOT NULL,
    list_name TEXT NOT NULL,
    elsewhere BOOLEAN NOT NULL,
    content BYTEA NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    CONSTRAINT pk_submitted_files PRIMARY KEY (id)
)""")
