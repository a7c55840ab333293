"""GET /live: server-sent events that say only that there is something new, so that pages look again."""

import asyncio
import json
from collections.abc import AsyncIterator

import structlog
from fastapi import APIRouter, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from lotline_server.changes import queries
from lotline_server.core.database import Database
from lotline_server.core.guarded import GuardedRoute

log = structlog.get_logger()

COALESCE_S = 0.25


class Live:
    """One watcher for all listeners. It reads the counter in the database, so commits of other processes (the
    command line) are seen too, and it reads nothing while nobody listens.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[asyncio.Queue[int]] = set()
        self._wanted = asyncio.Event()
        self._closed = asyncio.Event()

    def read(self) -> int:
        """Give the counter of all changes."""
        with self._database.read() as connection:
            return queries.read(connection, "all")

    async def watch(self) -> None:
        """Tell listeners of changes, at most four times a second, until cancelled."""
        last = -1
        while True:
            await self._wanted.wait()
            try:
                counter = await asyncio.to_thread(self.read)
            except Exception:
                # The watcher's rim: pages that hear of no change would stand still for ever.
                log.exception("the counter of changes could not be read")
                counter = last
            if counter != last:
                last = counter
                for listener in self._listeners:
                    if listener.empty():
                        listener.put_nowait(counter)
            await asyncio.sleep(COALESCE_S)

    def close(self) -> None:
        """End all streams: the server is stopping."""
        self._closed.set()
        for listener in self._listeners:
            listener.put_nowait(-1)

    async def events(self, request: Request) -> AsyncIterator[ServerSentEvent]:
        """Give one listener's events, the present counter first."""
        queue: asyncio.Queue[int] = asyncio.Queue()
        self._listeners.add(queue)
        self._wanted.set()
        sent = await asyncio.to_thread(self.read)
        try:
            yield _event(sent)
            while not self._closed.is_set() and not await request.is_disconnected():
                counter = await queue.get()
                if counter > sent:
                    sent = counter
                    yield _event(counter)
        finally:
            self._listeners.discard(queue)
            if not self._listeners:
                self._wanted.clear()


def _event(counter: int) -> ServerSentEvent:
    return ServerSentEvent(event="change", data=json.dumps({"change": counter}), id=str(counter))


def make_router(live: Live) -> APIRouter:
    """Make the route on one watcher."""
    router = APIRouter(tags=["live"], route_class=GuardedRoute)

    @router.get("/live")
    async def stream(request: Request) -> EventSourceResponse:
        """Send an event `change` with the counter whenever something was committed."""
        return EventSourceResponse(live.events(request), ping=15, headers={"Cache-Control": "no-store"})

    return router
