"""What a person asked to be given of all that is stored of them."""

from alembic import op

revision = "0009"
down_revision = "0008"

CHANGES = """
CREATE TABLE copies (
    id UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    salt BYTEA NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    prescription_at TIMESTAMP WITH TIME ZONE,
    catalogue_at TIMESTAMP WITH TIME ZONE,
    booking_at TIMESTAMP WITH TIME ZONE,
    notifications_at TIMESTAMP WITH TIME ZONE,
    ready_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_copies PRIMARY KEY (id),
    CONSTRAINT uq_copies_beneficiary_id UNIQUE (beneficiary_id),
    CONSTRAINT fk_copies_beneficiary_id FOREIGN KEY (beneficiary_id) REFERENCES beneficiaries (id),
    CONSTRAINT ck_copies_ready CHECK ((ready_at is null) = (prescription_at is null or catalogue_at is null
        or booking_at is null or notifications_at is null))
);

CREATE INDEX ix_copies_asked_at ON copies (asked_at);

CREATE TABLE copy_parts (
    copy_id UUID NOT NULL,
    service TEXT NOT NULL,
    part INTEGER NOT NULL,
    sealed BYTEA NOT NULL,
    CONSTRAINT pk_copy_parts PRIMARY KEY (copy_id, service, part),
    CONSTRAINT fk_copy_parts_copy_id FOREIGN KEY (copy_id) REFERENCES copies (id)
);
"""


def upgrade() -> None:
    for statement in CHANGES.strip().split(";\n"):
        op.execute(statement)
