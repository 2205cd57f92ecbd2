"""Mails to agents."""

from alembic import op

revision = "0010"
down_revision = "0009"

CHANGES = """
CREATE TABLE agents (
    account_id UUID NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    invitations INTEGER NOT NULL,
    CONSTRAINT pk_agents PRIMARY KEY (account_id)
);

CREATE TABLE agent_mails (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_agent_mails PRIMARY KEY (id),
    CONSTRAINT uq_agent_mails_account_id_kind_number UNIQUE (account_id, kind, number),
    CONSTRAINT fk_agent_mails_account_id FOREIGN KEY (account_id) REFERENCES agents (account_id)
        ON DELETE CASCADE,
    CONSTRAINT ck_agent_mails_kind CHECK (kind in ('invitation')),
    CONSTRAINT ck_agent_mails_state CHECK (state in ('scheduled', 'sending', 'sent', 'unclear', 'failed'))
);

CREATE INDEX ix_agent_mails_due ON agent_mails (due_at) WHERE state IN ('scheduled', 'sending');
"""


def upgrade() -> None:
    for statement in CHANGES.strip().split(";\n"):
        op.execute(statement)
