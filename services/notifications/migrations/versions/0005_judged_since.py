"""Since when a provider is judged: its return no longer forgets at each step what did not arrive."""

from alembic import op

revision = "0005"
down_revision = "0004"

CHANGES = """
ALTER TABLE providers ADD COLUMN judged_since TIMESTAMP WITH TIME ZONE;

UPDATE providers SET judged_since = changed_at;

ALTER TABLE providers ALTER COLUMN judged_since SET NOT NULL;
"""


def upgrade() -> None:
    for statement in CHANGES.strip().split(";\n"):
        op.execute(statement)
