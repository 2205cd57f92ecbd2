"""Who put each session on, changed and cancelled it."""

from alembic import op

revision = "0005"
down_revision = "0004"

CHANGES = """
CREATE TABLE session_changes (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    session_id UUID NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    what TEXT NOT NULL,
    fields TEXT[] NOT NULL,
    reason TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_session_changes PRIMARY KEY (id),
    CONSTRAINT fk_session_changes_session_id FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT ck_session_changes_what CHECK (what in ('put_on', 'changed', 'cancelled'))
);

CREATE INDEX ix_session_changes_session_id_id ON session_changes (session_id, id);
"""


def upgrade() -> None:
    for statement in CHANGES.strip().split(";\n"):
        op.execute(statement)
