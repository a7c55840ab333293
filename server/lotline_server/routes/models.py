"""Routes: the operations of a part in one of its revisions, in order. A version is never changed, only
followed by another one, so a released lot can point at the one it is built to.
"""

import sqlalchemy as sa

from lotline_server.core.schema import Flag, Moment, Whole, table

routes = table(
    "routes",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("part", sa.ForeignKey("parts.id"), nullable=False),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("version", Whole, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.CheckConstraint("version >= 1", name="ck_routes_version"),
    sa.UniqueConstraint("part", "revision", "version"),
)

route_operations = table(
    "route_operations",
    sa.Column("route", sa.ForeignKey("routes.id"), primary_key=True),
    sa.Column("position", Whole, primary_key=True),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("optional", Flag, nullable=False),
    sa.CheckConstraint("position >= 0", name="ck_route_operations_position"),
    sa.UniqueConstraint("route", "operation"),
    clustered=True,
)
