"""A bundle of what the server has not acknowledged, for a stick: when the network, or this PC, is given up.

Only read from the store, beside a running agent or from a damaged database, as far as that can be read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from lotline_agent.store import sqlite
from lotline_agent.store.archive import archived_frames
from lotline_agent.store.database import open_reader
from lotline_agent.store.files import durable_file
from lotline_agent.store.outbox import Outgoing, discarded_at, read_epochs
from lotline_agent.store.walk import walk
from lotline_agent.sync.sender import named_vectors
from lotline_agent.version import AGENT_VERSION
from lotline_contract.bundle import SUFFIX, BundleError, BundleReader, BundleWriter, Head, token_key
from lotline_contract.record import RecordError, record_digest
from lotline_contract.wire import (
    INLINE_FRAME_BYTES,
    MAX_BATCH_RECORDS,
    MAX_BLOB_BYTES,
    PROTOCOL,
    Envelope,
    EpochState,
    Item,
    pack_batch,
)

BATCH_BYTES = 2 * 1024 * 1024
"""Before packing; half of what the wire takes, so that noise, which does not pack, fits too."""
Told = Callable[[str, int, int], None]


class RescueError(Exception):
    """The bundle could not be written, or not read back; the message says what to do."""


@dataclass(slots=True, kw_only=True)
class Rescued:
    """A bundle that was written and read back. troubles: what could not be read at the station, in words.

    without_frames: records whose vectors this station does not hold (any more), or that no server would take
    """

    path: Path
    records: int = 0
    frames: int = 0
    without_frames: int = 0
    troubles: list[str] = field(default_factory=list)


def rescue(  # noqa: PLR0917 - each says what it is
    database: Path,
    archive: Path,
    target: Path,
    station: str,
    token: str | None,
    told: Told,
    *,
    everything: bool,
) -> Rescued:
    """Write a bundle into a folder; on return it is durable and was read back, digest by digest.

    everything: also what the server has acknowledged. Raises RescueError.
    """
    name = f"{station}-{datetime.now(UTC):%Y%m%dT%H%M%S}{SUFFIX}"
    done = Rescued(path=target / name)
    try:
        connection = open_reader(database)
        try:
            with durable_file(target, name) as file:
                _Rescue(connection, archive, told, done, everything=everything).write(file, station, token)
        finally:
            connection.close()
        _read_back(done, told)
    except OSError as error:
        raise RescueError(f"{target} cannot be written: {error.strerror}. Take another stick.") from error
    return done


def _read_back(done: Rescued, told: Told) -> None:
    size = done.path.stat().st_size
    with done.path.open("rb") as file:
        reader = BundleReader(file.read)
        try:
            for _ in reader.parts():
                told("reading it back", file.tell(), size)
        except BundleError as error:
            raise RescueError(f"{done.path} does not read back as it was written: {error}") from error
    told("reading it back", size, size)


class _Rescue:
    def __init__(
        self, connection: sqlite.Connection, archive: Path, told: Told, done: Rescued, *, everything: bool
    ) -> None:
        self._connection = connection
        self._archive = archive
        self._told = told
        self._done = done
        self._everything = everything

    def write(self, file: BinaryIO, station: str, token: str | None) -> None:
        """Write everything from the first byte to the seal."""
        key_id, key = (None, None) if token is None else token_key(token)
        self._file = file
        self._writer = BundleWriter(
            Head(
                form=1,
                station=station,
                made_at=datetime.now(UTC).isoformat(timespec="seconds"),
                agent_version=AGENT_VERSION,
                epochs=tuple(self._epochs()),
                key=key_id,
            )
        )
        file.write(self._writer.begin())
        self._texts()
        self._records()
        file.write(self._writer.end(unreadable=len(self._done.troubles), key=key))
        self._done.records, self._done.frames = self._writer.records, self._writer.frames

    def _epochs(self) -> list[EpochState]:
        try:
            return read_epochs(self._connection)
        except sqlite.DatabaseError as error:
            self._done.troubles.append(f"the epochs cannot be read: {error}")
            return []

    def _texts(self) -> None:
        """Put the texts of plans and configurations first, a few in each batch, which then has no records."""
        rows = walk(
            self._connection, "digest, body", "document", "rowid", self._done.troubles.append, piece=1
        )
        texts: dict[str, str] = {}
        for _, digest, body in rows:
            if sum(map(len, texts.values())) + len(body) > BATCH_BYTES and texts:
                self._batch([], [], texts)
                texts = {}
            texts[digest] = body
        if texts:
            self._batch([], [], texts)

    def _records(self) -> None:
        # Not joined in: a damaged neighbour must not hide a record. The epoch is looked up by its number.
        lives = self._lives()
        columns = f"epoch, seq, kind, record_id, digest, record, attempts, state, {self._discarded()}"
        entries: list[Outgoing] = []
        frames: list[bytes] = []
        size = 0
        total = self._count()
        rows = walk(self._connection, columns, "outbox", "id", self._done.troubles.append)
        for done, (key, life, *values, state, discarded) in enumerate(rows, 1):
            self._told("writing", min(done, total), total)
            entry = Outgoing(key, lives.get(life, ""), *values)
            wanted = self._everything or (state != "acknowledged" and discarded is None)
            if not wanted or not entry.record:
                continue
            if not entry.epoch or record_digest(entry.record) != entry.digest:
                self._done.troubles.append(f"record {entry.record_id} (entry {key}) is damaged")
                continue
            small = self._frames_of(entry)
            more = len(entry.record) + sum(map(len, small))
            if entries and (size + more > BATCH_BYTES or len(entries) == MAX_BATCH_RECORDS):
                self._batch(entries, frames, {})
                entries, frames, size = [], [], 0
            entries.append(entry)
            frames += small
            size += more
        if entries:
            self._batch(entries, frames, {})

    def _lives(self) -> dict[int, str]:
        rows = walk(self._connection, "epoch", "epoch", "n", self._done.troubles.append)
        return {row[0]: row[1] for row in rows}

    def _discarded(self) -> str:
        try:
            return discarded_at(self._connection)
        except sqlite.DatabaseError:
            return "NULL"

    def _count(self) -> int:
        try:
            return int(self._connection.execute("SELECT count(*) FROM outbox").fetchone()[0])
        except sqlite.DatabaseError:
            return 0

    def _frames_of(self, entry: Outgoing) -> list[bytes]:
        """Give a record's small frames, and write its large ones at once: they come before its batch."""
        try:
            named = named_vectors(entry)
        except RecordError:
            return []  # It travels as it is: the server keeps it in quarantine.
        if not named:
            return []
        held = self._held(entry.record_id, named)
        usable = [frame for digest, frame in held.items() if digest in named and len(frame) <= MAX_BLOB_BYTES]
        self._done.without_frames += len(usable) < len(named)
        for frame in usable:
            if len(frame) > INLINE_FRAME_BYTES:
                self._file.write(self._writer.frame(frame))
        return [frame for frame in usable if len(frame) <= INLINE_FRAME_BYTES]

    def _held(self, run_id: str, named: set[str]) -> dict[str, bytes]:
        held: dict[str, bytes] = {}
        try:
            held |= self._connection.execute(
                "SELECT data_digest, data FROM frame JOIN run ON run.id = frame.run WHERE run.run_id = ?",
                (run_id,),
            ).fetchall()
        except sqlite.DatabaseError as error:
            self._done.troubles.append(f"vectors of run {run_id} cannot be read: {error}")
        if not named <= held.keys():
            try:
                held = archived_frames(self._archive, self._connection, run_id) | held
            except Exception as error:  # noqa: BLE001 - a damaged HDF5 file raises whatever its reader stumbles over
                self._done.troubles.append(f"the archive file of run {run_id} cannot be read: {error}")
        return held

    def _batch(self, entries: list[Outgoing], frames: list[bytes], texts: dict[str, str]) -> None:
        items = tuple(
            Item(epoch=each.epoch, seq=each.seq, kind=each.kind, id=each.record_id, digest=each.digest)
            for each in entries
        )
        envelope = Envelope(wire=PROTOCOL, items=items, texts=texts)
        packed = pack_batch(envelope, [each.record for each in entries], frames)
        self._file.write(self._writer.batch(packed, records=len(entries), frames=len(frames)))
