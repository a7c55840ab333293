"""GET /sync/v1/changes: in its first form a whole snapshot, or 304 where nothing has changed."""

from fastapi import APIRouter, Request, Response

from lotline_server.core.guarded import GuardedRoute
from lotline_server.core.web import Needs
from lotline_server.facts.service import Snapshots
from lotline_server.stations.auth import Calling


def make_router() -> APIRouter:
    """Make the route with its own cache of the newest snapshot."""
    router = APIRouter(prefix="/sync/v1", tags=["sync"], route_class=GuardedRoute)
    snapshots = Snapshots()

    @router.get("/changes")
    def changes(request: Request, needs: Needs, station: Calling) -> Response:
        """Give the facts of the open lots. ETag is their cursor."""
        asked = request.headers.get("if-none-match", "")
        if asked and asked.removeprefix("W/").strip('"') == snapshots.cursor(needs):
            return Response(status_code=304, headers={"ETag": asked})
        cursor, encoded = snapshots.encoded(needs)
        return Response(encoded, media_type="application/json", headers={"ETag": f'"{cursor}"'})

    return router
