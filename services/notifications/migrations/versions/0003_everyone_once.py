"""Joined notices, books, opt-outs, merged people, calls, providers and their receipts."""

from alembic import op

revision = "0003"
down_revision = "0002"

CHANGES = """
ALTER TABLE contacts ADD COLUMN support_needs TEXT[] NOT NULL DEFAULT '{}';

ALTER TABLE contacts ALTER COLUMN support_needs DROP DEFAULT;

CREATE INDEX ix_contacts_phone ON contacts (phone);

ALTER TABLE notices ADD COLUMN rush BOOLEAN NOT NULL DEFAULT false, ADD COLUMN carrier_id UUID, ADD COLUMN sent_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE notices ALTER COLUMN rush DROP DEFAULT;

UPDATE notices SET rush = kind IN ('booking_confirmed', 'booking_moved', 'booking_cancelled', 'seat_offered'), sent_at = CASE WHEN state IN ('sent', 'delivered') THEN settled_at END;

ALTER TABLE notices RENAME COLUMN claimed_at TO check_at;

ALTER INDEX ix_notices_claimed_at RENAME TO ix_notices_check_at;

DROP INDEX ix_notices_due_at;

CREATE INDEX ix_notices_due ON notices (rush, due_at, id) WHERE state = 'scheduled';

CREATE INDEX ix_notices_carrier_id ON notices (carrier_id) WHERE carrier_id is not null;

CREATE INDEX ix_notices_provider_provider_id ON notices (provider, provider_id);

CREATE INDEX ix_notices_sent_at ON notices (sent_at);

CREATE TABLE books (
    id UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    prescribed_at TIMESTAMP WITH TIME ZONE,
    expires_on DATE,
    closed BOOLEAN NOT NULL,
    available INTEGER NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_books PRIMARY KEY (id)
);

CREATE INDEX ix_books_beneficiary_id ON books (beneficiary_id);

CREATE TABLE opt_outs (
    id UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    channel TEXT NOT NULL,
    kind TEXT,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_opt_outs PRIMARY KEY (id),
    CONSTRAINT uq_opt_outs_beneficiary_id_channel_kind UNIQUE NULLS NOT DISTINCT (beneficiary_id, channel, kind),
    CONSTRAINT ck_opt_outs_channel CHECK (channel in ('sms', 'email', 'letter', 'call'))
);

CREATE TABLE merged (
    merged_id UUID NOT NULL,
    kept_id UUID NOT NULL,
    CONSTRAINT pk_merged PRIMARY KEY (merged_id)
);

CREATE INDEX ix_merged_kept_id ON merged (kept_id);

CREATE TABLE call_tries (
    id UUID NOT NULL,
    notice_id UUID NOT NULL,
    outcome TEXT NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_call_tries PRIMARY KEY (id),
    CONSTRAINT ck_call_tries_outcome CHECK (outcome in ('reached', 'no_answer', 'message_left', 'wrong_number'))
);

CREATE INDEX ix_call_tries_notice_id ON call_tries (notice_id);

CREATE TABLE providers (
    name TEXT NOT NULL,
    share INTEGER NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT,
    spent_on DATE NOT NULL,
    spent INTEGER NOT NULL,
    extra INTEGER NOT NULL,
    CONSTRAINT pk_providers PRIMARY KEY (name),
    CONSTRAINT ck_providers_share CHECK (share between 0 and 100)
);

CREATE TABLE troubles (
    id UUID NOT NULL,
    provider TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_troubles PRIMARY KEY (id)
);

CREATE INDEX ix_troubles_provider_at ON troubles (provider, at);

CREATE TABLE receipts (
    provider TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_receipts PRIMARY KEY (provider, provider_id, status)
);

CREATE INDEX ix_receipts_at ON receipts (at);
"""


def upgrade() -> None:
    for statement in CHANGES.strip().split(";\n"):
        op.execute(statement)
