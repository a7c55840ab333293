"""Units, what was said of them, which sits in which; and for each of their operations which run decides and
which counts for the yields, all derived.
"""

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
    sa.Column("hold", sa.Text),
    sa.Column("standing", sa.Text),
    sa.CheckConstraint("length(serial_number) BETWEEN 1 AND 64", name="ck_units_serial_number"),
    sa.CheckConstraint(
        "status IN ('planned', 'in_progress', 'completed', 'failed', 'scrapped')", name="ck_units_status"
    ),
    sa.UniqueConstraint("serial_number", "part"),
    sa.Index(None, "lot", "status"),
    sa.Index(
        "ix_units_completed_at", "completed_at", "part", sqlite_where=sa.text("completed_at IS NOT NULL")
    ),
    sa.Index("ix_units_held", "lot", sqlite_where=sa.text("hold IS NOT NULL")),
)

unit_events = table(
    "unit_events",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("unit", sa.ForeignKey("units.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("mark", sa.Text),
    sa.Column("operation", sa.Text),
    sa.Column("about", sa.ForeignKey("unit_events.id")),
    sa.Column("other", sa.ForeignKey("units.id")),
    sa.Index(None, "unit"),
)

sub_units = table(
    "sub_units",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("assembly", sa.ForeignKey("units.id"), nullable=False),
    sa.Column("unit", sa.ForeignKey("units.id"), nullable=False),
    sa.Column("place", sa.Text),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("run", sa.ForeignKey("runs.id")),
    sa.Column("removed_at", Moment),
    sa.Column("removed_by", sa.Text),
    sa.Column("removed_why", sa.Text),
    sa.CheckConstraint("assembly != unit", name="ck_sub_units_not_itself"),
    sa.Index(None, "assembly"),
    sa.Index(None, "unit"),
    sa.Index("uq_sub_units_one_assembly", "unit", unique=True, sqlite_where=sa.text("removed_at IS NULL")),
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
    sa.Column("passed_at", Moment),
    sa.CheckConstraint("first_outcome IN ('PASS', 'FAIL')", name="ck_unit_operations_first_outcome"),
    sa.CheckConstraint("deciding_outcome IN ('PASS', 'FAIL')", name="ck_unit_operations_deciding_outcome"),
    sa.CheckConstraint("attempts >= 1", name="ck_unit_operations_attempts"),
    sa.Index(None, "lot", "operation", "first_outcome", "deciding_outcome"),
    sa.Index(None, "first_at", "operation", "first_outcome"),
    sa.Index(
        "ix_unit_operations_passed_at",
        "passed_at",
        "operation",
        sqlite_where=sa.text("passed_at IS NOT NULL"),
    ),
    clustered=True,
)

# Sums of what stands above, so that no page counts units. Those by day are kept by units/counting.py, which
# knows the site's calendar, those by lot by triggers.
completed_days = table(
    "completed_days",
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("shift", sa.Text, primary_key=True),
    sa.Column("part", sa.ForeignKey("parts.id"), primary_key=True),
    sa.Column("completed", Whole, nullable=False),
    clustered=True,
)

operation_days = table(
    "operation_days",
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("shift", sa.Text, primary_key=True),
    sa.Column("operation", sa.Text, primary_key=True),
    sa.Column("counted", Whole, nullable=False),
    sa.Column("first_passed", Whole, nullable=False),
    sa.Column("passed", Whole, nullable=False),
    clustered=True,
)

lot_counts = table(
    "lot_counts",
    sa.Column("lot", sa.ForeignKey("lots.id"), primary_key=True),
    sa.Column("units", Whole, nullable=False),
    sa.Column("planned", Whole, nullable=False),
    sa.Column("in_progress", Whole, nullable=False),
    sa.Column("completed", Whole, nullable=False),
    sa.Column("failed", Whole, nullable=False),
    sa.Column("scrapped", Whole, nullable=False),
    sa.Column("held", Whole, nullable=False),
)

lot_yields = table(
    "lot_yields",
    sa.Column("lot", sa.ForeignKey("lots.id"), primary_key=True),
    sa.Column("operation", sa.Text, primary_key=True),
    sa.Column("counted", Whole, nullable=False),
    sa.Column("first_passed", Whole, nullable=False),
    sa.Column("last_passed", Whole, nullable=False),
    clustered=True,
)
