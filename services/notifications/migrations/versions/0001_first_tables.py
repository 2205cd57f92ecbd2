"""First tables."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE bookings (
    id UUID NOT NULL,
    session_id UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    state TEXT NOT NULL,
    edition INTEGER NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_bookings PRIMARY KEY (id)
);

CREATE INDEX ix_bookings_beneficiary_id ON bookings (beneficiary_id);

CREATE INDEX ix_bookings_session_id ON bookings (session_id);

CREATE TABLE centres (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    phone TEXT,
    CONSTRAINT pk_centres PRIMARY KEY (id)
);

CREATE TABLE contacts (
    beneficiary_id UUID NOT NULL,
    version INTEGER NOT NULL,
    centre_id UUID NOT NULL,
    first_name TEXT NOT NULL,
    last_initial TEXT NOT NULL,
    channel TEXT NOT NULL,
    phone TEXT,
    phone_kind TEXT,
    email TEXT,
    postal_address TEXT[] NOT NULL,
    language_level TEXT NOT NULL,
    opt_outs TEXT[] NOT NULL,
    CONSTRAINT pk_contacts PRIMARY KEY (beneficiary_id)
);

CREATE TABLE mediators (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    phone TEXT,
    CONSTRAINT pk_mediators PRIMARY KEY (id)
);

CREATE TABLE notices (
    id UUID NOT NULL,
    about_id UUID NOT NULL,
    kind TEXT NOT NULL,
    edition INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    beneficiary_id UUID NOT NULL,
    booking_id UUID,
    session_id UUID,
    mediator_id UUID,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    state TEXT NOT NULL,
    channel TEXT,
    subject TEXT,
    content TEXT,
    segments INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    claimed_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    provider TEXT,
    provider_id TEXT,
    reason TEXT,
    correlation TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_notices PRIMARY KEY (id),
    CONSTRAINT uq_notices_about_id_kind_edition_rank UNIQUE (about_id, kind, edition, rank),
    CONSTRAINT uq_notices_about_id_kind_edition_channel UNIQUE (about_id, kind, edition, channel),
    CONSTRAINT ck_notices_state CHECK (state in ('scheduled', 'sending', 'sent', 'delivered', 'failed', 'by_hand', 'dropped')),
    CONSTRAINT ck_notices_channel CHECK (channel in ('sms', 'email', 'letter', 'call')),
    CONSTRAINT ck_notices_channel_known CHECK (channel is not null or state in ('scheduled', 'dropped'))
);

CREATE INDEX ix_notices_beneficiary_id ON notices (beneficiary_id);

CREATE INDEX ix_notices_booking_id ON notices (booking_id);

CREATE INDEX ix_notices_by_hand ON notices (due_at) WHERE state = 'by_hand';

CREATE INDEX ix_notices_claimed_at ON notices (claimed_at) WHERE state = 'sending';

CREATE INDEX ix_notices_due_at ON notices (due_at) WHERE state = 'scheduled';

CREATE TABLE sessions (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    training_title TEXT NOT NULL,
    bring TEXT NOT NULL,
    place JSONB NOT NULL,
    mediator_id UUID NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id)
);
"""


def upgrade() -> None:
    for statement in TABLES.strip().split(";\n"):
        op.execute(statement)
