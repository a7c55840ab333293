"""Instruments that come too late or go too far, readings too large, records set aside."""

import threading
import time

import numpy as np
import pytest
from tests.agent.records import header, record, scalar

from lotline_agent.config.plan import MeasureSpec
from lotline_agent.config.station import InstrumentSection
from lotline_agent.execution.measuring import measure
from lotline_agent.execution.sessions import Session, SessionLost
from lotline_agent.store.station_store import StationStore
from lotline_contract.limits import Kind
from lotline_contract.outcome import Cause, Outcome
from lotline_contract.wire import MAX_BLOB_BYTES
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


class Quitter(Late):
    """A driver that wants to end the whole program."""

    def make_safe(self) -> None:
        raise SystemExit(3)


def test_a_driver_that_ends_the_program_loses_its_session_and_no_more() -> None:
    session = LateSession()
    session.instrument = Quitter()
    session.let.set()
    with pytest.raises(SessionLost, match="its driver failed"):
        session.prepare()
    session.close()


def test_a_vector_too_large_to_be_sent_is_an_error_and_not_a_pass() -> None:
    noise = np.random.default_rng(1).normal(size=MAX_BLOB_BYTES // 8 + 1)
    spec = MeasureSpec(name="noise", uom="V", low=-100.0, high=100.0)
    measurement, frame = measure(spec, Kind.VECTOR, spec.limit(Kind.VECTOR), noise)
    assert (measurement.outcome, measurement.cause, frame) == (Outcome.ERROR, Cause.BAD_READING, None)


def test_a_record_that_was_set_aside_is_offered_again_where_the_server_does_not_hold_it(
    store: StationStore,
) -> None:
    for number in (1, 2):
        record(store, header(f"GW2-{number}"), [scalar(0)])
    first, second = store.outbox.due(time.time(), 10, 1_000_000)
    store.outbox.park(first.id, "413 by a proxy")
    store.outbox.park(second.id, "quarantined")
    assert store.outbox.reconcile({first.epoch: ((second.seq, second.seq),)}).offered == 1
    assert [each.id for each in store.outbox.due(time.time(), 10, 1_000_000)] == [first.id]
