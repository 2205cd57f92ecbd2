"""What is heard and read is of somebody: what was left of the merged finds the kept record, of the erased it goes."""

from alembic import op

revision = "0005"
down_revision = "0004"

MERGED_TWICE = """
WITH RECURSIVE chain AS (
    SELECT merged_id, kept_id, 1 AS depth FROM merges
    UNION ALL
    SELECT chain.merged_id, later.kept_id, chain.depth + 1
    FROM chain JOIN merges AS later ON later.merged_id = chain.kept_id
)
UPDATE merges SET kept_id = last.kept_id
FROM (SELECT DISTINCT ON (merged_id) merged_id, kept_id FROM chain ORDER BY merged_id, depth DESC) AS last
WHERE last.merged_id = merges.merged_id AND last.kept_id <> merges.kept_id
"""

OF_SOMEBODY = """
UPDATE {table} AS one SET beneficiary_id = kept_id FROM merges WHERE merged_id = one.beneficiary_id;

DELETE FROM {table} AS one WHERE NOT EXISTS (SELECT FROM beneficiaries WHERE id = one.beneficiary_id);

ALTER TABLE {table} ADD CONSTRAINT fk_{table}_beneficiary_id FOREIGN KEY (beneficiary_id) REFERENCES beneficiaries (id)
"""

THE_REST = """
DELETE FROM merges WHERE NOT EXISTS (SELECT FROM beneficiaries WHERE id = merges.kept_id);

ALTER TABLE readings
    DROP CONSTRAINT ck_readings_what,
    ADD CONSTRAINT ck_readings_what
        CHECK (what in ('opened', 'page', 'api', 'book', 'copy', 'unbooked', 'doubles', 'changed'));

UPDATE beneficiaries SET email = lower(email) WHERE email <> lower(email);

CREATE INDEX ix_books_prescribed_at ON books (prescribed_at) WHERE current AND state = 'active' AND available > 0;

CREATE INDEX ix_doubles_asked_at ON doubles (asked_at) WHERE outcome IS NULL
"""


def upgrade() -> None:
    op.execute(MERGED_TWICE)
    for table in ("bookings", "troubled_notices", "readings"):
        for statement in OF_SOMEBODY.format(table=table).split(";\n"):
            op.execute(statement)
    for statement in THE_REST.split(";\n"):
        op.execute(statement)
