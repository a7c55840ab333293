"""A part's route: its operations in order."""

import sqlalchemy as sa

from lotline_server.core.schema import Whole, table

route_operations = table(
    "route_operations",
    sa.Column("part", sa.ForeignKey("parts.id"), primary_key=True),
    sa.Column("position", Whole, primary_key=True),
    sa.Column("operation", sa.Text, nullable=False),
    sa.UniqueConstraint("part", "operation"),
    clustered=True,
)
