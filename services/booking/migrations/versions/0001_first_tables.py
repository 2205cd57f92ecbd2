"""First tables."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE files (
    beneficiary_id UUID NOT NULL,
    state TEXT NOT NULL,
    mediator_id UUID,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_files PRIMARY KEY (beneficiary_id),
    CONSTRAINT ck_files_state CHECK (state in ('proposed', 'accepted')),
    CONSTRAINT ck_files_accepted CHECK (state = 'proposed' or (mediator_id is not null and accepted_at is not null))
);

CREATE INDEX ix_files_mediator_id_state ON files (mediator_id, state);

CREATE TABLE mediators (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    in_post BOOLEAN NOT NULL,
    CONSTRAINT pk_mediators PRIMARY KEY (id)
);

CREATE TABLE people (
    beneficiary_id UUID NOT NULL,
    contact_version INTEGER NOT NULL,
    first_name TEXT,
    last_initial TEXT,
    channel TEXT,
    commune_insee TEXT,
    audiences TEXT[] NOT NULL,
    CONSTRAINT pk_people PRIMARY KEY (beneficiary_id)
);

CREATE TABLE sessions (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    training_id UUID NOT NULL,
    training_code TEXT NOT NULL,
    training_title TEXT NOT NULL,
    bring TEXT NOT NULL,
    place JSONB NOT NULL,
    mediator_id UUID NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    price INTEGER NOT NULL,
    capacity INTEGER NOT NULL,
    free_seats INTEGER[] NOT NULL,
    waiting INTEGER NOT NULL,
    fill_version INTEGER NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT ck_sessions_seats CHECK (cardinality(free_seats) <= capacity),
    CONSTRAINT ck_sessions_period CHECK (ends_at > starts_at),
    CONSTRAINT ck_sessions_state CHECK (state in ('scheduled', 'cancelled'))
);

CREATE INDEX ix_sessions_mediator_id ON sessions (mediator_id);

CREATE INDEX ix_sessions_starts_at ON sessions (starts_at);

CREATE TABLE troubled_notices (
    notice_id UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    booking_id UUID,
    kind TEXT NOT NULL,
    to_call BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    heard_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_troubled_notices PRIMARY KEY (notice_id)
);

CREATE INDEX ix_troubled_notices_beneficiary_id ON troubled_notices (beneficiary_id);

CREATE TABLE wallets (
    beneficiary_id UUID NOT NULL,
    version INTEGER NOT NULL,
    hours_followed INTEGER NOT NULL,
    first_hour_on DATE,
    absences INTEGER NOT NULL,
    late_cancellations INTEGER NOT NULL,
    CONSTRAINT pk_wallets PRIMARY KEY (beneficiary_id)
);

CREATE TABLE bookings (
    id UUID NOT NULL,
    session_id UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    seat INTEGER NOT NULL,
    state TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    price INTEGER NOT NULL,
    moved BOOLEAN NOT NULL,
    booked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    by_kind TEXT NOT NULL,
    by_id UUID,
    CONSTRAINT pk_bookings PRIMARY KEY (id),
    CONSTRAINT ck_bookings_state CHECK (state in ('confirmed', 'cancelled', 'attended', 'missed')),
    CONSTRAINT ex_bookings_one_place_at_a_time EXCLUDE USING gist (beneficiary_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (state = 'confirmed' AND NOT moved),
    CONSTRAINT fk_bookings_session_id FOREIGN KEY(session_id) REFERENCES sessions (id),
    CONSTRAINT fk_bookings_beneficiary_id FOREIGN KEY(beneficiary_id) REFERENCES wallets (beneficiary_id)
);

CREATE INDEX ix_bookings_beneficiary_id_starts_at ON bookings (beneficiary_id, starts_at);

CREATE UNIQUE INDEX uq_bookings_person ON bookings (session_id, beneficiary_id) WHERE state = 'confirmed';

CREATE UNIQUE INDEX uq_bookings_seat ON bookings (session_id, seat) WHERE state = 'confirmed';

CREATE TABLE vouchers (
    id UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    book_id UUID NOT NULL,
    rank INTEGER NOT NULL,
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    booking_id UUID,
    CONSTRAINT pk_vouchers PRIMARY KEY (id),
    CONSTRAINT ck_vouchers_state CHECK (state in ('available', 'held', 'consumed', 'void', 'expired')),
    CONSTRAINT ck_vouchers_held_for_a_booking CHECK ((state = 'held') <= (booking_id is not null)),
    CONSTRAINT fk_vouchers_beneficiary_id FOREIGN KEY(beneficiary_id) REFERENCES wallets (beneficiary_id)
);

CREATE INDEX ix_vouchers_beneficiary_id ON vouchers (beneficiary_id);

CREATE INDEX ix_vouchers_booking_id ON vouchers (booking_id);

CREATE TABLE waiting (
    session_id UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    place INTEGER NOT NULL,
    joined_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_waiting PRIMARY KEY (session_id, beneficiary_id),
    CONSTRAINT fk_waiting_session_id FOREIGN KEY(session_id) REFERENCES sessions (id),
    CONSTRAINT fk_waiting_beneficiary_id FOREIGN KEY(beneficiary_id) REFERENCES wallets (beneficiary_id)
);

CREATE TABLE ledger (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    beneficiary_id UUID NOT NULL,
    voucher_id UUID NOT NULL,
    state_before TEXT NOT NULL,
    state_after TEXT NOT NULL,
    reason TEXT NOT NULL,
    booking_id UUID,
    by_kind TEXT NOT NULL,
    by_id UUID,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ledger PRIMARY KEY (id),
    CONSTRAINT ck_ledger_move CHECK ((state_before, state_after) in (('available', 'expired'), ('available', 'held'), ('available', 'void'), ('consumed', 'available'), ('held', 'available'), ('held', 'consumed'))),
    CONSTRAINT fk_ledger_beneficiary_id FOREIGN KEY(beneficiary_id) REFERENCES wallets (beneficiary_id),
    CONSTRAINT fk_ledger_voucher_id FOREIGN KEY(voucher_id) REFERENCES vouchers (id)
);

CREATE INDEX ix_ledger_beneficiary_id_id ON ledger (beneficiary_id, id)
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
