"""Statements about what belongs to projects."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.lots.models import lots
from lotline_server.parts.models import parts
from lotline_server.purchasing.models import purchase_orders
from lotline_server.purchasing.statuses import ON_THE_WAY
from lotline_server.units.models import units


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCounts:
    """What a project holds. target, completed, in_progress, failed: units of its lots that are not cancelled.

    orders_open: purchase orders that were sent and are not all received
    """

    lots: int = 0
    lots_open: int = 0
    parts: int = 0
    orders: int = 0
    orders_open: int = 0
    target: int = 0
    completed: int = 0
    in_progress: int = 0
    failed: int = 0


def counts_of(connection: Connection, keys: list[int]) -> dict[int, ProjectCounts]:
    """Give what each of these projects (row ids) holds."""
    counted: dict[int, dict[str, int]] = {key: {} for key in keys}
    counting = lots.c.status != "cancelled"
    of_lots = (
        sa.select(
            lots.c.project_key.label("project"),
            sa.func.count().label("lots"),
            sa.func.count().filter(lots.c.open).label("lots_open"),
            sa.func.coalesce(sa.func.sum(lots.c.target).filter(counting), 0).label("target"),
        )
        .where(lots.c.project_key.in_(keys))
        .group_by(lots.c.project_key)
    )
    of_units = (
        sa.select(
            lots.c.project_key.label("project"),
            *(
                sa.func.count().filter(units.c.status == status).label(status)
                for status in ("completed", "in_progress", "failed")
            ),
        )
        .join_from(units, lots, lots.c.id == units.c.lot)
        .where(lots.c.project_key.in_(keys), counting)
        .group_by(lots.c.project_key)
    )
    of_parts = (
        sa.select(parts.c.project, sa.func.count().label("parts"))
        .where(parts.c.project.in_(keys))
        .group_by(parts.c.project)
    )
    on_the_way = purchase_orders.c.status.in_(sorted(ON_THE_WAY))
    of_orders = (
        sa.select(
            purchase_orders.c.project,
            sa.func.count().label("orders"),
            sa.func.count().filter(on_the_way).label("orders_open"),
        )
        .where(purchase_orders.c.project.in_(keys))
        .group_by(purchase_orders.c.project)
    )
    for statement in (of_lots, of_units, of_parts, of_orders):
        for row in connection.execute(statement).mappings():
            values = dict(row)
            counted[values.pop("project")] |= values
    return {key: ProjectCounts(**values) for key, values in counted.items()}
