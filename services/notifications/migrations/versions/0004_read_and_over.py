"""Who read whose messages; who was told of unused hours; proofs that name nobody keep a day and no id of an event."""

from alembic import op

revision = "0004"
down_revision = "0003"

CHANGES = """
CREATE TABLE readings (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    beneficiary_id UUID NOT NULL,
    by TEXT NOT NULL,
    what TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_readings PRIMARY KEY (id),
    CONSTRAINT ck_readings_what CHECK (what in ('person', 'calls', 'messages', 'letters', 'api'))
);

CREATE INDEX ix_readings_beneficiary_id ON readings (beneficiary_id);

CREATE INDEX ix_readings_at ON readings (at);

ALTER TABLE books ADD COLUMN unseen_told_at TIMESTAMP WITH TIME ZONE, ADD COLUMN stop_code TEXT;

ALTER TABLE books ADD CONSTRAINT uq_books_stop_code UNIQUE (stop_code);

UPDATE books SET unseen_told_at = notices.created_at FROM notices WHERE notices.about_id = books.id AND notices.kind = 'long_unseen';

UPDATE notices SET id = gen_random_uuid(), sent_at = date_trunc('day', sent_at), settled_at = date_trunc('day', settled_at), check_at = NULL WHERE beneficiary_id = '00000000-0000-0000-0000-000000000000';
"""


def upgrade() -> None:
    for statement in CHANGES.strip().split(";\n"):
        op.execute(statement)
