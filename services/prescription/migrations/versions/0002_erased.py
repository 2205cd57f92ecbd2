"""Who was erased: tables of the chassis, which has migrations of its own now."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    pass
