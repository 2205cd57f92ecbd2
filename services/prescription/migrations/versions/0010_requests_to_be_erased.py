"""Who asked to be erased, with a time to say no; and who read a record, beyond it."""

from alembic import op

revision = "0010"
down_revision = "0009"

UP = """
CREATE TABLE erasure_requests (
    id UUID NOT NULL,
    number TEXT NOT NULL,
    beneficiary_id UUID,
    id_digests BYTEA[] NOT NULL,
    name_digest BYTEA,
    reason TEXT NOT NULL,
    by_subject TEXT NOT NULL,
    by_name TEXT NOT NULL,
    centre_id UUID,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    withdrawn_by TEXT,
    executed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_erasure_requests PRIMARY KEY (id),
    CONSTRAINT uq_erasure_requests_number UNIQUE (number),
    CONSTRAINT ck_erasure_requests_reason CHECK (
        reason in ('wish', 'renounced', 'gone', 'deceased', 'mistake', 'danger', 'ordered', 'restored')
    ),
    CONSTRAINT ck_erasure_requests_one_end CHECK (executed_at is null or withdrawn_at is null),
    CONSTRAINT ck_erasure_requests_executed_is_anonymous CHECK (executed_at is null or beneficiary_id is null),
    CONSTRAINT ck_erasure_requests_whom CHECK ((beneficiary_id is null) = (cardinality(id_digests) > 0))
);
CREATE UNIQUE INDEX ix_erasure_requests_pending ON erasure_requests (beneficiary_id)
    WHERE executed_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX ix_erasure_requests_due ON erasure_requests (due_at) WHERE executed_at IS NULL AND withdrawn_at IS NULL;
CREATE TABLE past_readings (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    digest BYTEA NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    centre_id UUID,
    what TEXT NOT NULL,
    why TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_past_readings PRIMARY KEY (id)
);
CREATE INDEX ix_past_readings_digest ON past_readings (digest);
CREATE INDEX ix_past_readings_at ON past_readings (at);
"""


def upgrade() -> None:
    for statement in UP.split(";\n"):
        if statement.strip():
            op.execute(statement)
