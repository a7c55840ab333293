"""The run loop: setup, main, teardown, and outputs made safe whatever happened."""

import threading
from collections.abc import Callable
from typing import Protocol

from lotline_agent.config.load import ReadyStep
from lotline_agent.config.plan import Group
from lotline_agent.execution.recording import RunRecording, StepRecording
from lotline_agent.execution.sessions import Bench, SessionLost
from lotline_contract.outcome import Cause, Outcome, severity
from lotline_contract.record import Run, Step
from lotline_drivers.errors import InstrumentError

BY_OPERATOR = (Cause.OPERATOR, "Stopped by the operator.")
BY_STATION = (Cause.STATION_STOPPED, "The station was stopped during this run.")
"""Who ended a run early."""


class Watcher(Protocol):
    """Who looks on while a run is running."""

    def step_begins(self, number: int, name: str) -> None:
        """Step `number`, counted from 1, is the current one."""

    def step_ended(self, step: Step) -> None:
        """A step is recorded."""


def run_plan(
    steps: tuple[ReadyStep, ...],
    bench: Bench,
    recording: RunRecording,
    abort: threading.Event,
    watcher: Watcher,
    *,
    stop_after_fail: bool = False,
    who_aborts: Callable[[], tuple[Cause, str]] = lambda: BY_OPERATOR,
) -> Run:
    """Run a plan and give the finished, not yet durable, run. Instruments are safe on return, or named.

    Never raises for what instruments, steps or the operator do: that is the run's outcome.
    stop_after_fail: the first FAIL in main ends it; who_aborts: asked once `abort` is set
    """
    stops_at = Outcome.FAIL if stop_after_fail else Outcome.ABORTED
    loop = _Loop(bench, recording, abort, watcher, stops_at=stops_at, who_aborts=who_aborts)
    numbered = list(enumerate(steps, start=1))
    at_least: tuple[Outcome, Cause, str] | None = None
    try:
        try:
            if loop.run(numbered, "setup"):
                loop.run(numbered, "main")
            else:
                loop.skip(numbered, "main")
        finally:
            loop.run(numbered, "teardown")
    except Exception as error:  # noqa: BLE001 - the rim: a fault of our own is an ERROR run, not a lost one
        at_least = (Outcome.ERROR, Cause.STEP_CODE, f"{type(error).__name__}: {error}")
    finally:
        unsafe = bench.make_safe()
    if unsafe:
        at_least = (Outcome.ERROR, Cause.UNSAFE, "Outputs may still be on. " + " ".join(unsafe))
    elif at_least is None and abort.is_set():
        at_least = (Outcome.ABORTED, *who_aborts())
    return recording.finish(
        at_least=at_least, instruments=bench.records(), firmware=_firmware(steps, recording)
    )


class _Loop:
    def __init__(
        self,
        bench: Bench,
        recording: RunRecording,
        abort: threading.Event,
        watcher: Watcher,
        *,
        stops_at: Outcome,
        who_aborts: Callable[[], tuple[Cause, str]],
    ) -> None:
        self._who_aborts = who_aborts
        self._stops_at = severity(stops_at)
        self._bench = bench
        self._recording = recording
        self._abort = abort
        self._watcher = watcher

    def run(self, steps: list[tuple[int, ReadyStep]], group: Group) -> bool:
        """Run a group; False where an outcome or the operator ended it early. Teardown never ends early."""
        stopped = False
        for number, ready in steps:
            if ready.group != group:
                continue
            if stopped or (self._abort.is_set() and group != "teardown"):
                self._recording.skip(ready)
                stopped = True
            else:
                self._watcher.step_begins(number, ready.spec.name)
                self._run_step(ready)
                worst = self._recording.steps[-1].outcome
                stopped = group != "teardown" and severity(worst) >= self._stops_at
            self._watcher.step_ended(self._recording.steps[-1])
        return not stopped

    def skip(self, steps: list[tuple[int, ReadyStep]], group: Group) -> None:
        for _, ready in steps:
            if ready.group == group:
                self._recording.skip(ready)
                self._watcher.step_ended(self._recording.steps[-1])

    def _run_step(self, ready: ReadyStep) -> None:
        with self._recording.step(ready) as step:
            try:
                self._act(ready, step)
            except SessionLost as error:
                step.fail(Outcome.ERROR, Cause.TIMEOUT, str(error))
            except InstrumentError as error:
                step.fail(Outcome.ERROR, Cause.INSTRUMENT, str(error))
            except Exception as error:  # noqa: BLE001 - a driver's own fault is this step's ERROR
                step.fail(Outcome.ERROR, Cause.STEP_CODE, f"{type(error).__name__}: {error}")

    def _act(self, ready: ReadyStep, step: StepRecording) -> None:
        spec = ready.spec
        if spec.settle_s and self._abort.wait(spec.settle_s) and ready.group != "teardown":
            step.fail(Outcome.ABORTED, *self._who_aborts())
            return
        reading = self._bench[spec.instrument].act(spec.action, spec.arguments, spec.deadline_s)
        if spec.measure is not None:
            step.take(reading)


def _firmware(steps: tuple[ReadyStep, ...], recording: RunRecording) -> dict[str, str]:
    names = {ready.spec.measure.name for ready in steps if ready.spec.measure and ready.spec.measure.firmware}
    return {
        measurement.name: measurement.value
        for step in recording.steps
        for measurement in step.measurements
        if measurement.name in names and isinstance(measurement.value, str)
    }
