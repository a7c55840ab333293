"""Offering quarantined records to ingest again, after what stopped them was put right."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from lotline_contract.wire import Batch, Envelope, Item, ItemAnswer
from lotline_server.core.errors import NotFound
from lotline_server.ingest import queries
from lotline_server.ingest.queries import WaitingRow
from lotline_server.ingest.service import Ingest
from lotline_server.runs.codec import unpack_plain
from lotline_server.stations.queries import TokenRow


def replay_one(ingest: Ingest, key: int, at: datetime) -> ItemAnswer:
    """Offer one quarantined record again: stored once, or still in quarantine. Raises NotFound."""
    with ingest.database.read() as connection:
        found = queries.waiting(connection, key=key)
    if not found:
        raise NotFound("nothing waits in quarantine under this number")
    return _replay(ingest, found, at)[0]


def replay_unknown_parts(ingest: Ingest, station: int, at: datetime) -> None:
    """Offer again what a station's quarantine holds for want of a part, where that part exists now."""
    with ingest.database.read() as connection:
        found = queries.waiting(connection, station=station, reason="unknown_part:")
    if found:
        _replay(ingest, found, at)


def _replay(ingest: Ingest, found: Sequence[WaitingRow], at: datetime) -> tuple[ItemAnswer, ...]:
    """Offer records of one station again."""
    first = found[0]
    station = TokenRow(id=first.station, station_id="", name=first.station_name, token_digest=b"")
    items = tuple(
        Item(epoch=row.epoch, seq=row.seq, kind=_kind(row), id=row.record_id, digest=row.digest.hex())
        for row in found
    )
    records = tuple(unpack_plain(row.content) for row in found)
    batch = Batch(envelope=Envelope(wire=1, items=items), records=records, frames=())
    return ingest.take(station, batch, at)


def _kind(row: WaitingRow) -> Literal["run", "event"]:
    return "event" if row.kind == "event" else "run"
