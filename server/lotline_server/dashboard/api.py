"""The first page's figures and the stations over HTTP."""

from dataclasses import dataclass

from fastapi import APIRouter

from lotline_server.core.paging import Paged
from lotline_server.core.strict_json import StrictRoute
from lotline_server.core.web import Needs
from lotline_server.dashboard import service
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
    """Give the figures, the units per day and month, the open lots and the latest activity."""
    with needs.database.read() as connection:
        return service.dashboard(connection, needs.clock())


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
