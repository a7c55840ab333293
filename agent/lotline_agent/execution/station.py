"""The operator's loop: scan, test, make the run durable, draw the verdict. In that order."""

import queue
import threading
from collections.abc import Callable
from typing import NamedTuple

from lotline_agent.config.load import Setup
from lotline_agent.execution.board import Board
from lotline_agent.execution.interlock import Decision, decide
from lotline_agent.execution.measuring import bounded
from lotline_agent.execution.recording import RunRecording
from lotline_agent.execution.run_plan import BY_OPERATOR, BY_STATION, run_plan
from lotline_agent.execution.sessions import Bench
from lotline_agent.store.clock import utc_now, utc_offset_min
from lotline_agent.store.errors import NotRecorded
from lotline_agent.store.journal import TROUBLE
from lotline_agent.store.station_store import StationStore
from lotline_agent.version import AGENT_VERSION
from lotline_contract.identity import ScanRefused, normalise_serial
from lotline_contract.ids import uuid7
from lotline_contract.outcome import Cause, Outcome
from lotline_contract.record import Event, Plan, Run, Versions
from lotline_contract.record import Station as StationRecord

ABORT = "#ABORT"


class Documents(NamedTuple):
    """Digests of the texts under which this station records."""

    station: str
    plan: str


class Station:
    """One bench and one operator. `run` is the loop; `scan` may be called from any thread."""

    def __init__(
        self,
        setup: Setup,
        store: StationStore,
        bench: Bench,
        board: Board,
        recorded: Callable[[], None],
        *,
        retry_s: float = 2.0,
        prepare_again_s: float = 5.0,
    ) -> None:
        """recorded: called whenever something has become durable; must return at once.

        retry_s: between attempts to keep a run that is not recorded
        prepare_again_s: between attempts to reach an instrument that blocks the station
        unrecorded: the unit whose run could not be kept when the station was stopped; None where all was
        """
        self.unrecorded: str | None = None
        self._retry_s, self._prepare_again_s = retry_s, prepare_again_s
        self._setup = setup
        self._recorded = recorded
        self._store = store
        self._bench = bench
        self._board = board
        self._scans: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._abort = threading.Event()
        self._stopping = threading.Event()
        self._taking = threading.Lock()
        self._busy = self._is_serving = False
        self._documents = Documents(
            store.keep_document(setup.station_text), store.keep_document(setup.plan_text)
        )

    @property
    def idle(self) -> bool:
        """Tell whether no run is in progress."""
        return not self._busy

    def scan(self, text: str) -> None:
        """Take a scan exactly as it came. During a run only #ABORT is taken, the rest is refused aloud."""
        with self._taking:
            is_first, self._busy = not self._busy, True
            is_abort = not is_first and text.strip() == ABORT
            if is_abort:
                self._abort.set()
        if is_first:
            self._scans.put(text)
        elif is_abort:
            self._board.notice("info", "Stopping the test …")
        else:
            self._board.notice("refused", self._board.refusal_while_busy())

    def stop(self) -> None:
        """End the loop: the current run is aborted, recorded, and then `run` returns."""
        self._stopping.set()
        self._abort.set()
        self._scans.put(None)

    def run(self) -> None:
        """Prepare the bench, then serve scan after scan until `stop`."""
        try:
            ready = self._prepare()
            while not self._stopping.is_set():
                try:
                    scan = self._scans.get(timeout=None if ready else self._prepare_again_s)
                except queue.Empty:
                    ready = self._prepare()
                    continue
                if scan is None:
                    break
                self._is_serving = True
                try:
                    ready = self._take(scan, ready)
                finally:
                    self._free()
        finally:
            self._bench.make_safe()

    def _free(self) -> None:
        """Let the next scan in. Done before the answer is drawn: who sees it may scan at once."""
        if self._is_serving:
            self._is_serving = False
            with self._taking:
                self._abort.clear()
                self._busy = False

    def _take(self, scan: str, ready: bool) -> bool:
        """Do what a scan asks for; True where the next one can be taken at once."""
        if scan.strip() == ABORT:
            self._free()
            self._board.notice("refused", "No test is running.")
            return ready
        return (ready or self._prepare()) and self._serve(scan)

    def _prepare(self) -> bool:
        """Identify every instrument and make it safe; says in red which one is not."""
        self._board.starting()
        troubles = self._bench.prepare(only_troubled=True)
        if troubles:
            self._board.blocked(" ".join(troubles))
        else:
            self._board.ready(self._store.recovered)
        return not troubles

    def _serve(self, scan: str) -> bool:
        """Serve one scan; False where the bench must be prepared again before the next."""
        try:
            serial_number = normalise_serial(scan)
        except ScanRefused as refused:
            self._deny(scan, None, Decision("DENY", (str(refused),), None))
            return True
        plan = self._setup.plan.plan
        decision = decide(
            serial_number,
            part_number=plan.part_number,
            operation=plan.operation,
            facts=self._store.facts.get(),
            has_server=self._setup.station.server is not None,
        )
        if decision.decision == "DENY":
            self._deny(scan, serial_number, decision)
            return True
        try:
            recording = RunRecording(self._store, self._header(scan, serial_number, decision))
        except TROUBLE as error:
            self._free()
            self._board.refused(f"No test can start: {error}")
            return True
        return self._test(recording)

    def _test(self, recording: RunRecording) -> bool:
        header = recording.header
        self._store.recovered = [
            each for each in self._store.recovered if each.serial_number != header.serial_number
        ]
        self._board.running(header)
        run = run_plan(
            self._setup.steps,
            self._bench,
            recording,
            self._abort,
            self._board,
            who_aborts=lambda: BY_STATION if self._stopping.is_set() else BY_OPERATOR,
            stop_after_fail=self._setup.plan.plan.after_fail == "stop",
        )
        if self._make_durable(recording):
            self._free()
            self._board.verdict(run)
            self._recorded()
        return all(session.trouble is None for session in self._bench.sessions.values())

    def _make_durable(self, recording: RunRecording) -> bool:
        """Close the run and hold the unit until that has succeeded; False where the station was stopped."""
        try:
            recording.close()
        except NotRecorded as error:
            self._board.not_recorded(recording.finished or recording.header, str(error))
        else:
            return True
        while True:
            # A station that is being stopped tries once more, at once.
            is_last = self._stopping.wait(self._retry_s)
            self._store.release_ballast()
            try:
                recording.rewrite()
            except NotRecorded as error:
                self._board.not_recorded(recording.finished or recording.header, str(error))
                if is_last:
                    self.unrecorded = recording.header.serial_number
                    return False
            else:
                return True

    def _deny(self, scan: str, serial_number: str | None, decision: Decision) -> None:
        self._free()
        self._board.refused(decision.reasons[0])
        plan = self._setup.plan.plan
        event = Event(
            record=1,
            event_id=uuid7(),
            event="denied",
            station=self._setup.station.station.name,
            at=utc_now(),
            scan=bounded(scan[:256]),
            reasons=decision.reasons,
            serial_number=serial_number,
            part_number=plan.part_number,
            lot=decision.lot.lot if decision.lot else None,
            operator=self._setup.station.station.operator,
            facts_age_s=decision.facts_age_s,
        )
        try:
            self._store.put_event(event)
        except TROUBLE as error:
            self._board.notice("alarm", f"The refusal could not be written down: {error}")
        else:
            self._recorded()

    def _header(self, scan: str, serial_number: str, decision: Decision) -> Run:
        """Give the run as it stands before its first step: ABORTED, should nothing more come."""
        plan = self._setup.plan.plan
        station = self._setup.station.station
        attempts = self._store.history.counted_runs(serial_number, plan.part_number, plan.operation)
        return Run(
            record=1,
            run_id=uuid7(),
            station=StationRecord(
                name=station.name, utc_offset_min=utc_offset_min(), config_digest=self._documents.station
            ),
            serial_number=serial_number,
            scan=bounded(scan[:256]),
            part_number=plan.part_number,
            operation=plan.operation,
            plan=Plan(name=plan.name, version=plan.version, digest=self._documents.plan),
            versions=Versions(agent=AGENT_VERSION),
            started_at=utc_now(),
            duration_s=0.0,
            outcome=Outcome.ABORTED,
            cause=Cause.STATION_STOPPED,
            revision=decision.lot.revision if decision.lot else None,
            lot=decision.lot.lot if decision.lot else None,
            operator=station.operator,
            local_attempt=attempts + 1,
            interlock=decision.record(),
            instruments=self._bench.records(),
        )
