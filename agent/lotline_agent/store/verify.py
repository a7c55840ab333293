"""Looking at everything a station holds once more: each byte read, each digest taken again.

Nothing is written, nothing is locked: the agent may run meanwhile. What a look finds in passing (a run that
was closed since, a file sealed since) is never called damaged.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from lotline_agent.store import sqlite
from lotline_agent.store.database import open_reader
from lotline_agent.store.files import file_digest
from lotline_agent.store.outbox import discarded_at
from lotline_agent.store.walk import walk
from lotline_contract.frames import FrameError, decode_frame
from lotline_contract.record import RecordError, parse_event, parse_run, record_digest

MAX_TOLD = 200
Told = Callable[[str, int, int], None]
"""Is told what is looked at, how much of it is done and how much there is."""


class Lost(NamedTuple):
    """An archive file that is not what its row says. again: the journal still holds its frames."""

    run: int
    file: str
    what: str
    again: bool


@dataclass(slots=True)
class Report:
    """What is where. troubles: at most MAX_TOLD of them in words; `troubled` counts them all.

    counts: how many of what, by these words: see `lotline_agent.cli_care`
    lost: archive files that are missing or damaged
    """

    counts: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    troubled: int = 0
    lost: list[Lost] = field(default_factory=list)

    def trouble(self, text: str) -> None:
        """Note one thing that is not as it must be."""
        self.troubled += 1
        if len(self.troubles) < MAX_TOLD:
            self.troubles.append(text)


def verify(database: Path, archive: Path, told: Told) -> Report:
    """Read everything again. A damaged database is read as far as it can be."""
    look = _Look(open_reader(database), archive, told)
    try:
        look.whole()
    finally:
        look.connection.close()
    return look.report


class _Look:
    def __init__(self, connection: sqlite.Connection, archive: Path, told: Told) -> None:
        self.connection = connection
        self._archive = archive
        self._told = told
        self.report = Report()

    def whole(self) -> None:
        parts = (
            ("pages of the database", self._pages),
            ("vectors in the journal", self._frames),
            ("archive files", self._files),
            ("records", self._records),
            ("texts of plans", self._documents),
            ("sequence numbers", self._sequence),
            ("files without a row", self._strangers),
        )
        for what, part in parts:
            with self._surviving(what):
                part(what)

    @contextmanager
    def _surviving(self, what: str) -> Iterator[None]:
        try:
            yield
        except sqlite.DatabaseError as error:
            self.report.trouble(f"database: {what} cannot be read: {error}")

    def _count(self, table: str) -> int:
        try:
            return int(self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
        except sqlite.DatabaseError:
            return 0

    def _rows(self, what: str, columns: str, source: str, key: str, piece: int = 16) -> Iterator[tuple]:  # type: ignore[type-arg]
        total = self._count(source.split(maxsplit=1)[0])
        for done, row in enumerate(
            walk(self.connection, columns, source, key, self.report.trouble, piece=piece), 1
        ):
            yield row
            self._told(what, min(done, total), total)

    def _pages(self, what: str) -> None:
        self._told(what, 0, 1)
        for (said,) in self.connection.execute("PRAGMA quick_check(20)"):
            if said != "ok":
                self.report.trouble(f"database: {' '.join(said.split())}")
        self._told(what, 1, 1)

    def _frames(self, what: str) -> None:
        """A vector may be 64 MB unpacked: one at a time."""
        for key, run, digest, data in self._rows(what, "run, data_digest, data", "frame", "id", piece=1):
            try:
                header, _samples = decode_frame(data)
            except FrameError as error:
                self.report.trouble(
                    f"journal: a vector of {self._unit(run)} (frame {key}) is damaged: {error}"
                )
                continue
            if header.sha256 != digest:
                self.report.trouble(
                    f"journal: a vector of {self._unit(run)} (frame {key}) is another than named"
                )
            self.report.counts["vectors in the journal"] += 1

    def _files(self, what: str) -> None:
        for run, file, sha256, size in self._rows(what, "file, sha256, size", "archive", "run"):
            wrong = self._file_trouble(file, sha256, size)
            if wrong is None:
                self.report.counts["archive files"] += 1
                continue
            again = self._held(run)
            self.report.lost.append(Lost(run, file, wrong, again))
            then = "its vectors are in the journal: verify --repair" if again else self._elsewhere(run)
            self.report.trouble(f"archive: {file} {wrong}, of {self._unit(run)}; {then}")

    def _file_trouble(self, file: str, sha256: str, size: int) -> str | None:
        path = self._archive / file
        try:
            if path.stat().st_size == size and file_digest(path) == sha256:
                return None
        except FileNotFoundError:
            return "is missing"
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        return "is damaged"

    def _held(self, run: int) -> bool:
        """Tell whether the journal still holds every vector that a run's record names."""
        row = self.connection.execute(
            "SELECT record FROM outbox JOIN run ON run.run_id = outbox.record_id WHERE run.id = ?", (run,)
        ).fetchone()
        held = {d for (d,) in self.connection.execute("SELECT data_digest FROM frame WHERE run = ?", (run,))}
        try:
            return row is not None and bool(held) and _vectors(row[0]) <= held
        except RecordError:
            return False

    def _elsewhere(self, run: int) -> str:
        row = self.connection.execute(
            "SELECT state FROM outbox JOIN run ON run.run_id = outbox.record_id WHERE run.id = ?", (run,)
        ).fetchone()
        if row is not None and row[0] == "acknowledged":
            return "the server has its vectors: its page there gives them back"
        return "its vectors are LOST: neither the journal nor the server holds them"

    def _records(self, what: str) -> None:
        columns = f"kind, record_id, digest, record, state, {discarded_at(self.connection)}"
        for key, kind, record_id, digest, record, state, discarded in self._rows(
            what, columns, "outbox", "id"
        ):
            self.report.counts[kind] += 1
            if not record:
                self.report.counts["at the server only"] += 1
                continue
            self.report.counts["discarded" if discarded else state] += 1
            if record_digest(record) != digest:
                self.report.trouble(f"record: {kind} {record_id} (entry {key}) does not have its digest")
                continue
            try:
                named = parse_run(record).run_id if kind == "run" else parse_event(record).event_id
            except RecordError as error:
                self.report.trouble(f"record: {kind} {record_id} (entry {key}) cannot be read: {error}")
                continue
            if named != record_id:
                self.report.trouble(f"record: {kind} {record_id} (entry {key}) is that of {named}")
            if kind == "run":
                self._vectors_of(record_id, record)

    def _vectors_of(self, run_id: str, record: bytes) -> None:
        named = _vectors(record)
        if not named:
            return
        row = self.connection.execute(
            "SELECT run.id, archive.file FROM run LEFT JOIN archive ON archive.run = run.id WHERE run_id = ?",
            (run_id,),
        ).fetchone()
        if row is None:
            self.report.trouble(f"record: run {run_id} has no row of its own")
        elif row[1] is None:
            self.report.counts["not archived yet"] += 1
            held = self.connection.execute("SELECT data_digest FROM frame WHERE run = ?", row[:1]).fetchall()
            # Sealed since the row was read: then its file holds them.
            since = self.connection.execute("SELECT 1 FROM archive WHERE run = ?", row[:1]).fetchone()
            if since is None and not named <= {digest for (digest,) in held}:
                self.report.trouble(
                    f"record: vectors of {self._unit(row[0])} are neither journalled nor archived"
                )

    def _documents(self, what: str) -> None:
        for key, digest, body in self._rows(what, "digest, body", "document", "rowid"):
            if hashlib.sha256(body.encode()).hexdigest() != digest:
                self.report.trouble(
                    f"text {key}: the text of a plan or configuration does not have its digest"
                )
            self.report.counts["texts"] += 1

    def _sequence(self, what: str) -> None:
        """An epoch's numbers are 1, 2, 3 … : a number that is missing is a record that is gone."""
        rows = self.connection.execute(
            "SELECT epoch.epoch, count(seq), coalesce(max(seq), 0) FROM epoch "
            "LEFT JOIN outbox ON outbox.epoch = epoch.n GROUP BY epoch.n"
        )
        for epoch, count, last in rows:
            if count != last:
                self.report.trouble(
                    f"sequence: {last - count} of the {last} records of epoch {epoch} are gone"
                )
        self._told(what, 1, 1)

    def _strangers(self, what: str) -> None:
        for path in self._archive.rglob("*"):
            name = path.relative_to(self._archive).as_posix()
            if path.is_file() and path.suffix == ".h5":
                known = self.connection.execute("SELECT 1 FROM archive WHERE file = ?", (name,)).fetchone()
                self.report.counts["files without a row"] += known is None
        self._told(what, 1, 1)

    def _unit(self, run: int) -> str:
        try:
            row = self.connection.execute(
                "SELECT serial_number, run_id FROM run WHERE id = ?", (run,)
            ).fetchone()
        except sqlite.DatabaseError:
            row = None
        return f"run row {run}" if row is None else f"unit {row[0]}, run {row[1]}"


def _vectors(record: bytes) -> set[str]:
    if b'"data_digest"' not in record:
        return set()
    return {each.vector.data_digest for each in parse_run(record).measurements() if each.vector}
