"""A station in the simulator: its real store and its real sync, which may be killed, copied and put back."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from tests.agent.records import finished, header, journal_all, scalar, vector, waveform
from tests.simulator.network import Network

from lotline_agent.ports import SyncView
from lotline_agent.store import sqlite
from lotline_agent.store.errors import NotRecorded
from lotline_agent.store.station_store import StationStore
from lotline_agent.sync.client import ServerClient
from lotline_agent.sync.worker import SyncWorker
from lotline_contract.record import Run

URL = "http://simulated"


@dataclass(kw_only=True)
class Recorded:
    """A run whose verdict somebody saw. poison: the server cannot take it and must say so."""

    run_id: str
    digest: str
    serial_number: str
    counts: bool
    poison: bool = False


@dataclass(kw_only=True)
class SimStation:
    """One station's disk and the process on it.

    seen: every run with a verdict, by run_id. left_open: every run that ended without one
    stopped: those of them that a restart closed as ABORTED
    lost: runs that stood only on a disk that was put back from an older image
    """

    name: str
    token: str
    folder: Path
    network: Network
    seen: dict[str, Recorded] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    left_open: dict[str, Recorded] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    images: list[Path] = field(default_factory=list)
    store: StationStore | None = None
    serial: int = 0

    def start(self) -> None:
        """Start the agent: a new epoch, and what was left open is closed."""
        if self.store is not None:
            return
        self.store = StationStore(self.folder, floor_bytes=0)
        self.stopped |= {each.run_id for each in self.store.recovered}
        client = ServerClient(URL, self.token, transport=self.network.transport())
        self.worker = SyncWorker(self.store, client, _ignore, wait_s=lambda _n: 0.0)

    def kill(self) -> None:
        """End the process at once; the disk keeps what was committed."""
        if self.store is not None:
            self.store.close()
            self.store = None

    def look(self) -> None:
        """Let the sync do one round, whatever comes of it."""
        if self.store is not None:
            self.worker.try_once()

    def believed(self) -> set[tuple[str, int]]:
        """Give every (epoch, seq) that this station takes for safe at the server as it is now."""
        generation = self.network.server.deps.generation
        rows = self.rows(
            "SELECT epoch.epoch, seq, generation FROM outbox JOIN epoch ON epoch.n = outbox.epoch "
            "WHERE state = 'acknowledged'"
        )
        return {(str(epoch), int(str(seq))) for epoch, seq, said in rows if said == generation}

    def record(self, serial_number: str, *, trouble: str = "", points: int = 0, poison: bool = False) -> None:
        """Test one unit. trouble: "killed" while it runs or while it "commits", or the disk "fails" once."""
        if self.store is None:
            return
        self.serial += 1
        head = header(serial_number)
        station = msgspec.structs.replace(head.station, name="SOMEBODY-ELSE" if poison else self.name)
        head = msgspec.structs.replace(head, station=station)
        value = 3.3 if self.serial % 4 else 4.2
        taken = [scalar(0, value)]
        if points:
            taken.append(vector(1, waveform(points, seed=self.serial)))
        journal = journal_all(self.store, head, taken)
        run = finished(head, taken)
        if trouble == "killed":
            self._left_open(run)
            return
        try:
            with _broken_commit(self.store) if trouble else nullcontext():
                closed = journal.close(run)
        except NotRecorded:
            if trouble == "commits":
                self._left_open(run)
                return
            closed = journal.rewrite(run)
        self._saw(run, closed.digest, poison=poison)

    def _left_open(self, run: Run) -> None:
        """Kill the agent in the middle of this run. A FAIL that it holds counts all the same."""
        self.left_open[run.run_id] = Recorded(
            run_id=run.run_id, digest="", serial_number=run.serial_number, counts=str(run.outcome) == "FAIL"
        )
        self.kill()

    def _saw(self, run: Run, digest: str, *, poison: bool) -> None:
        self.seen[run.run_id] = Recorded(
            run_id=run.run_id, digest=digest, serial_number=run.serial_number,
            counts=str(run.outcome) in {"PASS", "FAIL"}, poison=poison,
        )  # fmt: skip

    def take_image(self) -> None:
        """Copy the disk, as an imaging tool does while the agent is off."""
        was_on = self.store is not None
        self.kill()
        image = self.folder.parent / f"{self.folder.name}-image-{len(self.images)}"
        shutil.copytree(self.folder, image)
        self.images.append(image)
        if was_on:
            self.start()

    def put_back(self, choice: int) -> None:
        """Put an older image in the place of the disk: what only the disk held is gone with it."""
        if not self.images:
            return
        self.kill()
        shutil.rmtree(self.folder)
        shutil.copytree(self.images[choice % len(self.images)], self.folder)
        self.start()
        assert self.store is not None
        here = {run_id for (run_id,) in self.rows("SELECT run_id FROM run")}
        self.lost |= {run_id for run_id in (*self.seen, *self.stopped) if run_id not in here}

    def clone(self, folder: Path) -> "SimStation":
        """Give a second machine with a copy of this one's disk, its token included."""
        was_on = self.store is not None
        self.kill()
        shutil.copytree(self.folder, folder)
        if was_on:
            self.start()
        return SimStation(
            name=self.name, token=self.token, folder=folder, network=self.network, serial=self.serial + 100
        )

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Read the station's own database."""
        assert self.store is not None
        connection = self.store.database.reader()
        try:
            return list(connection.execute(sql))
        finally:
            connection.close()


@contextmanager
def _broken_commit(store: StationStore) -> Iterator[None]:
    """Let the disk fail at the end of the next durable transaction, before anything of it is kept."""
    database = store.database
    whole = database.durable

    @contextmanager
    def failing() -> Iterator[sqlite.Connection]:
        with whole() as connection:
            yield connection
            raise sqlite.OperationalError("disk I/O error")

    database.durable = failing  # type: ignore[method-assign]
    try:
        yield
    finally:
        database.durable = whole  # type: ignore[method-assign]


def _ignore(_view: SyncView) -> None:
    """The badge; nobody looks at it here."""
