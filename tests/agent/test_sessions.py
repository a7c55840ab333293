"""Sessions that come too late."""

import threading

import pytest

from lotline_agent.config.station import InstrumentSection
from lotline_agent.execution.sessions import Session, SessionLost
from lotline_drivers.capabilities import Instrument

LONG_S = 20.0


class Late:
    """An instrument that tells when it is closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def identify(self) -> str:
        return "late"

    def make_safe(self) -> None:
        return

    def close(self) -> None:
        self.closed.set()


class LateSession(Session):
    """A session whose instrument opens only when it is let."""

    grace_s = 0.1

    def __init__(self) -> None:
        super().__init__("late", InstrumentSection(driver="scpi", resource="none", timeout_s=0.1))
        self.let = threading.Event()
        self.instrument = Late()

    def _open(self) -> Instrument:
        self.let.wait(LONG_S)
        return self.instrument


def test_an_instrument_that_opens_after_its_deadline_is_closed_again() -> None:
    session = LateSession()
    with pytest.raises(SessionLost, match="did not answer"):
        session.prepare()
    session.let.set()
    assert session.instrument.closed.wait(LONG_S)
    session.close()
