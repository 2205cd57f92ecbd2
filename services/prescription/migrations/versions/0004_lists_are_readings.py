"""Two lists that show telephones are readings too: who is to be called again, records that may be one person's."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE readings DROP CONSTRAINT ck_readings_what, ADD CONSTRAINT ck_readings_what "
        "CHECK (what in ('opened', 'page', 'api', 'book', 'copy', 'unbooked', 'doubles'))"
    )
