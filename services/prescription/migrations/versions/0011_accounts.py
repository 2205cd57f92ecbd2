"""Who may sign in."""

from alembic import op

revision = "0011"
down_revision = "0010"

CHANGES = """
CREATE TABLE accounts (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    roles TEXT[] NOT NULL,
    centre_ids UUID[] NOT NULL,
    mediator_id UUID,
    prescriber_id UUID,
    issuer TEXT,
    subject TEXT,
    invitations INTEGER NOT NULL,
    invited_at TIMESTAMP WITH TIME ZONE,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT ck_accounts_kind CHECK (kind in ('person', 'system')),
    CONSTRAINT ck_accounts_state CHECK (state in ('invited', 'active', 'suspended', 'closed')),
    CONSTRAINT ck_accounts_roles CHECK (roles <@ ARRAY['administrator', 'prescriber', 'mediator']),
    CONSTRAINT ck_accounts_email CHECK (email = lower(email)),
    CONSTRAINT ck_accounts_bound CHECK ((issuer is null) = (subject is null)),
    CONSTRAINT ck_accounts_closed CHECK ((state = 'closed') = (closed_at is not null))
);

CREATE UNIQUE INDEX ix_accounts_email ON accounts (email) WHERE state <> 'closed';

CREATE UNIQUE INDEX ix_accounts_subject ON accounts (issuer, subject) WHERE state <> 'closed';

CREATE UNIQUE INDEX ix_accounts_mediator_id ON accounts (mediator_id)
    WHERE state <> 'closed' AND mediator_id IS NOT NULL;

ALTER TABLE prescribers ADD COLUMN account_id UUID;

ALTER TABLE prescribers ADD CONSTRAINT fk_prescribers_account_id
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE SET NULL NOT VALID;
"""


def upgrade() -> None:
    for statement in CHANGES.strip().split(";\n"):
        op.execute(statement)
