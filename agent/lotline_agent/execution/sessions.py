"""Instrument sessions, each on a thread of its own, so that one that hangs takes nobody with it.

After its deadline a session is abandoned: it is closed from outside, its thread is left to die, and it must
be opened, identified and made safe again before the next run.
"""

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

from lotline_agent.config.station import InstrumentSection
from lotline_contract.record import Instrument as InstrumentRecord
from lotline_drivers.capabilities import Instrument
from lotline_drivers.errors import InstrumentError
from lotline_drivers.registry import open_instrument

T = TypeVar("T")
_Answers = queue.SimpleQueue[tuple[Any, BaseException | None]]


class SessionLost(Exception):
    """The session has been given up: its call did not return in time, or it was gone before."""


class _Worker:
    """One thread that makes the calls of one session, one after the other."""

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[tuple[_Answers, Callable[[], Any]] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=f"instrument {name}", daemon=True).start()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            answers, function = call
            try:
                answers.put((function(), None))
            except BaseException as error:  # noqa: BLE001 - handed to the caller, whatever it is
                answers.put((None, error))

    def submit(self, function: Callable[[], Any]) -> "_Answers":
        """Have a function called; its result, or what it raised, comes out of the queue given back."""
        answers: _Answers = queue.SimpleQueue()
        self._calls.put((answers, function))
        return answers

    def stop(self) -> None:
        self._calls.put(None)


class Session:
    """One instrument: open, identified and safe, or not to be used.

    grace_s: what opening, identifying and making safe get beyond the instrument's own deadline
    """

    grace_s = 5.0

    def __init__(self, name: str, section: InstrumentSection) -> None:
        self.name = name
        self.section = section
        self.identity = ""
        self.trouble: str | None = "not yet opened"
        self._instrument: Instrument | None = None
        self._worker = _Worker(name)

    def prepare(self) -> None:
        """Open if need be, identify, make safe; or raise InstrumentError or SessionLost, and keep why."""
        try:
            if self._instrument is None:
                opening = self._opening(self._worker)
                self._instrument = self._call(opening, self.section.timeout_s + self.grace_s)
            instrument = self._instrument
            self.identity = self._call(instrument.identify, self.section.timeout_s + self.grace_s)
            self._call(instrument.make_safe, self.section.timeout_s + self.grace_s)
        except (InstrumentError, SessionLost) as error:
            self.give_up(str(error))
            raise
        except Exception as error:
            fault = _fault(self.name, error)
            self.give_up(fault)
            raise SessionLost(fault) from error
        self.trouble = None

    def _opening(self, worker: _Worker) -> Callable[[], Instrument]:
        """Open for this worker: one that was given up meanwhile closes what it has opened too late."""

        def open_in_time() -> Instrument:
            instrument = self._open()
            if self._worker is not worker:
                _close_quietly(instrument)
            return instrument

        return open_in_time

    def _open(self) -> Instrument:
        section = self.section
        return open_instrument(
            name=self.name,
            driver=section.driver,
            resource=section.resource,
            identity=section.identity,
            timeout_s=section.timeout_s,
            backend=section.backend,
            options=section.options,
        )

    def act(self, action: str, arguments: dict[str, Any], deadline_s: float) -> Any:
        """Call a driver's action. Raises InstrumentError, or SessionLost where it did not return in time."""
        if self._instrument is None:
            raise SessionLost(f"{self.name} cannot be used: {self.trouble}")
        method = getattr(self._instrument, action)
        return self._call(lambda: method(**arguments), deadline_s)

    def make_safe(self) -> None:
        """Switch off what can hurt, and prove it. Raises InstrumentError or SessionLost."""
        if self._instrument is None:
            raise SessionLost(f"{self.name} cannot be reached: {self.trouble}")
        try:
            self._call(self._instrument.make_safe, self.section.timeout_s + self.grace_s)
        except (InstrumentError, SessionLost):
            raise
        except Exception as error:
            raise SessionLost(_fault(self.name, error)) from error

    def _call(self, function: Callable[[], T], deadline_s: float) -> T:
        try:
            result, error = self._worker.submit(function).get(timeout=deadline_s)
        except queue.Empty:
            late = f"{self.name} did not answer within {deadline_s:g} s. Check its power and its cable."
            self.give_up(late)
            raise SessionLost(late) from None
        if isinstance(error, Exception):
            raise error
        if error is not None:  # a driver that wants to end the program ends its own session, no more
            raise SessionLost(_fault(self.name, error)) from error
        return cast(T, result)

    def give_up(self, why: str) -> None:
        """Abandon the session: close it from outside, on a thread nobody waits for."""
        self.trouble = why
        instrument, self._instrument = self._instrument, None
        self._worker.stop()
        self._worker = _Worker(self.name)
        if instrument is not None:
            threading.Thread(target=_close_quietly, args=(instrument,), daemon=True).start()

    def close(self) -> None:
        """End the session in good order; bounded, since the instrument may be gone."""
        instrument, self._instrument = self._instrument, None
        if instrument is not None:
            closing = threading.Thread(target=_close_quietly, args=(instrument,), daemon=True)
            closing.start()
            closing.join(self.section.timeout_s)
        self._worker.stop()

    def record(self) -> InstrumentRecord:
        """Say which instrument measured."""
        return InstrumentRecord(
            name=self.name,
            driver=self.section.driver,
            resource=self.section.resource,
            identity=self.identity,
            calibration_due=self.section.calibration_due,
        )


def _fault(name: str, error: BaseException) -> str:
    """Say that a driver, which may be anybody's, has a fault of its own."""
    return f"{name}: its driver failed ({type(error).__name__}: {error}). Call your test engineer."


def _close_quietly(instrument: Instrument) -> None:
    # Whatever a driver does when it is closed, the session is over.
    with contextlib.suppress(Exception):
        instrument.close()


class Bench:
    """All sessions of the station."""

    def __init__(self, sections: dict[str, InstrumentSection]) -> None:
        self.sessions = {name: Session(name, section) for name, section in sections.items()}

    def __getitem__(self, name: str) -> Session:
        return self.sessions[name]

    def prepare(self, *, only_troubled: bool = False) -> list[str]:
        """Bring sessions into a state in which a run may start; gives the sentences of those that are not."""
        troubles: list[str] = []
        for session in self.sessions.values():
            if only_troubled and session.trouble is None:
                continue
            try:
                session.prepare()
            except (InstrumentError, SessionLost) as error:
                troubles.append(str(error))
        return troubles

    def make_safe(self) -> list[str]:
        """Make every instrument safe, whatever the others do; gives a sentence for each that may not be."""
        troubles: list[str] = []
        for session in self.sessions.values():
            try:
                session.make_safe()
            except (InstrumentError, SessionLost) as error:
                session.give_up(str(error))
                troubles.append(str(error))
        return troubles

    def records(self) -> tuple[InstrumentRecord, ...]:
        """Say which instruments are on the bench."""
        return tuple(session.record() for session in self.sessions.values())

    def close(self) -> None:
        """End all sessions."""
        for session in self.sessions.values():
            session.close()
