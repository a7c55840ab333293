"""How a lot is going: how far at each operation, and when it will be done if it goes on as it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy.engine import Connection

from lotline_server.lots import outlook_queries as queries
from lotline_server.lots.queries import LotRow
from lotline_server.lots.statuses import ACTIVE
from lotline_server.routes.queries import Route
from lotline_server.site import queries as site
from lotline_server.site.calendar import Calendar

WINDOW = timedelta(days=7)
"""The present rate is that of the last days, nights and Sundays included."""
SHORTEST = timedelta(days=1)
"""What a lot's first hours brought is taken for a whole day's work: nobody knows when the shift ends."""
FURTHEST = timedelta(days=3650)

Risk = Literal["none", "will_miss", "overdue", "standing"]
"""will_miss: at the present rate it ends after its due day. overdue: that day is over. standing: it has a due
day, is in production, and nothing was completed in the last days.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """per_day: units completed a day, lately; None before the first. expected: the day of the last unit at
    that rate; None where nobody can say. risk: what that means for the due day
    """

    lot: str
    due: str | None
    per_day: float | None
    expected: str | None
    risk: Risk

    @property
    def at_risk(self) -> bool:
        """Tell whether somebody should look at this lot."""
        return self.risk != "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationProgress:
    """How many of a lot's units stand passed at an operation, and failed. to_go: of the target.

    optional: units are completed without it
    """

    operation: str
    optional: bool
    passed: int
    failed: int
    to_go: int


def outlooks(connection: Connection, lots: Sequence[LotRow], now: datetime) -> dict[str, Outlook]:
    """Give the outlook of each of these lots, by name."""
    names = [lot.lot for lot in lots]
    since = now - WINDOW
    calendar = site.calendar(connection)
    lately = queries.completed_since(connection, names, since)
    begun = queries.begun(connection, names)
    return {
        lot.lot: outlook(lot, lately.get(lot.lot, 0), begun.get(lot.lot) or lot.released_at, now, calendar)
        for lot in lots
    }


def outlook(lot: LotRow, lately: int, begun: datetime | None, now: datetime, calendar: Calendar) -> Outlook:
    """Give the outlook of a lot of which `lately` units were completed in WINDOW. begun: its first run."""
    start = max(now - WINDOW, begun) if begun is not None else now - WINDOW
    days = max(now - start, SHORTEST) / timedelta(days=1)
    per_day = lately / days if lately else None
    today = calendar.wall_date(now)
    to_go = max(0, lot.target - lot.completed)
    expected = None
    if lot.status in ACTIVE and to_go and per_day is not None:
        span = timedelta(days=min(to_go / per_day, FURTHEST.days))
        expected = calendar.wall_date(now + span)
    return Outlook(
        lot=lot.lot,
        due=lot.planned_end,
        per_day=per_day,
        expected=None if expected is None else expected.isoformat(),
        risk=_risk(lot, to_go, expected, today),
    )


def _risk(lot: LotRow, to_go: int, expected: date | None, today: date) -> Risk:
    if lot.planned_end is None or lot.status not in ACTIVE or not to_go:
        return "none"
    due = date.fromisoformat(lot.planned_end)
    if due < today:
        return "overdue"
    if expected is not None:
        return "will_miss" if expected > due else "none"
    return "standing" if lot.status == "in_production" and lot.completed else "none"


def by_operation(connection: Connection, lot: LotRow, route: Route | None) -> list[OperationProgress]:
    """Give the progress at each operation of the lot's route, in order."""
    found = queries.at_operations(connection, lot.lot)
    return [
        OperationProgress(
            operation=each.operation,
            optional=each.optional,
            passed=found.get(each.operation, (0, 0))[0],
            failed=found.get(each.operation, (0, 0))[1],
            to_go=max(0, lot.target - sum(found.get(each.operation, (0, 0)))),
        )
        for each in (() if route is None else route.operations)
    ]
