"""The calls of /sync/v1 that bring something in."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec
import structlog
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from lotline_contract.wire import (
    PROTOCOL,
    BatchAnswer,
    BlobAnswer,
    Hello,
    HelloAnswer,
    PairAnswer,
    PairRequest,
    WireError,
    unpack_batch,
)
from lotline_server.changes import queries as changes
from lotline_server.core.clock import iso
from lotline_server.core.errors import Invalid, NotFound, Unauthorised
from lotline_server.core.guarded import GuardedRoute
from lotline_server.core.strict_json import parse
from lotline_server.core.web import Deps, Needs
from lotline_server.ingest import hello as hellos
from lotline_server.ingest.rederive import rederive_epochs
from lotline_server.ingest.replay import replay_unknown_parts
from lotline_server.ingest.service import Ingest
from lotline_server.stations import enrolment
from lotline_server.stations import queries as stations
from lotline_server.stations.auth import Attempts, Calling
from lotline_server.stations.queries import TokenRow

Message = TypeVar("Message")
log = structlog.get_logger()


def _read(body: bytes, kind: type[Message]) -> Message:
    """Read one of the protocol's JSON messages, strictly as JSON, leniently as to new fields."""
    try:
        return msgspec.convert(parse(body), kind)
    except msgspec.ValidationError as error:
        raise Invalid(f"this is no {kind.__name__}: {error}") from error


def _json(message: Any) -> Response:
    return Response(msgspec.json.encode(message), media_type="application/json")


def make_router(ingest: Ingest) -> APIRouter:
    """Make the routes on one Ingest."""
    router = APIRouter(prefix="/sync/v1", tags=["sync"], route_class=GuardedRoute)
    attempts = Attempts(allowed=10, window_s=60.0)

    @router.post("/pair")
    async def pair(request: Request, needs: Needs) -> Response:
        """Trade a pairing code for a station's token."""
        wanted = _read(await request.body(), PairRequest)
        address = request.client.host if request.client else ""
        attempts.check(address)
        try:
            answer = await run_in_threadpool(_pair, needs, wanted)
        except Unauthorised:
            attempts.failed(address)
            raise
        return _json(answer)

    @router.post("/hello")
    async def hello(request: Request, needs: Needs, station: Calling) -> Response:
        """Learn what a station has and say what of it the server holds."""
        said = _read(await request.body(), Hello)
        hellos.check_hello(said)
        answer = await run_in_threadpool(_hello, needs, station, said)
        await run_in_threadpool(_replay, ingest, station, needs.clock())
        return _json(answer)

    @router.post("/records")
    async def records(request: Request, needs: Needs, station: Calling) -> Response:
        """Take a batch of records in; the answer names what became of each."""
        body = await request.body()
        return _json(await run_in_threadpool(_records, needs, ingest, station, body))

    @router.put("/blobs/{blob}")
    async def put_blob(blob: str, request: Request, needs: Needs, station: Calling) -> Response:
        """Take one large frame in; it is durable when this answers."""
        body = await request.body()
        return _json(await run_in_threadpool(_put_blob, needs, ingest, station, blob, body))

    @router.head("/blobs/{blob}")
    async def head_blob(blob: str, station: Calling) -> Response:
        """Tell a station whether it has put this blob."""
        if not await run_in_threadpool(ingest.has_blob, station, blob):
            raise NotFound("this station has put no such blob")
        return Response()

    return router


def _pair(needs: Deps, wanted: PairRequest) -> PairAnswer:
    with needs.database.write() as connection:
        station_id, name, token = enrolment.pair(
            connection, wanted.code, at=needs.clock(), agent_version=wanted.agent_version
        )
    return PairAnswer(station_id=station_id, station=name, token=token, server_generation=needs.generation)


def _hello(needs: Deps, station: TokenRow, said: Hello) -> HelloAnswer:
    needs.folder.require_free(needs.disk_floor_bytes)
    at = needs.clock()
    with needs.database.write() as connection:
        moved = hellos.learn_epochs(connection, station, said.epochs, at)
        rederive_epochs(connection, moved, at=needs.clock(), who=f"station {station.name}")
        have = hellos.have_ranges(connection, station, [epoch.epoch for epoch in said.epochs])
        stations.set_seen(
            connection,
            station.id,
            last_seen_at=at,
            agent_version=said.agent_version[:64],
            pending=said.pending,
            parked=said.parked,
            oldest_pending_s=said.oldest_pending_s,
            free_bytes=said.free_bytes,
            clock_skew_s=hellos.clock_skew_s(said.clock, at),
        )
        changes.bump(connection, facts=bool(moved))
    return HelloAnswer(
        protocol=PROTOCOL,
        server_generation=needs.generation,
        station=station.name,
        have=have,
        clock=iso(at),
    )


def _records(needs: Deps, ingest: Ingest, station: TokenRow, body: bytes) -> BatchAnswer:
    needs.folder.require_free(needs.disk_floor_bytes)
    try:
        batch = unpack_batch(body)
    except WireError as error:
        raise Invalid(f"this is no batch: {error}") from error
    answers = ingest.take(station, batch, needs.clock())
    return BatchAnswer(server_generation=needs.generation, answers=answers)


def _put_blob(needs: Deps, ingest: Ingest, station: TokenRow, blob: str, body: bytes) -> BlobAnswer:
    needs.folder.require_free(needs.disk_floor_bytes)
    digest = ingest.put_blob(station, blob, body, needs.clock())
    return BlobAnswer(blob=blob, data_digest=digest)


def _replay(ingest: Ingest, station: TokenRow, at: datetime) -> None:
    """Try quarantined records again; whatever goes wrong with them, the station has been greeted."""
    try:
        replay_unknown_parts(ingest, station.id, at)
    except Exception:
        log.exception("quarantined records could not be tried again", station=station.name)
