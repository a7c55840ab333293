"""A lot's statuses, dates and kind, its events, and the BOM it is built to.

A lot from before never moved stock, so it is `test_only`: its units do not enter it now.
"""

import sqlalchemy as sa
from alembic import op

from lotline_server.core.dialect import add_column, append_only
from lotline_server.core.quantity import Quantity
from lotline_server.core.schema import Moment, Whole

revision = "0005"
down_revision = "0004"

STATUSES = "'planned', 'released', 'in_production', 'on_hold', 'completed', 'closed_short', 'cancelled'"
COLUMNS = (
    f"status TEXT NOT NULL DEFAULT 'released' CHECK (status IN ({STATUSES}))",
    "kind TEXT NOT NULL DEFAULT 'test_only' CHECK (kind IN ('built_here', 'built_outside', 'test_only'))",
    "consumption TEXT NOT NULL DEFAULT 'completion' "
    "CHECK (consumption IN ('release', 'first_run', 'completion'))",
    "priority INTEGER NOT NULL DEFAULT 0",
    "customer_order TEXT",
    "planned_start TEXT",
    "planned_end TEXT",
    "location INTEGER CONSTRAINT fk_lots_location REFERENCES locations (id)",
    "released_at INTEGER",
    "bom_revision TEXT",
)


def upgrade() -> None:
    """Add all of it; an open lot is released or in production, a closed one completed or closed short."""
    for column in COLUMNS:
        op.execute(add_column("lots", column))
    op.create_index(op.f("ix_lots_status"), "lots", ["status"], unique=False)
    begun = "EXISTS (SELECT 1 FROM units WHERE units.lot = lots.id AND units.status != 'planned')"
    done = "(SELECT count(*) FROM units WHERE units.lot = lots.id AND units.status = 'completed') >= target"
    op.execute(
        "UPDATE lots SET released_at = created_at, status = "  # noqa: S608 - our own constants
        f"CASE WHEN open = 1 AND {begun} THEN 'in_production' WHEN open = 1 THEN 'released' "
        f"WHEN {done} THEN 'completed' ELSE 'closed_short' END"
    )
    op.create_table(
        "lot_events",
        sa.Column("id", Whole, nullable=False),
        sa.Column("lot", Whole, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name=op.f("fk_lot_events_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_events")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(op.f("ix_lot_events_lot"), "lot_events", ["lot"], unique=False)
    op.create_table(
        "lot_bom_lines",
        sa.Column("lot", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("component", Whole, nullable=False),
        sa.Column("quantity", Quantity, nullable=False),
        sa.Column("attrition", Quantity, nullable=False),
        sa.Column("designators", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["component"], ["parts.id"], name=op.f("fk_lot_bom_lines_component")),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name=op.f("fk_lot_bom_lines_lot")),
        sa.PrimaryKeyConstraint("lot", "position", name=op.f("pk_lot_bom_lines")),
        sa.UniqueConstraint("lot", "component", name=op.f("uq_lot_bom_lines_lot_component")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_lot_bom_lines_component"), "lot_bom_lines", ["component"], unique=False)
    for table in ("lot_events", "lot_bom_lines"):
        for statement in append_only(table):
            op.execute(statement)
