"""What SCPI instruments say and understand, line by line."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import cast

import pytest

from lotline_drivers.dmm import Dmm
from lotline_drivers.errors import (
    BadReply,
    InstrumentReportedError,
    InstrumentTimeout,
    RefusedSetting,
    WrongIdentity,
)
from lotline_drivers.registry import open_instrument
from lotline_drivers.scpi import ScpiInstrument

from .conftest import Peer, Talk, Transcribed

NO_ERROR = '+0,"No error"'


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("+1.50000000E+00", 1.5),
        ("3.3", 3.3),
        ("-.5", -0.5),
        ("12", 12.0),
        ("9.9E37", 9.9e37),
        ("9.90000000E+37", 9.9e37),
        ("-9.9E+37", -9.9e37),
        ("inf", math.inf),
        (" 1.0 ", 1.0),
    ],
)
def test_a_number_is_returned_as_it_came(transcribed: Transcribed, answer: str, value: float) -> None:
    scpi = cast(ScpiInstrument, transcribed("scpi", [("MEAS?", answer)]))
    assert scpi.query_number("MEAS?") == value


@pytest.mark.parametrize("answer", ["nan", "NaN", "+nan"])
def test_nan_is_returned_as_nan(transcribed: Transcribed, answer: str) -> None:
    scpi = cast(ScpiInstrument, transcribed("scpi", [("MEAS?", answer)]))
    assert math.isnan(scpi.query_number("MEAS?"))


@pytest.mark.parametrize("answer", ["abc", "", "1,2", "1.0 V", "1_000", "0x10", "1e", "--1", "1 2", "٣"])
def test_what_is_not_exactly_one_number_is_a_bad_reply(transcribed: Transcribed, answer: str) -> None:
    scpi = cast(ScpiInstrument, transcribed("scpi", [("MEAS?", answer)]))
    with pytest.raises(BadReply) as caught:
        scpi.query_number("MEAS?")
    assert (caught.value.sent, caught.value.received) == ("MEAS?", answer)
    assert "expected a number" in str(caught.value)


def test_the_identity_is_checked_against_the_pattern(transcribed: Transcribed) -> None:
    assert transcribed("scpi", [], identity="Maker,Model").identify() == "Maker,Model,1,2"


def test_a_wrong_identity_names_both(peers: Callable[[str, Talk], Peer]) -> None:
    peer = peers("tcp", lambda _line: b"Other,Thing,1,2\n")
    dmm = open_instrument(name="dmm", driver="dmm", resource=peer.resource, identity="DMM-6")
    with pytest.raises(WrongIdentity) as caught:
        dmm.identify()
    assert (caught.value.expected, caught.value.found) == ("DMM-6", "Other,Thing,1,2")
    assert "'DMM-6'" in str(caught.value)
    assert "'Other,Thing,1,2'" in str(caught.value)
    dmm.close()


def test_an_instrument_that_became_another_gives_no_reading(peers: Callable[[str, Talk], Peer]) -> None:
    names = iter([b"M,DMM-6,1,2\n", b"Other,Thing,1,2\n", b"Other,Thing,1,2\n"])
    peer = peers("tcp", lambda line: next(names) if line == "*IDN?" else b"1.0\n" if "?" in line else None)
    dmm = cast(Dmm, open_instrument(name="dmm", driver="dmm", resource=peer.resource, identity="DMM-6"))
    assert dmm.measure_voltage() == 1.0
    for ask in (dmm.identify, dmm.measure_voltage):
        with pytest.raises(WrongIdentity):
            ask()
    dmm.close()


def test_an_instrument_with_a_wrong_identity_gives_no_reading(peers: Callable[[str, Talk], Peer]) -> None:
    peer = peers("tcp", lambda line: b"Other,Thing,1,2\n" if line == "*IDN?" else b"1.0\n")
    dmm = cast(Dmm, open_instrument(name="dmm", driver="dmm", resource=peer.resource, identity="DMM-6"))
    with pytest.raises(WrongIdentity):
        dmm.measure_voltage()
    assert "MEAS:VOLT:DC?" not in peer.heard
    dmm.close()


def test_the_error_queue_is_read_after_a_write(transcribed: Transcribed) -> None:
    scpi = cast(ScpiInstrument, transcribed("scpi", [("TRIG", None), ("SYST:ERR?", NO_ERROR)]))
    scpi.write("TRIG")


def test_every_reported_error_is_in_the_message(transcribed: Transcribed) -> None:
    first, second = '-113,"Undefined header"', '-222,"Data out of range"'
    lines = [("BAD", None), ("SYST:ERR?", first), ("SYST:ERR?", second), ("SYST:ERR?", "0")]
    scpi = cast(ScpiInstrument, transcribed("scpi", lines))
    with pytest.raises(InstrumentReportedError) as caught:
        scpi.write("BAD")
    assert caught.value.reports == (first, second)
    assert "refused 'BAD'" in str(caught.value)


def test_an_instrument_without_an_error_queue_is_not_asked(peers: Callable[[str, Talk], Peer]) -> None:
    peer = peers("tcp", lambda line: b"M,N,1,2\n" if line == "*IDN?" else b"1\n" if line == "X?" else None)
    options = {"error_queue": False}
    scpi = open_instrument(name="old", driver="scpi", resource=peer.resource, options=options)
    assert isinstance(scpi, ScpiInstrument)
    scpi.write("TRIG")
    assert scpi.query_number("X?") == 1.0
    assert peer.heard == ["*IDN?", "TRIG", "X?"]
    scpi.close()


def test_an_instrument_without_idn_is_not_asked_who_it_is(peers: Callable[[str, Talk], Peer]) -> None:
    peer = peers("tcp", lambda _line: b"1\n")
    scpi = open_instrument(name="old", driver="scpi", resource=peer.resource, options={"idn": False})
    assert isinstance(scpi, ScpiInstrument)
    assert scpi.query_number("X?") == 1.0
    assert scpi.identify() == peer.resource
    assert peer.heard == ["X?"]
    scpi.close()


@pytest.mark.parametrize("wire", ["tcp", "pty"])
def test_a_late_answer_is_never_taken_for_the_next_one(peers: Callable[[str, Talk], Peer], wire: str) -> None:
    """The answer to the question that timed out comes after the next question was asked."""
    released = threading.Event()

    def talk(line: str) -> bytes | None:
        if line == "MEAS:VOLT:DC?":
            released.wait(30)
            return b"+1.0\n"
        return {"*IDN?": b"M,DMM-6,1,2\n", "MEAS:CURR:DC?": b"+2.0\n"}.get(line)

    peer = peers(wire, talk)
    dmm = open_instrument(name="dmm", driver="dmm", resource=peer.resource, identity="DMM", timeout_s=0.5)
    assert isinstance(dmm, Dmm)
    dmm.identify()
    with pytest.raises(InstrumentTimeout):
        dmm.measure_voltage()
    late = threading.Timer(0.1, released.set)
    late.start()
    assert dmm.measure_current() == 2.0
    late.join()
    dmm.close()


@pytest.mark.parametrize("channel", [0, -1, True, 1.5, "1"])
def test_a_channel_that_is_none_is_refused_before_anything_is_sent(
    peers: Callable[[str, Talk], Peer], channel: int
) -> None:
    peer = peers("tcp", lambda _line: b"1\n")
    dmm = open_instrument(name="dmm", driver="dmm", resource=peer.resource)
    assert isinstance(dmm, Dmm)
    with pytest.raises(RefusedSetting, match="channel"):
        dmm.measure_voltage(channel)
    assert peer.heard == []
    dmm.close()


def test_a_multimeter_is_asked_with_a_channel_list_only_beyond_channel_one(transcribed: Transcribed) -> None:
    lines = [
        ("MEAS:VOLT:DC?", "1"),
        ("MEAS:VOLT:DC? (@3)", "2"),
        ("MEAS:CURR:DC?", "3"),
        ("MEAS:RES? (@102)", "4"),
    ]
    dmm = cast(Dmm, transcribed("dmm", lines))
    readings = [
        dmm.measure_voltage(),
        dmm.measure_voltage(3),
        dmm.measure_current(),
        dmm.measure_resistance(102),
    ]
    assert readings == [1.0, 2.0, 3.0, 4.0]
