"""Building the server: every domain's routes, each handed what it needs."""

import asyncio
import contextlib
import importlib
import importlib.util
from collections.abc import AsyncIterator, Collection

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from lotline_contract.wire import MAX_BATCH_BYTES, MAX_BLOB_BYTES
from lotline_server.accounts import api as accounts_api
from lotline_server.accounts.door import AccessDoor, check_table
from lotline_server.accounts.entrance import Entrance
from lotline_server.activity import api as activity_api
from lotline_server.boms import api as boms_api
from lotline_server.changes import live as live_changes
from lotline_server.core.answers import answer_errors
from lotline_server.core.clock import Clock, utc_now
from lotline_server.core.frame_folder import FrameFolder
from lotline_server.core.guarded import GuardedRoute
from lotline_server.core.guards import LOOPBACK_NAMES, BodyLimit, OwnNames
from lotline_server.core.openapi import describe
from lotline_server.core.web import Deps
from lotline_server.dashboard import api as dashboard_api
from lotline_server.facts import api as facts_api
from lotline_server.history import api as history_api
from lotline_server.ingest import api as ingest_api
from lotline_server.ingest import by_hand_api, quarantine_api
from lotline_server.ingest.attaching import MAX_ATTACHED_BYTES
from lotline_server.ingest.by_hand import ByHand
from lotline_server.ingest.service import Ingest
from lotline_server.inventory import api as inventory_api
from lotline_server.inventory import suggestions
from lotline_server.lots import api as lots_api
from lotline_server.lots import catalogue_api, procurement_api, serials_api, stock_api, unit_actions_api
from lotline_server.opening import DISK_FLOOR_BYTES, Opened, open_data
from lotline_server.projects import api as projects_api
from lotline_server.purchasing import api as purchasing_api
from lotline_server.routes import api as routes_api
from lotline_server.runs.definitions import Definitions
from lotline_server.search import api as search_api
from lotline_server.site import api as site_api
from lotline_server.units import api as units_api
from lotline_server.units.counting import recount, recount_if_due
from lotline_server.yields import api as yields_api

__all__ = ["Opened", "build_app", "open_data"]

JSON_LIMIT = 1024 * 1024
SLACK = 64 * 1024


def body_limit(path: str) -> int:
    """Give how many bytes a body may have."""
    if path == "/sync/v1/records":
        return MAX_BATCH_BYTES + SLACK
    if path.startswith("/sync/v1/blobs/"):
        return MAX_BLOB_BYTES
    if path in {"/unit/vector", "/unit/file"} or (
        path.startswith("/api/v1/units/") and path.endswith(("/data", "/files"))
    ):
        return MAX_ATTACHED_BYTES + SLACK
    return JSON_LIMIT


def build_app(
    opened: Opened,
    *,
    clock: Clock = utc_now,
    disk_floor_bytes: int = DISK_FLOOR_BYTES,
    pages: bool = True,
    names: Collection[str] = LOOPBACK_NAMES,
) -> FastAPI:
    """Build the server on an opened data folder. Closing the folder is left to who opened it.

    pages: False leaves the HTML pages out and serves only the APIs. names: what the server is called by
    """
    with opened.database.write() as connection:
        recount_if_due(connection)
    live = live_changes.Live(opened.database)
    frame_folder = FrameFolder(opened.folder.frames)
    file_folder = FrameFolder(opened.folder.files, kind="file")
    for each in (frame_folder, file_folder):
        each.sweep()
    ingest = Ingest(database=opened.database, folder=frame_folder, definitions=Definitions(opened.database))

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(live.watch())
        yield
        live.close()
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching

    app = FastAPI(
        title="Lotline lot server",
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    describe(app)
    app.state.deps = Deps(
        database=opened.database,
        folder=opened.folder,
        frames=frame_folder,
        files=file_folder,
        generation=opened.generation,
        clock=clock,
        disk_floor_bytes=disk_floor_bytes,
    )
    app.state.live = live
    app.state.by_hand = ByHand(ingest=ingest, database=opened.database)
    app.state.door = AccessDoor(opened.database, clock)
    app.state.entrance = Entrance(opened.database)
    app.add_middleware(BodyLimit, limit_of=body_limit)
    app.add_middleware(OwnNames, names=names)
    answer_errors(app)
    app.include_router(ingest_api.make_router(ingest))
    app.include_router(facts_api.make_router())
    app.include_router(live_changes.make_router(live))
    app.include_router(quarantine_api.make_router(ingest))
    app.include_router(site_api.make_router(recount))
    # A lot or a serial number may hold a slash: what stands behind it in a path is looked for first.
    for router in (
        accounts_api.router,
        accounts_api.secret_router,
        units_api.router,
        history_api.router,
        yields_api.router,
        procurement_api.router,
        purchasing_api.router,
        serials_api.router,
        unit_actions_api.router,
        by_hand_api.router,
        stock_api.router,
        catalogue_api.router,
        lots_api.router,
        boms_api.router,
        routes_api.router,
        projects_api.router,
        inventory_api.router,
        suggestions.router,
        search_api.router,
        dashboard_api.router,
        activity_api.router,
    ):
        app.include_router(router)
    app.include_router(_describing)
    if pages:
        _mount_pages(app)
    check_table(app)
    return app


_describing = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@_describing.get("/openapi.json")
def openapi(request: Request) -> JSONResponse:
    """Describe the API."""
    return JSONResponse(request.app.openapi())


def _mount_pages(app: FastAPI) -> None:
    """Add the HTML pages where they are installed."""
    if importlib.util.find_spec("lotline_server.web") is not None:
        importlib.import_module("lotline_server.web").mount_pages(app, app.state.deps)
