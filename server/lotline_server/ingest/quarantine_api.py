"""What waits in quarantine, and how complete each station's sequence is, over HTTP."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response
from sqlalchemy.engine import Connection

from lotline_server.core.errors import NotFound
from lotline_server.core.paging import Paged
from lotline_server.core.strict_json import StrictRoute
from lotline_server.core.web import Needs
from lotline_server.ingest import queries
from lotline_server.ingest.completeness import EpochCompleteness, completeness
from lotline_server.ingest.replay import replay_one
from lotline_server.ingest.service import Ingest
from lotline_server.runs.codec import unpack_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineView:
    """A record that could not be taken in. digest: SHA-256 of its bytes, in hex."""

    id: int
    station: str
    epoch: str
    seq: int
    kind: str
    record_id: str
    digest: str
    reason: str
    received_at: datetime
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of a record that was offered again."""

    answer: str
    reason: str | None


def make_router(ingest: Ingest) -> APIRouter:
    """Make the routes on one Ingest."""
    router = APIRouter(prefix="/api/v1", tags=["quarantine"], route_class=StrictRoute)

    @router.get("/quarantine")
    def list_quarantine(
        needs: Needs,
        pages: Paged,
        all: bool = False,
    ) -> list[QuarantineView]:
        """List what waits in quarantine, the newest first; `all` shows too what was taken in since."""
        with needs.database.read() as connection:
            (before,) = pages.after(int) or (None,)
            found = quarantine_views(connection, waiting_only=not all, limit=pages.ask, before=before)
        return pages.cut(found, lambda row: (row.id,))

    @router.get("/quarantine/{key}/record")
    def get_bytes(key: int, needs: Needs) -> Response:
        """Give a quarantined record's exact bytes."""
        with needs.database.read() as connection:
            found = queries.waiting(connection, key=key)
        if not found:
            raise NotFound("nothing waits in quarantine under this number")
        headers = {"X-Lotline-Digest": found[0].digest.hex(), "Content-Disposition": "attachment"}
        return Response(
            unpack_plain(found[0].content), media_type="application/octet-stream", headers=headers
        )

    @router.post("/quarantine/{key}/replay")
    def replay(key: int, needs: Needs) -> Replayed:
        """Offer a record again, after what stopped it was put right."""
        answer = replay_one(ingest, key, needs.clock())
        return Replayed(answer=answer.answer, reason=answer.reason)

    @router.get("/completeness")
    def list_completeness(needs: Needs, pages: Paged) -> list[EpochCompleteness]:
        """Say for each station and epoch what is held and what is missing."""
        with needs.database.read() as connection:
            found = completeness(connection)
        return pages.among(found, lambda row: (row.station, row.epoch))

    return router


def quarantine_views(
    connection: Connection, *, waiting_only: bool = True, limit: int = 100, before: int | None = None
) -> list[QuarantineView]:
    """Give what waits in quarantine, the newest first."""
    rows = queries.list_quarantine(connection, waiting_only=waiting_only, limit=limit, before=before)
    return [
        QuarantineView(
            id=row.id,
            station=row.station,
            epoch=row.epoch,
            seq=row.seq,
            kind=row.kind,
            record_id=row.record_id,
            digest=row.digest.hex(),
            reason=row.reason,
            received_at=row.received_at,
            replayed_at=row.replayed_at,
        )
        for row in rows
    ]
