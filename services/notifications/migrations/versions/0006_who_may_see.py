"""Who follows a person, why each reading was done, and no link of a resident in what is kept of a message."""

from alembic import op

revision = "0006"
down_revision = "0005"

CHANGES = """
CREATE TABLE files (
    beneficiary_id UUID NOT NULL,
    mediator_id UUID NOT NULL,
    CONSTRAINT pk_files PRIMARY KEY (beneficiary_id)
);

CREATE INDEX ix_files_mediator_id ON files (mediator_id);

INSERT INTO files
SELECT DISTINCT ON (beneficiary_id) beneficiary_id, mediator_id FROM notices
WHERE kind = 'file_accepted' AND mediator_id IS NOT NULL AND beneficiary_id <> '00000000-0000-0000-0000-000000000000'
ORDER BY beneficiary_id, edition DESC;

ALTER TABLE readings ADD COLUMN why TEXT NOT NULL DEFAULT 'raison non demandée',
ADD COLUMN opening BOOLEAN NOT NULL DEFAULT false;

UPDATE notices SET content = regexp_replace(content, '/(r|stop)/[0-9A-Za-z._~-]+', '/\\1/…', 'g')
WHERE content ~ '/(r|stop)/[0-9A-Za-z._~-]';
"""


def upgrade() -> None:
    for statement in CHANGES.strip().split(";\n"):
        op.execute(statement)
