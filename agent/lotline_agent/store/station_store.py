"""The store of one station, opened: its lock, database, journal, outbox, archive, facts and history."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from lotline_agent.store import parked
from lotline_agent.store.archive import Archive, made_again
from lotline_agent.store.care import MEGABYTE, check_floor, keep_ballast, release_ballast
from lotline_agent.store.clock import utc_now
from lotline_agent.store.database import Database
from lotline_agent.store.errors import StoreDamaged, StoreError, StoreInUse, StoreMisconfigured
from lotline_agent.store.facts import FactsCache
from lotline_agent.store.files import make_folder
from lotline_agent.store.history import History
from lotline_agent.store.journal import TROUBLE, Entry, RunJournal, read_entries
from lotline_agent.store.lock import FolderLock
from lotline_agent.store.outbox import Outbox
from lotline_agent.store.retention import Retention
from lotline_agent.store.wishes import Wish, grant_all
from lotline_contract.ids import new_epoch
from lotline_contract.outcome import Cause, Outcome, roll_up
from lotline_contract.record import Event, Run, Step, parse_run

DATABASE_NAME = "station.sqlite3"


class Recovered(NamedTuple):
    """A run that the station did not finish; it was closed as ABORTED and the unit must be scanned again."""

    serial_number: str
    run_id: str


class StationStore:
    """Everything the station remembers. Opening it begins a new epoch and closes what was left open.

    folder: the station's data folder, on a local disk
    floor_bytes: no run starts with less free disk. ballast_bytes: a reserve, thrown off on a full disk
    keep_days: how long the bytes stay here that the server has acknowledged; 0 means for ever
    """

    def __init__(
        self,
        folder: Path,
        *,
        floor_bytes: int = 500_000_000,
        ballast_bytes: int = 16_000_000,
        keep_days: int = 0,
    ) -> None:
        self.folder = folder
        self._keep_days = keep_days
        self.floor_bytes = floor_bytes
        self._ballast_bytes = ballast_bytes if floor_bytes else 0
        try:
            make_folder(folder)
            self._lock = FolderLock(folder)
        except OSError as error:
            raise StoreError(f"The data folder {folder} cannot be used: {error.strerror}") from error
        try:
            self._open_or_make_room()
        except BaseException:
            self._lock.release()
            raise

    def _open_or_make_room(self) -> None:
        """Open; where the disk refuses, once more without the ballast."""
        try:
            self._open()
        except (StoreInUse, StoreDamaged, StoreMisconfigured):
            raise
        except TROUBLE as error:
            if not release_ballast(self.folder):
                raise StoreError(self._unopened(error)) from error
            try:
                self._open()
            except TROUBLE as again:
                raise StoreError(self._unopened(again)) from again

    def _unopened(self, error: Exception) -> str:
        free = shutil.disk_usage(self.folder).free
        disk = "The disk is full. Make room, then start again. " if free < MEGABYTE else ""
        return f"{disk}The station's store in {self.folder} cannot be opened: {error}"

    def _open(self) -> None:
        self.database = Database(self.folder / DATABASE_NAME)
        try:
            self.outbox = Outbox(self.database)
            self.history = History(self.database)
            self.facts = FactsCache(self.database)
            self.archive = Archive(self.database, self.folder / "archive")
            self.retention = Retention(self.database, self.outbox, self.archive.folder, self._keep_days)
            self.epoch = self._begin_epoch()
            self.alarms = self.archive.tidy()
            self.recovered = self._close_open_runs()
        except BaseException:
            self.database.close()
            raise
        self._keep_ballast()

    def _keep_ballast(self) -> None:
        if self._ballast_bytes:
            keep_ballast(self.folder, self._ballast_bytes, self.floor_bytes)

    def _begin_epoch(self) -> int:
        """Name this life of the agent; the first commit of an epoch is FULL."""
        with self.database.durable() as connection:
            parent = connection.execute(
                "SELECT epoch, (SELECT coalesce(max(seq), 0) FROM outbox WHERE outbox.epoch = epoch.n) "
                "FROM epoch ORDER BY n DESC LIMIT 1"
            ).fetchone()
            cursor = connection.execute(
                "INSERT INTO epoch (epoch, parent, parent_last_seq, started_at) VALUES (?, ?, ?, ?)",
                (new_epoch(), *(parent or (None, None)), utc_now()),
            )
            return int(cursor.lastrowid or 0)

    def _close_open_runs(self) -> list[Recovered]:
        with self.database.lock:
            rows = self.database.connection.execute(
                "SELECT id, header FROM run WHERE closed_at IS NULL ORDER BY id"
            ).fetchall()
        recovered = []
        for row, header in rows:
            with self.database.lock:
                entries = read_entries(self.database.connection, row)
            run = _as_stopped(parse_run(header), entries)
            RunJournal(self.database, self.epoch, run, row).close(run)
            recovered.append(Recovered(run.serial_number, run.run_id))
        return recovered

    def begin(self, header: Run) -> RunJournal:
        """Begin a run, or raise DiskFloor or StoreError with a sentence for the operator."""
        check_floor(self.folder, self.floor_bytes)
        return RunJournal(self.database, self.epoch, header)

    def put_event(self, event: Event) -> None:
        """Record something that was no run; see Outbox.put_event."""
        self.outbox.put_event(self.epoch, event)

    def release_ballast(self) -> bool:
        """Throw off the reserve, as the first thing on a full disk."""
        return release_ballast(self.folder)

    def keep_document(self, text: str) -> str:
        """Keep the text of a plan or configuration for the server; gives its digest."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        with self.database.durable() as connection:
            connection.execute(
                "INSERT INTO document (digest, body) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING",
                (digest, text),
            )
        return digest

    def note(self, key: str) -> str | None:
        """Give a small remembered text; None where it was never set."""
        with self.database.lock:
            row = self.database.connection.execute("SELECT value FROM note WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_note(self, key: str, value: str) -> None:
        """Remember a small text, durably."""
        with self.database.durable() as connection:
            connection.execute(
                "INSERT INTO note (key, value) VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, value),
            )

    def rest(self, *, server: bool, alarm: Callable[[str], None]) -> bool:
        """Do one bounded piece of the work for idle moments; True where more is waiting.

        Grants what a person asked for, or seals a run, or releases what is sealed and acknowledged, or lets
        go what is old, or checkpoints a grown WAL.
        """
        try:
            if grant_all(self.folder, self.grant):
                return True
            for row in self.archive.waiting(most=1):
                self._seal(row, alarm)
                return True
            released = self.archive.release(server=server)
            while self.archive.found_damaged:
                alarm(made_again(self.archive.found_damaged.pop(0)))
            if released or self.retention.let_go():
                return True
            if self.database.grown():
                self.database.checkpoint()
            self._keep_ballast()
        except TROUBLE as error:
            alarm(f"The archive is behind: {error}")
        return False

    def grant(self, wish: Wish) -> None:
        """Do with a parked record what a person asked for. Raises ParkedError."""
        if wish.what == "retry":
            parked.retry(self.database, wish.record_id)
        else:
            parked.discard(
                self.database,
                self.epoch,
                wish.record_id,
                reason=wish.reason,
                who=wish.who,
                station=wish.station,
            )

    def _seal(self, row: int, alarm: Callable[[str], None]) -> None:
        """Seal a run, or set it aside with an alarm, so that one that cannot be sealed stops nobody."""
        try:
            self.archive.seal(row)
        except (ValueError, LookupError) as error:
            self.archive.set_aside(row)
            alarm(f"A run cannot be archived; its vectors stay in the database. {self._name(row)}: {error}")

    def _name(self, row: int) -> str:
        with self.database.lock:
            found = self.database.connection.execute(
                "SELECT serial_number, run_id FROM run WHERE id = ?", (row,)
            ).fetchone()
        return f"unit {found[0]}, run {found[1]}"

    def close(self) -> None:
        """Close the database and let the folder go."""
        self.database.close()
        self._lock.release()


def _as_stopped(header: Run, entries: list[Entry]) -> Run:
    """Make of a run that was left open the record of an aborted one, with all it had measured."""
    steps: list[Step] = []
    for entry in entries:
        if steps and (steps[-1].name, steps[-1].group) == (entry.step, entry.group):
            last = steps[-1]
            measurements = (*last.measurements, entry.measurement)
            steps[-1] = msgspec.structs.replace(
                last,
                measurements=measurements,
                outcome=roll_up(measurement.outcome for measurement in measurements),
            )
        else:
            steps.append(
                Step(
                    name=entry.step,
                    group=entry.group,
                    outcome=roll_up([entry.measurement.outcome]),
                    started_s=0.0,
                    duration_s=0.0,
                    measurements=(entry.measurement,),
                )
            )
    errors = Outcome.ERROR in {step.outcome for step in steps}
    return msgspec.structs.replace(
        header,
        outcome=Outcome.ERROR if errors else Outcome.ABORTED,
        cause=Cause.STATION_STOPPED,
        message="The station stopped during this run.",
        steps=tuple(steps),
    )
