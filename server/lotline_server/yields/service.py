"""A lot's yields."""

import dataclasses
import math
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from lotline_server.lots.routing import lot_route
from lotline_server.lots.service import require_lot
from lotline_server.yields import queries


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFigure:
    """The yield at one operation of the route; shares are 0 to 1, None where nothing counts yet."""

    operation: str
    counted: int
    first_pass_yield: float | None
    last_pass_yield: float | None
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotYield:
    """A lot's yields. rolled_throughput_yield: the product of first_pass_yield over the route's operations;
    None until every one of them has a unit that counts.
    """

    lot: str
    operations: list[OperationFigure]
    rolled_throughput_yield: float | None


def lot_yield(connection: Connection, lot: str) -> LotYield:
    """Give a lot's yields by the operations of its route. Raises NotFound."""
    require_lot(connection, lot)
    found_route = lot_route(connection, lot)
    route = () if found_route is None else found_route.names
    found = {each.operation: each for each in queries.lots_yields(connection, [lot])[lot]}
    left_out = queries.left_out(connection, lot)
    figures = []
    for operation in route:
        empty = queries.OperationYield(operation=operation, counted=0, first_passed=0, last_passed=0)
        each = dataclasses.replace(found.get(operation, empty), left_out=left_out.get(operation, 0))
        figures.append(
            OperationFigure(
                operation=operation,
                counted=each.counted,
                first_pass_yield=each.first_pass_yield,
                last_pass_yield=each.last_pass_yield,
                left_out=each.left_out,
            )
        )
    return LotYield(lot=lot, operations=figures, rolled_throughput_yield=rolled(figures))


def rolled(figures: list[OperationFigure]) -> float | None:
    """Multiply first_pass_yield over a route; None where one of them is not known yet."""
    shares = [figure.first_pass_yield for figure in figures]
    known = [share for share in shares if share is not None]
    return math.prod(known) if known and len(known) == len(shares) else None
