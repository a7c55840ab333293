"""The stock ledger. A posting is what happened; its movements say what that did to which part where.

The database itself refuses to change or delete a row of either, and keeps the sums by triggers: whoever
appends a movement has changed the level in the same statement.
"""

import sqlalchemy as sa

from lotline_server.core.quantity import Quantity
from lotline_server.core.schema import Moment, Whole, table

STOCK = 1
"""The row id of the location that is there from the first day."""
UNTESTED = 2
"""The row id of the location of units that were built outside and are not tested yet."""

locations = table(
    "locations",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.CheckConstraint("kind IN ('stock', 'untested')", name="ck_locations_kind"),
    sa.CheckConstraint("name != ''", name="ck_locations_name"),
)

stock_postings = table(
    "stock_postings",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("reference", sa.Text),
    sa.Column("lot", sa.ForeignKey("lots.id")),
    sa.Column("unit", sa.ForeignKey("units.id")),
    sa.Column("units", Whole, nullable=False),
    sa.Column("key", sa.Text, unique=True),
    sa.Column("reverses", sa.ForeignKey("stock_postings.id"), unique=True),
    sa.Index("ix_stock_postings_lot", "lot", sqlite_where=sa.text("lot IS NOT NULL")),
    sa.Index("ix_stock_postings_unit", "unit", sqlite_where=sa.text("unit IS NOT NULL")),
)

stock_movements = table(
    "stock_movements",
    sa.Column("posting", sa.ForeignKey("stock_postings.id"), primary_key=True),
    sa.Column("position", Whole, primary_key=True),
    sa.Column("part", sa.ForeignKey("parts.id"), nullable=False),
    sa.Column("location", sa.ForeignKey("locations.id"), nullable=False),
    sa.Column("quantity", Quantity, nullable=False),
    sa.CheckConstraint("position >= 1", name="ck_stock_movements_position"),
    sa.Index(None, "part", "location"),
    clustered=True,
)

stock_levels = table(
    "stock_levels",
    sa.Column("part", sa.ForeignKey("parts.id"), primary_key=True),
    sa.Column("location", sa.ForeignKey("locations.id"), primary_key=True),
    sa.Column("quantity", Quantity, nullable=False),
    clustered=True,
)

lot_issues = table(
    "lot_issues",
    sa.Column("lot", sa.ForeignKey("lots.id"), primary_key=True),
    sa.Column("units", Whole, nullable=False),
    sa.CheckConstraint("units >= 0", name="ck_lot_issues_units"),
    clustered=True,
)
