"""Units, and for each of their operations which run decides and which counts for the yields. All derived."""

import sqlalchemy as sa

from lotline_server.core.schema import Flag, Moment, Whole, table

units = table(
    "units",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("serial_number", sa.Text, nullable=False),
    sa.Column("part", sa.ForeignKey("parts.id"), nullable=False),
    sa.Column("lot", sa.ForeignKey("lots.id")),
    sa.Column("from_run", Flag, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("scrapped", Flag, nullable=False),
    sa.Column("completed_at", Moment),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("serial_number", "part"),
    sa.Index(None, "lot", "status"),
    sa.Index("ix_units_completed_at", "completed_at", sqlite_where=sa.text("completed_at IS NOT NULL")),
)

unit_operations = table(
    "unit_operations",
    sa.Column("unit", sa.ForeignKey("units.id"), primary_key=True),
    sa.Column("operation", sa.Text, primary_key=True),
    sa.Column("lot", sa.ForeignKey("lots.id")),
    sa.Column("first_run", sa.ForeignKey("runs.id"), nullable=False),
    sa.Column("first_outcome", sa.Text, nullable=False),
    sa.Column("first_at", Moment, nullable=False),
    sa.Column("deciding_run", sa.ForeignKey("runs.id"), nullable=False),
    sa.Column("deciding_outcome", sa.Text, nullable=False),
    sa.Column("attempts", Whole, nullable=False),
    sa.Index(None, "lot", "operation", "first_outcome", "deciding_outcome"),
    sa.Index(None, "first_at"),
    clustered=True,
)

completed_days = table(
    "completed_days",
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("completed", Whole, nullable=False),
    clustered=True,
)
