"""Taking a batch in: looked at without any lock, stored in one transaction, answered record by record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import IntegrityError

from lotline_contract.frames import FrameError, read_header
from lotline_contract.wire import Batch, Item, ItemAnswer
from lotline_server.core.database import Database
from lotline_server.core.errors import Invalid
from lotline_server.core.frame_folder import FrameFolder
from lotline_server.frames import queries as frame_queries
from lotline_server.frames import service as frames
from lotline_server.ingest import texts
from lotline_server.ingest.checks import Looked, look_at
from lotline_server.ingest.frames_held import HeldFrames
from lotline_server.ingest.hello import check_place
from lotline_server.ingest.store import Storing
from lotline_server.runs.definitions import Definitions
from lotline_server.stations.queries import MANUAL, TokenRow

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """What ingest needs, for the life of a server."""

    database: Database
    folder: FrameFolder
    definitions: Definitions

    def take(self, station: TokenRow, batch: Batch, at: datetime) -> tuple[ItemAnswer, ...]:
        """Take a batch in and answer each record. On return all that is answered `stored`, `duplicate`,
        `quarantined` or `conflict` is durable; nothing else is acknowledged.

        Raises Invalid for an envelope that no agent would write.
        """
        for item in batch.envelope.items:
            _check_item(item)
        held = self._look_at_frames(station, batch)
        looked = [
            look_at(item, data, station.name)
            for item, data in zip(batch.envelope.items, batch.records, strict=True)
        ]
        for each in looked:
            held.check(each)
        kept_texts = texts.proven(batch.envelope.texts)
        try:
            return self._store(station, looked, held, kept_texts, at)
        except (IntegrityError, OverflowError, UnicodeError) as error:
            log.warning("batch refused by the database", station=station.name, error=type(error).__name__)
            return self._store_singly(station, looked, held, kept_texts, at)

    def _store(
        self,
        station: TokenRow,
        looked: Sequence[Looked],
        held: HeldFrames,
        kept_texts: dict[str, str],
        at: datetime,
    ) -> tuple[ItemAnswer, ...]:
        who = f"station {station.name}"
        if station.station_id == MANUAL:
            who = next((each.run.operator for each in looked if each.run and each.run.operator), who)
        storing = Storing(station=station, held=held, definitions=self.definitions, at=at, who=who)
        storing.prepare(looked)
        with self.database.write() as connection:
            return storing.store(connection, looked, kept_texts)

    def _store_singly(
        self,
        station: TokenRow,
        looked: Sequence[Looked],
        held: HeldFrames,
        kept_texts: dict[str, str],
        at: datetime,
    ) -> tuple[ItemAnswer, ...]:
        """Store records one by one, so that the one the database refuses stops nobody else."""
        answers: list[ItemAnswer] = []
        for each in looked:
            try:
                answers += self._store(station, [each], held, kept_texts, at)
            except (IntegrityError, OverflowError, UnicodeError):
                log.exception("record refused by the database", station=station.name, record=each.item.id)
                each.problem = "unstorable: the server could not store this record"
                answers += self._store(station, [each], held, kept_texts, at)
        return tuple(answers)

    def _look_at_frames(self, station: TokenRow, batch: Batch) -> HeldFrames:
        held = HeldFrames()
        for frame in batch.frames:
            try:
                checked = frames.check_frame(frame)
            except FrameError as error:
                held.refuse(_claimed_digest(frame), str(error))
                continue
            frames.shelve(self.folder, checked)
            held.add(checked)
        return held

    def put_blob(self, station: TokenRow, blob: str, body: bytes, at: datetime) -> str:
        """Take in one frame and give its data digest; it is durable on return. Raises Invalid."""
        checked = frames.check_upload(blob, body)
        frames.shelve(self.folder, checked)
        with self.database.write() as connection:
            frames.keep(connection, station.id, checked, at)
        return checked.header.sha256

    def has_blob(self, station: TokenRow, blob: str) -> bool:
        """Tell whether this station has put this blob; another station's are not there for it."""
        with self.database.read() as connection:
            return frame_queries.blob_of_station(connection, station.id, blob) is not None


def _check_item(item: Item) -> None:
    check_place(item.epoch, item.seq)
    if not 1 <= len(item.id) <= 64 or len(item.digest) != 64:
        raise Invalid("an item's id or digest is not usable")
    try:
        bytes.fromhex(item.digest)
    except ValueError as error:
        raise Invalid("an item's digest is not in hex") from error


def _claimed_digest(frame: bytes) -> str | None:
    try:
        return read_header(frame)[0].sha256
    except FrameError:
        return None
