"""First tables."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE centres (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    commune_insee TEXT NOT NULL,
    phone TEXT,
    is_open BOOLEAN NOT NULL,
    CONSTRAINT pk_centres PRIMARY KEY (id),
    CONSTRAINT ck_centres_kind CHECK (kind in ('social_centre', 'cms', 'france_services', 'msa', 'chamber_of_agriculture', 'town_hall', 'other'))
);

CREATE TABLE troubled_notices (
    notice_id UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    booking_id UUID,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    to_call BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    heard_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_troubled_notices PRIMARY KEY (notice_id)
);

CREATE INDEX ix_troubled_notices_beneficiary_id ON troubled_notices (beneficiary_id);

CREATE TABLE prescribers (
    id UUID NOT NULL,
    centre_id UUID NOT NULL,
    name TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    CONSTRAINT pk_prescribers PRIMARY KEY (id),
    CONSTRAINT fk_prescribers_centre_id FOREIGN KEY(centre_id) REFERENCES centres (id)
);

CREATE TABLE beneficiaries (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    centre_id UUID NOT NULL,
    registered_by UUID NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    plain_name TEXT NOT NULL,
    birth_date DATE NOT NULL,
    commune_insee TEXT NOT NULL,
    channel TEXT NOT NULL,
    phone TEXT,
    phone_kind TEXT,
    email TEXT,
    postal_address TEXT,
    audiences TEXT[] NOT NULL,
    msa BOOLEAN NOT NULL,
    language_level TEXT NOT NULL,
    opt_outs TEXT[] NOT NULL,
    wallet_version INTEGER NOT NULL,
    hours_followed INTEGER NOT NULL,
    first_hour_on DATE,
    CONSTRAINT pk_beneficiaries PRIMARY KEY (id),
    CONSTRAINT uq_beneficiaries_plain_name_birth_date UNIQUE (plain_name, birth_date),
    CONSTRAINT ck_beneficiaries_commune CHECK (commune_insee ~ '^26[0-9]{3}$'),
    CONSTRAINT ck_beneficiaries_channel CHECK (channel in ('sms', 'email', 'letter', 'call')),
    CONSTRAINT ck_beneficiaries_sms CHECK (channel <> 'sms' or phone_kind = 'mobile'),
    CONSTRAINT fk_beneficiaries_centre_id FOREIGN KEY(centre_id) REFERENCES centres (id),
    CONSTRAINT fk_beneficiaries_registered_by FOREIGN KEY(registered_by) REFERENCES prescribers (id)
);

CREATE INDEX ix_beneficiaries_phone ON beneficiaries (phone);

CREATE INDEX ix_beneficiaries_plain_name ON beneficiaries USING gin (plain_name gin_trgm_ops);

CREATE TABLE books (
    id UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    rank INTEGER NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    centre_id UUID NOT NULL,
    prescriber_id UUID NOT NULL,
    prescribed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_on DATE,
    need TEXT NOT NULL,
    audiences TEXT[] NOT NULL,
    available INTEGER NOT NULL,
    held INTEGER NOT NULL,
    consumed INTEGER NOT NULL,
    void INTEGER NOT NULL,
    expired INTEGER NOT NULL,
    CONSTRAINT pk_books PRIMARY KEY (id),
    CONSTRAINT uq_books_beneficiary_id_rank UNIQUE (beneficiary_id, rank),
    CONSTRAINT ck_books_lifetime CHECK (rank between 1 and 8),
    CONSTRAINT ck_books_state CHECK (state in ('active', 'cancelled', 'expired')),
    CONSTRAINT ck_books_need CHECK (need in ('first_steps', 'administrative', 'work', 'farm', 'safety', 'family', 'other')),
    CONSTRAINT ck_books_five CHECK (available + held + consumed + void + expired = 5),
    CONSTRAINT fk_books_beneficiary_id FOREIGN KEY(beneficiary_id) REFERENCES beneficiaries (id),
    CONSTRAINT uq_books_reference UNIQUE (reference),
    CONSTRAINT fk_books_centre_id FOREIGN KEY(centre_id) REFERENCES centres (id),
    CONSTRAINT fk_books_prescriber_id FOREIGN KEY(prescriber_id) REFERENCES prescribers (id)
);

CREATE TABLE vouchers (
    id UUID NOT NULL,
    book_id UUID NOT NULL,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    CONSTRAINT pk_vouchers PRIMARY KEY (id),
    CONSTRAINT uq_vouchers_book_id_position UNIQUE (book_id, position),
    CONSTRAINT ck_vouchers_five CHECK (position between 1 and 5),
    CONSTRAINT fk_vouchers_book_id FOREIGN KEY(book_id) REFERENCES books (id),
    CONSTRAINT uq_vouchers_code UNIQUE (code)
)
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
