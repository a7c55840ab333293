"""A BOM per part and revision."""

import sqlalchemy as sa

from lotline_server.core.quantity import Quantity
from lotline_server.core.schema import Moment, Whole, table

boms = table(
    "boms",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("part", sa.ForeignKey("parts.id"), nullable=False),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.UniqueConstraint("part", "revision"),
)

bom_lines = table(
    "bom_lines",
    sa.Column("bom", sa.ForeignKey("boms.id"), primary_key=True),
    sa.Column("position", Whole, primary_key=True),
    sa.Column("component", sa.ForeignKey("parts.id"), nullable=False),
    sa.Column("quantity", Quantity, nullable=False),
    sa.Column("attrition", Quantity, nullable=False),
    sa.Column("designators", sa.Text, nullable=False),
    sa.CheckConstraint("quantity > 0", name="ck_bom_lines_quantity"),
    sa.CheckConstraint("attrition BETWEEN 0 AND 1000000", name="ck_bom_lines_attrition"),
    sa.CheckConstraint("position >= 1", name="ck_bom_lines_position"),
    sa.UniqueConstraint("bom", "component"),
    sa.Index(None, "component"),
    clustered=True,
)
