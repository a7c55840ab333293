"""The first page's figures and the stations over HTTP."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from lotline_server.core.paging import Paged
from lotline_server.core.strict_json import StrictRoute
from lotline_server.core.web import Needs
from lotline_server.dashboard import charts, service
from lotline_server.site import queries as site
from lotline_server.stations import queries as stations

router = APIRouter(prefix="/api/v1", tags=["dashboard"], route_class=StrictRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationView:
    """A station, and whether it worries us."""

    station: stations.StationRow
    silent: bool
    behind: bool


@router.get("/dashboard")
def get_dashboard(needs: Needs) -> service.Dashboard:
    """Give the figures, the units per day and month, the active lots and the latest activity."""
    with needs.database.read() as connection:
        return service.dashboard(connection, needs.clock())


@router.get("/completed")
def count_completed(needs: Needs, per: charts.Per = "day", by: charts.By = "") -> charts.Chart:
    """Count the units completed per day, month or shift of the site; by part, or by the operation passed."""
    with needs.database.read() as connection:
        calendar = site.calendar(connection)
        return charts.chart(connection, calendar, calendar.day(needs.clock()), per=per, by=by)


@router.get("/completed/{period}")
def list_completed(  # noqa: PLR0917
    period: str,
    needs: Needs,
    shift: str | None = None,
    part: str | None = None,
    operation: str | None = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> service.Completed:
    """List the units completed on a day (2026-11-23) or in a month (2026-11), the newest first; of a
    shift, of a part; or those which then passed an operation.
    """
    with needs.database.read() as connection:
        start, end = service.period_bounds(site.calendar(connection), period, shift)
        return service.completed_in(
            connection, start, end, part=part, operation=operation, limit=limit, offset=offset
        )


@router.get("/stations")
def list_stations(needs: Needs, pages: Paged) -> list[StationView]:
    """List the stations with what they last said of themselves."""
    now = needs.clock()
    with needs.database.read() as connection:
        found = [
            StationView(station=each, silent=service.is_silent(each, now), behind=service.is_behind(each))
            for each in stations.all_stations(connection)
        ]
    return pages.among(found, lambda row: (row.station.name,))
