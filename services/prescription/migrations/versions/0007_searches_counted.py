"""How often each agent searches, day by day."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE searches (day DATE NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL,"
        " searches INTEGER NOT NULL, others INTEGER NOT NULL, CONSTRAINT pk_searches PRIMARY KEY (day, subject))"
    )
