"""What people write back, when it is no STOP: a person reads it."""

from alembic import op

revision = "0007"
down_revision = "0006"

CHANGES = """
CREATE TABLE replies (
    id UUID NOT NULL,
    beneficiary_id UUID,
    phone TEXT NOT NULL,
    text TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    read_by TEXT,
    CONSTRAINT pk_replies PRIMARY KEY (id),
    CONSTRAINT ck_replies_read CHECK ((read_at is null) = (read_by is null))
);

CREATE INDEX ix_replies_beneficiary_id ON replies (beneficiary_id);

CREATE INDEX ix_replies_at ON replies (at);
"""


def upgrade() -> None:
    for statement in CHANGES.strip().split(";\n"):
        op.execute(statement)
