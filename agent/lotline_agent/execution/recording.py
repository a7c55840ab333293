"""One run being recorded: header, steps, measurements, and the durable end of it."""

import time
from typing import Self

import msgspec

from lotline_agent.config.load import ReadyStep
from lotline_agent.execution.measuring import bounded, measure, missing
from lotline_agent.store.journal import Closed, Entry
from lotline_agent.store.station_store import StationStore
from lotline_contract.outcome import Cause, Outcome, roll_up
from lotline_contract.record import Instrument, Measurement, Run, Step


class StepRecording:
    """The step that is running. Readings given to it are judged and journalled at once.

    A context: when it is left, however it is left, the step is complete and stands among the run's.
    """

    def __init__(self, ready: ReadyStep, run: "RunRecording") -> None:
        self._ready = ready
        self._run = run
        self._started = time.monotonic()
        self._measurements: list[Measurement] = []
        self._failure: tuple[Outcome, Cause, str] | None = None

    def take(self, reading: object) -> Measurement:
        """Judge and journal the step's reading; gives the measurement as it is kept."""
        ready = self._ready
        assert ready.spec.measure is not None and ready.kind is not None  # noqa: S101, PT018 - checked at load
        measurement, frame = measure(ready.spec.measure, ready.kind, ready.limit, reading)
        self._keep(measurement, frame)
        return measurement

    def fail(self, outcome: Outcome, cause: Cause, message: str) -> None:
        """Say that the step went wrong; a measurement that never came is UNSET, unless it was an abort."""
        self._failure = (outcome, cause, bounded(message))
        ready = self._ready
        if outcome is Outcome.ABORTED:
            return
        if ready.spec.measure is not None and ready.kind is not None and not self._measurements:
            self._keep(missing(ready.spec.measure, ready.kind, ready.limit), None)

    def _keep(self, measurement: Measurement, frame: tuple[bytes, str] | None) -> None:
        self._run.journal.add(Entry(self._ready.spec.name, self._ready.group, measurement), frame)
        self._measurements.append(measurement)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._run.steps.append(self._finish())

    def _finish(self) -> Step:
        outcomes = [measurement.outcome for measurement in self._measurements]
        outcome = roll_up(outcomes) if outcomes else Outcome.PASS
        cause = next((each.cause for each in self._measurements if each.outcome is not Outcome.PASS), None)
        message = None
        if self._failure is not None:
            worst, cause, message = self._failure
            outcome = roll_up([outcome, worst])
        return Step(
            name=self._ready.spec.name,
            group=self._ready.group,
            outcome=outcome,
            cause=cause if outcome is not Outcome.PASS else None,
            message=message,
            started_s=self._started - self._run.started,
            duration_s=time.monotonic() - self._started,
            measurements=tuple(self._measurements),
        )


class RunRecording:
    """A run from its beginning in the journal to its durable end.

    header: everything that is known before the first step; it stands as ABORTED until `close`
    """

    def __init__(self, store: StationStore, header: Run) -> None:
        """Begin; raises DiskFloor or StoreError where no run may start."""
        self.header = header
        self.started = time.monotonic()
        self.steps: list[Step] = []
        self.finished: Run | None = None
        self.journal = store.begin(header)

    def step(self, ready: ReadyStep) -> StepRecording:
        """Begin to record one step, which is used as a context."""
        return StepRecording(ready, self)

    def skip(self, ready: ReadyStep) -> None:
        """Record that a step was not run."""
        self.steps.append(
            Step(
                name=ready.spec.name,
                group=ready.group,
                outcome=Outcome.SKIPPED,
                started_s=time.monotonic() - self.started,
                duration_s=0.0,
            )
        )

    def finish(
        self,
        *,
        at_least: tuple[Outcome, Cause, str] | None = None,
        instruments: tuple[Instrument, ...] = (),
        firmware: dict[str, str] | None = None,
    ) -> Run:
        """Roll the run up. at_least: an outcome the steps do not show (an abort, an unsafe output).

        Of two errors an unsafe output is the one that is told: somebody's hand is near it.
        """
        outcome = roll_up(step.outcome for step in self.steps)
        first_bad = next((step for step in self.steps if step.outcome is outcome), None)
        cause = first_bad.cause if first_bad and outcome is not Outcome.PASS else None
        message = first_bad.message if first_bad and outcome is not Outcome.PASS else None
        if at_least is not None and (
            at_least[1] is Cause.UNSAFE or roll_up([outcome, at_least[0]]) is not outcome
        ):
            told = at_least[2] if message is None else f"{at_least[2]} Before that: {message}"
            outcome, cause, message = *at_least[:2], bounded(told)
        if outcome in {Outcome.SKIPPED, Outcome.PASS} and not self._measured():
            outcome, cause, message = (
                Outcome.ERROR,
                Cause.NOTHING_MEASURED,
                "No step of the plan measured anything.",
            )
        self.finished = msgspec.structs.replace(
            self.header,
            outcome=outcome,
            cause=cause,
            message=message,
            duration_s=time.monotonic() - self.started,
            steps=tuple(self.steps),
            instruments=instruments or self.header.instruments,
            firmware=firmware or {},
        )
        return self.finished

    def _measured(self) -> bool:
        return any(step.measurements for step in self.steps)

    def close(self) -> Closed:
        """Make the finished run durable; only after this may a verdict be drawn. Raises NotRecorded."""
        if self.finished is None:
            self.finish()
        assert self.finished is not None  # noqa: S101 - finish sets it
        return self.journal.close(self.finished)

    def rewrite(self) -> Closed:
        """Write the whole run once more after NotRecorded. Raises NotRecorded again where it must."""
        assert self.finished is not None  # noqa: S101 - close came first
        return self.journal.rewrite(self.finished)
