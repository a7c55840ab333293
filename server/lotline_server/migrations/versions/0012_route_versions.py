"""A route has versions, per part and revision, and optional operations. A lot is built to the version that
was current when it was released; a unit keeps at which operations it stands passed or failed.
"""

import sqlalchemy as sa
from alembic import op

from lotline_server.core.dialect import add_column, append_only
from lotline_server.core.schema import Flag, Moment, Whole

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make each part's route the first version of its present revision, and pin it to its released lots."""
    op.create_table(
        "routes",
        sa.Column("id", Whole, nullable=False),
        sa.Column("part", Whole, nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("version", Whole, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["part"], ["parts.id"], name=op.f("fk_routes_part")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routes")),
        sa.UniqueConstraint("part", "revision", "version", name=op.f("uq_routes_part_revision_version")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.rename_table("route_operations", "old_route_operations")
    op.create_table(
        "route_operations",
        sa.Column("route", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("optional", Flag, nullable=False),
        sa.ForeignKeyConstraint(["route"], ["routes.id"], name=op.f("fk_route_operations_route")),
        sa.PrimaryKeyConstraint("route", "position", name=op.f("pk_route_operations")),
        sa.UniqueConstraint("route", "operation", name=op.f("uq_route_operations_route_operation")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO routes (id, part, revision, version, created_at, created_by) "
        "SELECT id, id, revision, 1, created_at, 'system' FROM parts "
        "WHERE id IN (SELECT part FROM old_route_operations)"
    )
    op.execute(
        "INSERT INTO route_operations (route, position, operation, optional) "
        "SELECT part, position, operation, 0 FROM old_route_operations"
    )
    op.drop_table("old_route_operations")
    for table in ("routes", "route_operations"):
        for statement in append_only(table):
            op.execute(statement)
    op.execute(add_column("lots", "route INTEGER CONSTRAINT fk_lots_route REFERENCES routes (id)"))
    op.execute(
        "UPDATE lots SET route = part WHERE released_at IS NOT NULL AND part IN (SELECT id FROM routes)"
    )
    op.execute(add_column("units", "standing TEXT"))
    op.execute(
        "UPDATE units SET standing = (SELECT json_group_object(operation, deciding_outcome) "
        "FROM unit_operations WHERE unit = units.id AND operation IN "
        "(SELECT operation FROM route_operations WHERE route = units.part)) "
        "WHERE id IN (SELECT unit FROM unit_operations)"
    )
