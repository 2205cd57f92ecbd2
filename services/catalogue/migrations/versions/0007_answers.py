"""What became of a file of places is stored, and what was answered about places that may be one."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("""
CREATE TABLE place_imports (
    id UUID NOT NULL,
    imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    trial BOOLEAN NOT NULL,
    list_name TEXT NOT NULL,
    result JSONB NOT NULL,
    CONSTRAINT pk_place_imports PRIMARY KEY (id)
)""")
    op.execute("CREATE INDEX ix_place_imports_imported_at ON place_imports (imported_at)")
    op.execute("""
CREATE TABLE place_answers (
    stays TEXT NOT NULL,
    other TEXT NOT NULL,
    same BOOLEAN NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_place_answers PRIMARY KEY (stays, other),
    CONSTRAINT ck_place_answers_two CHECK (stays <> other)
)""")
