"""What the station's loop says to the people in front of it. Draws; decides nothing."""

import time
from datetime import datetime

from lotline_agent.config.load import Setup
from lotline_agent.execution.screen import LiveScreen
from lotline_agent.execution.wording import INSTRUCTIONS, fault_of, instruction_for, phase_of, rows_of
from lotline_agent.ports import LastUnit, LotView, Notice, Row, RunView, StationView, SyncView
from lotline_agent.store.history import History
from lotline_agent.store.journal import TROUBLE
from lotline_agent.store.station_store import Recovered, StationStore
from lotline_contract.outcome import Cause, Outcome
from lotline_contract.record import Run, Step

LAST_UNITS = 8
_WAITING = SyncView(state="local", waiting=0, parked=0, text="starting")


def first_view(setup: Setup) -> StationView:
    """Give the screen as it is before anything has happened."""
    plan, station = setup.plan.plan, setup.station.station
    return StationView(
        version=1,
        phase="STARTING",
        instruction=INSTRUCTIONS["STARTING"],
        station=station.name,
        operator=station.operator,
        plan=plan.name,
        plan_version=plan.version,
        part_number=plan.part_number,
        operation=plan.operation,
        sync=_WAITING,
    )


class Board:
    """The station's voice. Implements run_plan.Watcher."""

    def __init__(self, setup: Setup, store: StationStore, screen: LiveScreen) -> None:
        self._setup = setup
        self._store = store
        self._screen = screen
        self._run: Run | None = None
        self._rows: list[Row] = []
        self._began = 0.0
        self._expected: float | None = None
        self._step = (0, "")
        self._danger: str | None = None
        self._verdicts: dict[str, Outcome] = {}
        self._verdicts_since = 0.0

    def starting(self) -> None:
        """Instruments are being identified."""
        self._screen.update(
            phase="STARTING", instruction=self._danger or INSTRUCTIONS["STARTING"], notice=None
        )

    def ready(self, recovered: list[Recovered]) -> None:
        """A unit may be scanned; names the one whose run the station did not finish."""
        self._danger = None
        notice = None
        if recovered:
            unit = recovered[-1].serial_number
            notice = Notice(
                kind="alarm", text=f"The station stopped while {unit} was being tested. Scan {unit} again."
            )
        elif self._store.alarms:
            notice = Notice(kind="alarm", text=" ".join(self._store.alarms))
        self._screen.update(
            phase="READY", instruction=INSTRUCTIONS["READY"], notice=notice, run=None, **self._counts()
        )

    def blocked(self, why: str) -> None:
        """No run may start. An output that may still be on stays said until all is known to be safe."""
        self._screen.update(
            phase="BLOCKED",
            instruction=self._danger or INSTRUCTIONS["BLOCKED"],
            notice=Notice(kind="alarm", text=why),
            run=None,
            **self._counts(),
        )

    def refused(self, why: str) -> None:
        """A scan started nothing; the old verdict is gone."""
        self._screen.update(
            phase="READY",
            instruction=INSTRUCTIONS["READY"],
            run=None,
            notice=Notice(kind="refused", text=why),
            **self._counts(),
        )

    def notice(self, kind: str, text: str) -> None:
        """Say one sentence beside what is shown."""
        self._screen.update(notice=Notice(kind=kind, text=text))  # type: ignore[arg-type]

    def refusal_while_busy(self) -> str:
        """Say why a scan is refused now."""
        match self._screen.view().phase:
            case "NOT_RECORDED":
                return "The last result is not saved yet. Do not move the unit; no test can start."
            case "STARTING":
                return "The station is getting ready. Wait, then scan again."
        return "A test is running. Wait for its result, or scan #ABORT to stop it."

    def running(self, header: Run) -> None:
        """A run has begun."""
        self._run, self._rows, self._began = header, [], time.monotonic()
        self._expected = self._usual_duration_s(header.operation)
        self._step = (0, "")
        self._screen.update(
            phase="RUNNING",
            instruction="Testing. Do not open the fixture.",
            notice=None,
            run=self._run_view(),
        )

    def _usual_duration_s(self, operation: str) -> float | None:
        try:
            return self._store.history.usual_duration_s(operation)
        except TROUBLE:
            return None

    def step_begins(self, number: int, name: str) -> None:
        """See run_plan.Watcher."""
        self._step = (number, name)
        self._screen.update(run=self._run_view())

    def step_ended(self, step: Step) -> None:
        """See run_plan.Watcher."""
        self._rows += rows_of(step)
        self._screen.update(run=self._run_view())

    def not_recorded(self, run: Run, why: str) -> None:
        """The run is over and is not durable."""
        self._danger = _danger_of(run)
        told = (self._danger, INSTRUCTIONS["NOT_RECORDED"])
        self._screen.update(
            phase="NOT_RECORDED",
            instruction=" ".join(each for each in told if each),
            run=self._run_view(),
            notice=Notice(kind="alarm", text=f"{run.serial_number}: {why}"),
        )

    def verdict(self, run: Run) -> None:
        """Draw the word. Called only with a run that is durable."""
        self._danger = _danger_of(run)
        self._verdicts[run.serial_number] = run.outcome
        fault = fault_of(run)
        self._screen.update(
            phase=phase_of(run.outcome),
            instruction=instruction_for(run),
            notice=Notice(kind="alarm", text=fault) if fault else None,
            run=self._run_view(),
        )
        self._screen.update(**self._counts())

    def synced(self, sync: SyncView) -> None:
        """The records have travelled, or not."""
        self._screen.update(sync=sync, lot=self._lot())

    def _run_view(self) -> RunView | None:
        if self._run is None:
            return None
        number, name = self._step
        return RunView(
            serial_number=self._run.serial_number,
            step_number=number,
            step_count=len(self._setup.steps),
            step_name=name,
            elapsed_s=time.monotonic() - self._began,
            expected_s=self._expected,
            rows=tuple(self._rows),
        )

    def _counts(self) -> dict[str, object]:
        """Give what stands beside the verdict; it is left as it was where the disk will not say."""
        try:
            return self._read_counts()
        except TROUBLE:
            return {}

    def _read_counts(self) -> dict[str, object]:
        history: History = self._store.history
        today = history.today(datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0))
        last = tuple(
            LastUnit(serial_number=past.serial_number, outcome=past.outcome, at=past.started_at)
            for past in history.last(LAST_UNITS)
            if past.outcome is not None
        )
        return {
            "last_units": last,
            "today_units": today.units,
            "today_first_pass": today.first_pass,
            "lot": self._lot(),
        }

    def _lot(self) -> LotView | None:
        """Give the lot of the unit last tested, or the first open one, our own verdicts on top."""
        facts = self._store.facts.get()
        if facts is None:
            return None
        part_number = self._setup.plan.plan.part_number
        name = self._run.lot if self._run else None
        open_lots = [lot for lot in facts.lots.values() if lot.open and lot.part_number == part_number]
        lot = facts.lots.get(name) if name else None
        lot = lot or (open_lots[0] if open_lots else None)
        if lot is None:
            return None
        if facts.as_of > self._verdicts_since:
            self._verdicts_since = facts.as_of
            self._verdicts = {} if self._all_sent() else self._verdicts
        part = facts.parts.get(part_number)
        passed = "completed" if part is None or len(part.route) == 1 else "in_progress"
        counts = {"completed": 0, "in_progress": 0, "failed": 0}
        for unit in facts.units_of.get(lot.lot, []):
            status = unit.status
            match self._verdicts.get(unit.serial_number):
                case Outcome.PASS:
                    status = passed
                case Outcome.FAIL:
                    status = "failed"
                case _:
                    pass
            if status in counts:
                counts[status] += 1
        return LotView(lot=lot.lot, target=lot.target, **counts)

    def _all_sent(self) -> bool:
        return self._store.outbox.backlog().pending == 0


def _danger_of(run: Run) -> str | None:
    return instruction_for(run) if run.cause is Cause.UNSAFE else None
