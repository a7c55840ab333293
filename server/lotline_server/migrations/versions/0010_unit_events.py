"""What people say of a unit (marks, hold, rework, scrap), and which unit sits in which assembly."""

import sqlalchemy as sa
from alembic import op

from lotline_server.core.dialect import add_column, append_only
from lotline_server.core.schema import Moment, Whole

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add both. What the activity log says of units scrapped before becomes their events."""
    op.execute(add_column("units", "hold TEXT"))
    op.create_index("ix_units_held", "units", ["lot"], sqlite_where=sa.text("hold IS NOT NULL"))
    op.create_table(
        "unit_events",
        sa.Column("id", Whole, nullable=False),
        sa.Column("unit", Whole, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=True),
        sa.Column("about", Whole, nullable=True),
        sa.Column("other", Whole, nullable=True),
        sa.ForeignKeyConstraint(["about"], ["unit_events.id"], name=op.f("fk_unit_events_about")),
        sa.ForeignKeyConstraint(["other"], ["units.id"], name=op.f("fk_unit_events_other")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_unit_events_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_events")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(op.f("ix_unit_events_unit"), "unit_events", ["unit"], unique=False)
    op.create_table(
        "sub_units",
        sa.Column("id", Whole, nullable=False),
        sa.Column("assembly", Whole, nullable=False),
        sa.Column("unit", Whole, nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("run", Whole, nullable=True),
        sa.Column("removed_at", Moment, nullable=True),
        sa.Column("removed_by", sa.Text(), nullable=True),
        sa.Column("removed_why", sa.Text(), nullable=True),
        sa.CheckConstraint("assembly != unit", name="ck_sub_units_not_itself"),
        sa.ForeignKeyConstraint(["assembly"], ["units.id"], name=op.f("fk_sub_units_assembly")),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_sub_units_run")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_sub_units_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sub_units")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    for column in ("assembly", "unit"):
        op.create_index(op.f(f"ix_sub_units_{column}"), "sub_units", [column], unique=False)
    op.create_index(
        "uq_sub_units_one_assembly", "sub_units", ["unit"], unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
    )  # fmt: skip
    op.execute(
        "INSERT INTO unit_events (unit, at, who, what, reason) "
        "SELECT units.id, activity.at, activity.who, activity.what, activity.text "
        "FROM units JOIN activity ON activity.subject = units.serial_number "
        "WHERE activity.what IN ('unit.scrapped', 'unit.unscrapped') "
        "AND (SELECT count(*) FROM units AS same WHERE same.serial_number = units.serial_number) = 1 "
        "ORDER BY activity.id"
    )
    op.execute("UPDATE unit_events SET what = substr(what, 6)")
    for statement in append_only("unit_events"):
        op.execute(statement)
