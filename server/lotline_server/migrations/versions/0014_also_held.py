"""A place whose record is stored under another one is filled, too."""

import sqlalchemy as sa
from alembic import op

from lotline_server.core.schema import Moment, Whole

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table of such places, empty: hello fills it as stations offer those records once more."""
    op.create_table(
        "also_held",
        sa.Column("epoch", Whole, nullable=False),
        sa.Column("seq", Whole, nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["epoch"], ["epochs.id"], name=op.f("fk_also_held_epoch")),
        sa.PrimaryKeyConstraint("epoch", "seq", name=op.f("pk_also_held")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
