"""Offers, the ledger as a chain that the schema holds, learning plans, flags, residents' links."""

from alembic import op

revision = "0003"
down_revision = "0002"

CHANGES = """
CREATE TABLE aliases (
    merged_id UUID NOT NULL,
    kept_id UUID NOT NULL,
    CONSTRAINT pk_aliases PRIMARY KEY (merged_id)
);
CREATE INDEX ix_aliases_kept_id ON aliases (kept_id);

CREATE TABLE trainings (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    level TEXT NOT NULL,
    themes TEXT[] NOT NULL,
    audiences TEXT[] NOT NULL,
    hours INTEGER NOT NULL,
    published BOOLEAN NOT NULL,
    CONSTRAINT pk_trainings PRIMARY KEY (id)
);

CREATE TABLE flags (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    beneficiary_id UUID NOT NULL,
    reason TEXT NOT NULL,
    raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    settled_by TEXT,
    CONSTRAINT pk_flags PRIMARY KEY (id),
    CONSTRAINT ck_flags_reason CHECK (reason in ('absences', 'late_cancellations'))
);
CREATE UNIQUE INDEX ix_flags_open ON flags (beneficiary_id) WHERE settled_at is null;

CREATE TABLE file_moves (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    beneficiary_id UUID NOT NULL,
    what TEXT NOT NULL,
    mediator_id UUID NOT NULL,
    to_mediator_id UUID,
    reason TEXT NOT NULL,
    delay_s INTEGER,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_file_moves PRIMARY KEY (id),
    CONSTRAINT ck_file_moves_what CHECK (what in ('proposed', 'accepted', 'handed_over'))
);
CREATE INDEX ix_file_moves_beneficiary_id ON file_moves (beneficiary_id);

ALTER TABLE people
    ADD COLUMN centre_id UUID,
    ADD COLUMN support_needs TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN interpreter BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE people ALTER COLUMN support_needs DROP DEFAULT, ALTER COLUMN interpreter DROP DEFAULT;

ALTER TABLE mediators ADD COLUMN phone TEXT, ADD COLUMN space_ids UUID[] NOT NULL DEFAULT '{}';
ALTER TABLE mediators ALTER COLUMN space_ids DROP DEFAULT;

ALTER TABLE files
    ADD COLUMN opened_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN needs TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN level TEXT,
    ADD COLUMN plan UUID[] NOT NULL DEFAULT '{}',
    ADD COLUMN plan_version INTEGER NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_files_level CHECK (level in ('débutant', 'intermédiaire', 'avancé'));
UPDATE files SET opened_at = proposed_at;
ALTER TABLE files ALTER COLUMN opened_at SET NOT NULL, ALTER COLUMN needs DROP DEFAULT, ALTER COLUMN plan DROP DEFAULT,
    ALTER COLUMN plan_version DROP DEFAULT;

ALTER TABLE sessions
    ADD COLUMN space_id UUID,
    ADD COLUMN offered INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN last_place INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN told_capacity INTEGER,
    ADD COLUMN seats_given INTEGER,
    ADD COLUMN seats_back INTEGER[];
UPDATE sessions SET told_capacity = capacity, seats_given = capacity, seats_back = free_seats, space_id = (place->>'space_id')::uuid, last_place = waiting,
    waiting = (SELECT count(*) FROM waiting WHERE waiting.session_id = sessions.id);
ALTER TABLE sessions
    ALTER COLUMN space_id SET NOT NULL, ALTER COLUMN offered DROP DEFAULT, ALTER COLUMN last_place DROP DEFAULT,
    ALTER COLUMN told_capacity SET NOT NULL, ALTER COLUMN seats_given SET NOT NULL, ALTER COLUMN seats_back SET NOT NULL,
    DROP CONSTRAINT ck_sessions_seats,
    DROP COLUMN free_seats,
    ADD CONSTRAINT ck_sessions_seats CHECK (seats_given - cardinality(seats_back) between offered and capacity),
    ADD CONSTRAINT ck_sessions_offered CHECK (offered >= 0),
    ADD CONSTRAINT ck_sessions_waiting CHECK (waiting >= 0);
CREATE INDEX ix_sessions_space_id ON sessions (space_id);

ALTER TABLE bookings
    ADD COLUMN code TEXT,
    ADD COLUMN offered_until TIMESTAMP WITH TIME ZONE,
    ALTER COLUMN beneficiary_id DROP NOT NULL,
    DROP CONSTRAINT ck_bookings_state,
    ADD CONSTRAINT ck_bookings_state CHECK
        (state in ('offered', 'declined', 'lapsed', 'confirmed', 'cancelled', 'attended', 'missed')),
    ADD CONSTRAINT ck_bookings_offer_ends CHECK ((state = 'offered') <= (offered_until is not null));
UPDATE bookings SET code = replace(gen_random_uuid()::text, '-', '');
ALTER TABLE bookings ALTER COLUMN code SET NOT NULL;
CREATE UNIQUE INDEX uq_bookings_code ON bookings (code);
CREATE INDEX ix_bookings_offered_until ON bookings (offered_until) WHERE state = 'offered';
CREATE INDEX ix_bookings_ends_at ON bookings (ends_at);
DROP INDEX uq_bookings_person;
DROP INDEX uq_bookings_seat;
CREATE UNIQUE INDEX uq_bookings_person ON bookings (session_id, beneficiary_id) WHERE state in ('offered', 'confirmed');
CREATE UNIQUE INDEX uq_bookings_seat ON bookings (session_id, seat) WHERE state in ('offered', 'confirmed');

ALTER TABLE wallets
    ADD COLUMN last_hour_on DATE,
    ADD CONSTRAINT ck_wallets_counts CHECK (hours_followed >= 0 and absences >= 0);
UPDATE wallets SET last_hour_on = (
    SELECT max((starts_at AT TIME ZONE 'Europe/Paris')::date) FROM bookings
    WHERE bookings.beneficiary_id = wallets.beneficiary_id AND bookings.state = 'attended'
);

ALTER TABLE ledger ADD COLUMN number INTEGER, ADD COLUMN previous INTEGER, ALTER COLUMN state_before DROP NOT NULL;
UPDATE ledger SET number = numbered.number, previous = numbered.number - 1 FROM
    (SELECT id, row_number() OVER (PARTITION BY voucher_id ORDER BY id) AS number FROM ledger) AS numbered
    WHERE numbered.id = ledger.id;
ALTER TABLE ledger DROP CONSTRAINT ck_ledger_move;
INSERT INTO ledger (beneficiary_id, voucher_id, number, state_before, state_after, reason, by_kind, at)
    SELECT beneficiary_id, id, 0, NULL, 'available', 'prescription', 'prescriber',
        coalesce((SELECT min(at) FROM ledger WHERE ledger.voucher_id = vouchers.id), now()) FROM vouchers;
DROP INDEX ix_ledger_beneficiary_id_id;
ALTER TABLE ledger
    ALTER COLUMN number SET NOT NULL,
    DROP CONSTRAINT pk_ledger,
    DROP COLUMN id,
    DROP CONSTRAINT fk_ledger_voucher_id,
    ADD CONSTRAINT pk_ledger PRIMARY KEY (voucher_id, number),
    ADD CONSTRAINT uq_ledger_voucher_id_number_state_after UNIQUE (voucher_id, number, state_after),
    ADD CONSTRAINT fk_ledger_voucher_id FOREIGN KEY (voucher_id) REFERENCES vouchers (id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT fk_ledger_previous_move FOREIGN KEY (voucher_id, previous, state_before)
        REFERENCES ledger (voucher_id, number, state_after),
    ADD CONSTRAINT ck_ledger_move CHECK (
        case when number = 0 then previous is null and state_before is null and state_after = 'available'
        else previous = number - 1 and (state_before, state_after) in (('available', 'expired'), ('available', 'held'),
            ('available', 'void'), ('consumed', 'available'), ('held', 'available'), ('held', 'consumed'),
            ('void', 'available')) end);
CREATE INDEX ix_ledger_beneficiary_id_at ON ledger (beneficiary_id, at);

ALTER TABLE vouchers ADD COLUMN moves INTEGER NOT NULL DEFAULT 0, ADD COLUMN ends_as TEXT;
UPDATE vouchers SET moves = (SELECT max(number) FROM ledger WHERE ledger.voucher_id = vouchers.id);
ALTER TABLE vouchers
    ALTER COLUMN moves DROP DEFAULT,
    ADD CONSTRAINT ck_vouchers_ends_as CHECK (ends_as in ('void', 'expired')),
    ADD CONSTRAINT fk_vouchers_last_move FOREIGN KEY (id, moves, state)
        REFERENCES ledger (voucher_id, number, state_after) DEFERRABLE INITIALLY DEFERRED
"""


def upgrade() -> None:
    for statement in CHANGES.split(";\n"):
        op.execute(statement)
