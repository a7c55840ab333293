"""Lots: units built together, what was said of them, and the BOM they are built to."""

import sqlalchemy as sa

from lotline_server.core.quantity import Quantity
from lotline_server.core.schema import Flag, Moment, Whole, table

lots = table(
    "lots",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("lot", sa.Text, nullable=False, unique=True),
    sa.Column("part", sa.ForeignKey("parts.id"), nullable=False),
    sa.Column("target", Whole, nullable=False),
    sa.Column("project", sa.Text),
    sa.Column("notes", sa.Text),
    sa.Column("open", Flag, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("project_key", sa.ForeignKey("projects.id")),
    sa.Column("status", sa.Text, nullable=False, server_default="released"),
    sa.Column("kind", sa.Text, nullable=False, server_default="test_only"),
    sa.Column("consumption", sa.Text, nullable=False, server_default="completion"),
    sa.Column("priority", Whole, nullable=False, server_default="0"),
    sa.Column("customer_order", sa.Text),
    sa.Column("planned_start", sa.Text),
    sa.Column("planned_end", sa.Text),
    sa.Column("location", sa.ForeignKey("locations.id")),
    sa.Column("released_at", Moment),
    sa.Column("bom_revision", sa.Text),
    sa.Column("route", sa.ForeignKey("routes.id")),
    sa.CheckConstraint("length(lot) BETWEEN 1 AND 64", name="ck_lots_lot"),
    sa.CheckConstraint("target >= 1", name="ck_lots_target"),
    sa.CheckConstraint(
        "planned_start IS NULL OR planned_end IS NULL OR planned_start <= planned_end", name="ck_lots_planned"
    ),
    sa.Index(None, "project_key"),
    sa.Index(None, "status"),
)

lot_events = table(
    "lot_events",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("lot", sa.ForeignKey("lots.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Index(None, "lot"),
)

lot_bom_lines = table(
    "lot_bom_lines",
    sa.Column("lot", sa.ForeignKey("lots.id"), primary_key=True),
    sa.Column("position", Whole, primary_key=True),
    sa.Column("component", sa.ForeignKey("parts.id"), nullable=False),
    sa.Column("quantity", Quantity, nullable=False),
    sa.Column("attrition", Quantity, nullable=False),
    sa.Column("designators", sa.Text, nullable=False),
    sa.CheckConstraint("quantity > 0", name="ck_lot_bom_lines_quantity"),
    sa.CheckConstraint("attrition BETWEEN 0 AND 1000000", name="ck_lot_bom_lines_attrition"),
    sa.UniqueConstraint("lot", "component"),
    sa.Index(None, "component"),
    clustered=True,
)

lot_order_lines = table(
    "lot_order_lines",
    sa.Column("line", sa.ForeignKey("purchase_order_lines.id"), primary_key=True),
    sa.Column("lot", sa.ForeignKey("lots.id"), primary_key=True),
    sa.Column("quantity", Quantity, nullable=False),
    sa.CheckConstraint("quantity > 0", name="ck_lot_order_lines_quantity"),
    sa.Index(None, "lot"),
    clustered=True,
)
