"""The activity log says what a thing was before and after, and is found by person, kind and time."""

from alembic import op

from lotline_server.core.dialect import add_column

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add both columns, empty for what was written before, and an index for each way to look."""
    op.execute(add_column("activity", "before TEXT"))
    op.execute(add_column("activity", "after TEXT"))
    op.drop_index("ix_activity_subject", "activity")
    for column in ("subject", "who", "what"):
        op.create_index(op.f(f"ix_activity_{column}_at"), "activity", [column, "at"], unique=False)
    op.create_index(op.f("ix_activity_at"), "activity", ["at"], unique=False)
