"""Building the server: the database is opened, brought up to date, and handed to whoever needs it."""

import asyncio
import contextlib
import importlib
import importlib.util
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from lotline_contract.ids import new_epoch
from lotline_contract.wire import MAX_BATCH_BYTES, MAX_BLOB_BYTES
from lotline_server import migrations
from lotline_server.changes import live as live_changes
from lotline_server.changes import queries as changes
from lotline_server.core.answers import answer_errors
from lotline_server.core.clock import Clock, utc_now
from lotline_server.core.database import Database, ensure_generation, server_generation
from lotline_server.core.errors import StartRefused
from lotline_server.core.folder import DataFolder, FolderLock
from lotline_server.core.frame_folder import FrameFolder
from lotline_server.core.guards import BodyLimit, LoopbackOnly
from lotline_server.core.web import Deps
from lotline_server.dashboard import api as dashboard_api
from lotline_server.facts import api as facts_api
from lotline_server.history import api as history_api
from lotline_server.ingest import api as ingest_api
from lotline_server.ingest import quarantine_api
from lotline_server.ingest.service import Ingest
from lotline_server.lots import api as lots_api
from lotline_server.routes import api as routes_api
from lotline_server.runs.definitions import Definitions
from lotline_server.search import api as search_api
from lotline_server.yields import api as yields_api

JSON_LIMIT = 1024 * 1024
SLACK = 64 * 1024
DISK_FLOOR_BYTES = 256 * 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Opened:
    """An opened data folder. lock: None where another process, the running server, holds it."""

    folder: DataFolder
    database: Database
    generation: str
    lock: FolderLock | None

    def close(self) -> None:
        """Close the database, then give the folder free."""
        self.database.close()
        if self.lock is not None:
            self.lock.release()


def open_data(root: Path, *, serve: bool) -> Opened:
    """Open a data folder and bring its database up to date.

    serve: this process is to be its one server. Raises StartRefused where another one is, or where the
    database needs what this process must not do beside a running server.
    """
    folder = DataFolder(root)
    folder.create()
    wanted = FolderLock(folder)
    lock = wanted if wanted.acquire() else None
    if lock is None and serve:
        raise StartRefused(f"another lotline-server is running on {folder.root}; stop it first")
    database = Database(folder.database)
    try:
        with database.write() as connection:
            if lock is not None:
                migrations.upgrade(connection)
                ensure_generation(connection, new_epoch())
                changes.ensure(connection)
            elif migrations.current(connection) != migrations.head():
                raise StartRefused("the running server is of another version than this command")
            generation = server_generation(connection)
    except BaseException:
        database.close()
        if lock is not None:
            lock.release()
        raise
    return Opened(folder=folder, database=database, generation=generation, lock=lock)


def body_limit(path: str) -> int:
    """Give how many bytes a body may have."""
    if path == "/sync/v1/records":
        return MAX_BATCH_BYTES + SLACK
    if path.startswith("/sync/v1/blobs/"):
        return MAX_BLOB_BYTES
    return JSON_LIMIT


def build_app(
    opened: Opened,
    *,
    clock: Clock = utc_now,
    disk_floor_bytes: int = DISK_FLOOR_BYTES,
    pages: bool = True,
) -> FastAPI:
    """Build the server on an opened data folder. Closing the folder is left to who opened it.

    pages: False leaves the HTML pages out and serves only the APIs
    """
    live = live_changes.Live(opened.database)
    frame_folder = FrameFolder(opened.folder.frames)
    frame_folder.sweep()
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
        lifespan=lifespan,
    )
    app.state.deps = Deps(
        database=opened.database,
        folder=opened.folder,
        frames=frame_folder,
        generation=opened.generation,
        clock=clock,
        disk_floor_bytes=disk_floor_bytes,
    )
    app.state.live = live
    app.add_middleware(BodyLimit, limit_of=body_limit)
    app.add_middleware(LoopbackOnly)
    answer_errors(app)
    app.include_router(ingest_api.make_router(ingest))
    app.include_router(facts_api.make_router())
    app.include_router(live_changes.make_router(live))
    app.include_router(quarantine_api.make_router(ingest))
    # A lot or a serial number may hold a slash: what stands behind it in a path is looked for first.
    for router in (
        history_api.router,
        yields_api.router,
        lots_api.router,
        routes_api.router,
        search_api.router,
        dashboard_api.router,
    ):
        app.include_router(router)
    if pages:
        _mount_pages(app)
    return app


def _mount_pages(app: FastAPI) -> None:
    """Add the HTML pages where they are installed."""
    if importlib.util.find_spec("lotline_server.web") is not None:
        importlib.import_module("lotline_server.web").mount_pages(app, app.state.deps)
