"""Search over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query

from lotline_server.core.strict_json import StrictRoute
from lotline_server.core.web import Needs
from lotline_server.search.queries import Hit
from lotline_server.search.service import search

router = APIRouter(prefix="/api/v1", tags=["search"], route_class=StrictRoute)


@router.get("/search")
def find(q: str, needs: Needs, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[Hit]:
    """Find what begins with `q`: units, lots, parts, orders, suppliers, projects, stations.

    `exact` says that this is its whole name. `q` may be a scanned code: GS1 is taken apart.
    """
    with needs.database.read() as connection:
        return search(connection, q, limit=limit)
