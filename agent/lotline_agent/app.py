"""The station agent, built: every room is handed what it needs, and all of them end in good order."""

import secrets
import threading
from types import TracebackType
from typing import Self

import structlog

from lotline_agent.config.load import Setup
from lotline_agent.execution.board import Board, first_view
from lotline_agent.execution.scan_sources import ScannerThread, read_standard_input
from lotline_agent.execution.screen import LiveScreen
from lotline_agent.execution.sessions import Bench
from lotline_agent.execution.station import Station
from lotline_agent.panel.server import PanelServer
from lotline_agent.ports import SyncView
from lotline_agent.store.care import MEGABYTE
from lotline_agent.store.station_store import StationStore
from lotline_agent.sync.client import ServerClient
from lotline_agent.sync.pairing import read_credentials
from lotline_agent.sync.worker import SyncWorker

_REST_S = 0.5
_log = structlog.get_logger("agent")


class Agent:
    """One station, from its open store to its panel. Use as a context; `run` serves scans until `stop`."""

    def __init__(self, setup: Setup, *, scans_from_stdin: bool = False) -> None:
        """Open the store (raises StoreError), then build the rest; nothing is sent to an instrument yet."""
        section = setup.station.station
        self.setup = setup
        self.store = StationStore(
            setup.data,
            floor_bytes=section.floor_mb * MEGABYTE,
            ballast_bytes=section.ballast_mb * MEGABYTE,
            keep_days=section.keep_days,
        )
        self.screen = LiveScreen(first_view(setup), self._scan)
        self._board = Board(setup, self.store, self.screen)
        self._bench = Bench(setup.station.instruments)
        self._station = Station(setup, self.store, self._bench, self._board, self._recorded)
        self.panel = PanelServer(self.screen, secrets.token_urlsafe(24), setup.station.panel.port)
        self._scanner = (
            ScannerThread(setup.station.scanner, self._scan, self._board.notice)
            if setup.station.scanner
            else None
        )
        self._scans_from_stdin = scans_from_stdin
        self._sync = self._make_sync()
        self._rest_now = threading.Event()
        self._stopping = threading.Event()
        self._resting = threading.Thread(target=self._rest, name="archive", daemon=True)

    def _make_sync(self) -> SyncWorker | None:
        server = self.setup.station.server
        if server is None:
            self._board.synced(SyncView(state="local", waiting=0, parked=0, text="kept at this station"))
            return None
        credentials = read_credentials(self.setup.data)
        if credentials is None or credentials.server != server.url:
            waiting = self.store.outbox.backlog().pending
            # A token is for the server that gave it; no other address ever sees it.
            why = "not paired" if credentials is None else f"paired with {credentials.server}, not"
            text = f"{waiting} waiting, {why} with {server.url}: lotline-agent pair"
            self._board.synced(SyncView(state="unpaired", waiting=waiting, parked=0, text=text))
            return None
        client = ServerClient(server.url, credentials.token, ca=credentials.ca)
        return SyncWorker(self.store, client, self._board.synced)

    def _scan(self, text: str) -> None:
        self._station.scan(text)

    def _recorded(self) -> None:
        """A run or an event is durable: send it, and archive it when there is time."""
        if self._sync is not None:
            self._sync.wake()
        self._rest_now.set()

    def _rest(self) -> None:
        """Seal, release and checkpoint whenever no unit is being tested."""
        server = self.setup.station.server is not None
        while not self._stopping.is_set():
            self._rest_now.wait(_REST_S)
            self._rest_now.clear()
            if self._sync is not None:
                self._sync.nudge()
            while self._station.idle and not self._stopping.is_set():
                if not self.store.rest(server=server, alarm=lambda text: self._board.notice("alarm", text)):
                    break

    def __enter__(self) -> Self:
        self.panel.start()
        if self._sync is not None:
            self._sync.start()
        self._resting.start()
        if self._scanner is not None:
            self._scanner.start()
        if self._scans_from_stdin:
            read_standard_input(self._scan)
        return self

    def run(self) -> None:
        """Serve scans until `stop`; the current run is then finished or recorded as ABORTED."""
        _log.info("station_started", station=self.setup.station.station.name, panel=self.panel.url)
        self._station.run()

    @property
    def unrecorded(self) -> str | None:
        """The unit whose run could not be kept when the station was stopped; None where all was."""
        return self._station.unrecorded

    def stop(self) -> None:
        """End `run`, from any thread or signal handler."""
        self._station.stop()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._rest_now.set()
        if self._scanner is not None:
            self._scanner.stop()
        if self._sync is not None:
            self._sync.stop()
        if self._resting.is_alive():
            self._resting.join(10.0)
        self._bench.close()
        self.panel.stop()
        self.store.close()
