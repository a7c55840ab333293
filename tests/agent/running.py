"""A station at work: real store, real sessions, the loop on a thread of its own, and its screen watched."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from lotline_agent.config.load import load
from lotline_agent.execution.board import Board, first_view
from lotline_agent.execution.screen import LiveScreen
from lotline_agent.execution.sessions import Bench
from lotline_agent.execution.station import Station
from lotline_agent.ports import StationView
from lotline_agent.store.history import all_runs
from lotline_agent.store.station_store import StationStore
from lotline_contract.record import Event, Run, parse_event

VERDICTS = {"PASS", "FAIL", "ERROR", "ABORTED"}


class Running:
    """A station that serves scans until the `with` block ends.

    seen: every view the screen showed, in order; none is left out
    """

    def __init__(self, config: Path, *, floor_bytes: int = 0) -> None:
        self.setup = load(config)
        self.store = StationStore(self.setup.data, floor_bytes=floor_bytes, ballast_bytes=0)
        self.seen: list[StationView] = []
        self._shown = threading.Condition()
        self._recorded = threading.Semaphore(0)
        self._failure: BaseException | None = None
        self.screen = _Watched(self)
        self.bench = Bench(self.setup.station.instruments)
        self.board = Board(self.setup, self.store, self.screen)
        self.station = Station(
            self.setup,
            self.store,
            self.bench,
            self.board,
            self._count,
            retry_s=0.1,
            prepare_again_s=0.2,
        )
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _count(self) -> None:
        self._recorded.release()

    def _run(self) -> None:
        try:
            self.station.run()
        except BaseException as error:  # noqa: BLE001 - told to the test
            self._failure = error
            with self._shown:
                self._shown.notify_all()

    def show(self, view: StationView) -> None:
        """Keep what the screen shows now."""
        with self._shown:
            self.seen.append(view)
            self._shown.notify_all()

    def wait(
        self, fits: Callable[[StationView], object], *, since: int = 0, timeout_s: float = 20.0
    ) -> StationView:
        """Give the first view that fits and is newer than that version, as soon as it was shown."""

        def found() -> StationView | None:
            return next((view for view in self.seen if view.version > since and fits(view)), None)

        with self._shown:
            self._shown.wait_for(lambda: found() or self._failure, timeout_s)
            view = found()
        if view is None:
            what = f"since version {since} only {[(view.phase, view.notice) for view in self.seen]}"
            raise AssertionError(what) from self._failure
        return view

    def wait_recorded(self, count: int, timeout_s: float = 20.0) -> None:
        """Wait until the station has said so often that something became durable."""
        for _ in range(count):
            assert self._recorded.acquire(timeout=timeout_s), "the station never said that it was recorded"

    def wait_phase(self, *phases: str, since: int = 0, timeout_s: float = 20.0) -> StationView:
        return self.wait(lambda view: view.phase in phases, since=since, timeout_s=timeout_s)

    def scan(self, text: str) -> int:
        """Scan; gives the version of the view before."""
        before = self.screen.view().version
        self.station.scan(text)
        return before

    def test(self, serial_number: str = "GW2-000001", *, timeout_s: float = 30.0) -> tuple[StationView, Run]:
        """Scan a unit, wait for its verdict; gives what the screen shows and the run as it was recorded."""
        running = self.wait_phase("RUNNING", since=self.scan(serial_number), timeout_s=timeout_s)
        view = self.wait_phase(*VERDICTS, since=running.version, timeout_s=timeout_s)
        return view, self.runs()[-1]

    def runs(self) -> list[Run]:
        with self.store.database.lock:
            past = all_runs(self.store.database.connection)
        return [run for run in (each.run() for each in past) if run is not None]

    def events(self) -> list[Event]:
        with self.store.database.lock:
            rows = self.store.database.connection.execute(
                "SELECT record FROM outbox WHERE kind = 'event' ORDER BY id"
            ).fetchall()
        return [parse_event(record) for (record,) in rows]

    def stop(self, timeout_s: float = 30.0) -> None:
        """End the loop and wait for it."""
        self.station.stop()
        self._thread.join(timeout_s)
        assert not self._thread.is_alive(), "the station did not stop"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        finally:
            self.bench.close()
            self.store.close()
        if self._failure is not None and error is None:
            raise AssertionError("the station's loop ended") from self._failure


class _Watched(LiveScreen):
    """The real screen, which also keeps every view it showed and what the store then held."""

    def __init__(self, running: Running) -> None:
        super().__init__(first_view(running.setup), self._hand_over)
        self._running = running

    def _hand_over(self, text: str) -> None:
        self._running.station.scan(text)

    def update(self, **changes: object) -> StationView:
        view = super().update(**changes)
        self._running.show(view)
        return view
