"""One suite for every wire: TCP through VISA, and a serial line."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from lotline_drivers.connect import connect
from lotline_drivers.errors import (
    BadReply,
    InstrumentError,
    InstrumentTimeout,
    InstrumentUnreachable,
    TransientInstrumentError,
)
from lotline_drivers.transport import Transport

from .conftest import CUT, Peer, Talk

LONG_S = 60.0


@pytest.fixture(params=["tcp", "pty"])
def wire(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connected(
    wire: str, peers: Callable[[str, Talk], Peer]
) -> Iterator[Callable[[Talk], tuple[Transport, Peer]]]:
    made: list[Transport] = []

    def make(talk: Talk) -> tuple[Transport, Peer]:
        peer = peers(wire, talk)
        made.append(connect(name="dmm", resource=peer.resource, timeout_s=5.0, backend="@py", options={}))
        return made[-1], peer

    yield make
    for transport in made:
        transport.close()


Connected = Callable[[Talk], tuple[Transport, Peer]]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_line_endings_are_stripped(connected: Connected, ending: bytes) -> None:
    transport, _ = connected(lambda _line: b"+1.5E+00" + ending)
    assert transport.query("MEAS?", timeout_s=5.0) == "+1.5E+00"


def test_what_is_sent_ends_with_one_line_feed(connected: Connected) -> None:
    transport, peer = connected(lambda line: b"1\n" if line.endswith("?") else None)
    transport.write("OUTP ON", timeout_s=5.0)
    assert transport.query("OUTP?", timeout_s=5.0) == "1"
    assert peer.heard == ["OUTP ON", "OUTP?"]


@pytest.mark.parametrize("payload", [b"", b"\n", b"#10\r\n\n\n", bytes(range(256)) * 40])
def test_a_block_arrives_byte_for_byte(connected: Connected, payload: bytes) -> None:
    header = f"#5{len(payload):05d}".encode()
    transport, _ = connected(lambda line: header + payload + b"\n" if line == "DATA?" else b"next\n")
    assert transport.query_block("DATA?", timeout_s=10.0) == payload
    assert transport.query("NEXT?", timeout_s=5.0) == "next"


@pytest.mark.parametrize("answer", [b"no block\n", b"#0abc\n", b"#13abcd\n", b"#9999999999"])
def test_a_wrong_block_is_a_bad_reply(connected: Connected, answer: bytes) -> None:
    transport, _ = connected(lambda line: answer if line == "DATA?" else b"next\n")
    with pytest.raises(BadReply, match=r"DATA\?"):
        transport.query_block("DATA?", timeout_s=5.0)
    assert transport.query("NEXT?", timeout_s=5.0) == "next"


def test_a_truncated_block_is_a_timeout(connected: Connected) -> None:
    transport, _ = connected(lambda _line: b"#210abc")
    with pytest.raises(InstrumentTimeout):
        transport.query_block("DATA?", timeout_s=0.3)


@pytest.mark.parametrize("answer", [b"\x8f\x02#?%\xff\n", b"\xff\xfe\n", b"1\x002\n"])
def test_an_answer_that_is_no_text_is_a_bad_reply(connected: Connected, answer: bytes) -> None:
    transport, _ = connected(lambda _line: answer)
    with pytest.raises(BadReply) as caught:
        transport.query("MEAS?", timeout_s=5.0)
    assert caught.value.sent == "MEAS?"
    assert caught.value.received is not None
    assert "\\x" in caught.value.received


def test_silence_is_a_timeout_that_says_what_was_asked_and_where(connected: Connected) -> None:
    transport, peer = connected(lambda _line: None)
    with pytest.raises(InstrumentTimeout) as caught:
        transport.query("MEAS:VOLT:DC?", timeout_s=0.2)
    expected = f"dmm: no answer within 0.2 s to 'MEAS:VOLT:DC?' at {peer.resource}. Check "
    assert str(caught.value).startswith(expected)


def test_part_of_an_answer_is_shown_and_never_returned(connected: Connected) -> None:
    transport, _ = connected(lambda _line: b"+1.2")
    with pytest.raises(InstrumentTimeout) as caught:
        transport.query("MEAS?", timeout_s=0.3)
    assert "+1.2" in str(caught.value)
    assert caught.value.received == "+1.2"


def test_a_cut_link_is_unreachable_long_before_the_deadline(connected: Connected) -> None:
    transport, _ = connected(lambda _line: CUT)
    started = time.monotonic()
    with pytest.raises(InstrumentUnreachable):
        transport.query("MEAS?", timeout_s=LONG_S)
    assert time.monotonic() - started < LONG_S / 2


def test_closing_from_another_thread_ends_a_hanging_call(connected: Connected) -> None:
    asked = threading.Event()
    transport, _ = connected(lambda _line: asked.set())
    caught: list[InstrumentError] = []

    def hang() -> None:
        try:
            transport.query("MEAS?", timeout_s=LONG_S)
        except InstrumentError as error:
            caught.append(error)

    hanging = threading.Thread(target=hang)
    hanging.start()
    assert asked.wait(10)
    transport.close()
    hanging.join(LONG_S / 2)
    assert not hanging.is_alive()
    assert isinstance(caught[0], InstrumentUnreachable)
    assert "closed" in str(caught[0])


def test_a_closed_session_stays_closed(connected: Connected) -> None:
    transport, _ = connected(lambda _line: b"1\n")
    transport.close()
    transport.close()
    with pytest.raises(InstrumentUnreachable, match="the session was closed"):
        transport.query("MEAS?", timeout_s=5.0)


def test_what_came_after_the_answer_is_not_the_next_answer(connected: Connected) -> None:
    def talk(line: str) -> bytes:
        return b"1\nunasked\n" if line == "ONE?" else b"2\n"

    transport, _ = connected(talk)
    assert transport.query("ONE?", timeout_s=5.0) == "1"
    assert transport.query("TWO?", timeout_s=5.0) == "2"


def test_what_came_while_nobody_asked_is_not_the_next_answer(connected: Connected) -> None:
    transport, peer = connected(lambda _line: b"1\n")
    assert transport.query("ONE?", timeout_s=5.0) == "1"
    peer.say_unasked(b"unasked\n")
    assert transport.query("ONE?", timeout_s=5.0) == "1"


def test_read_until_returns_up_to_the_match_and_keeps_the_rest(connected: Connected) -> None:
    transport, _ = connected(lambda _line: b"boot\nready> tail> ")
    transport.write("reset", timeout_s=5.0)
    assert transport.read_until(re.compile("> "), timeout_s=5.0) == "boot\nready> "
    assert transport.read_until(re.compile("> "), timeout_s=5.0) == "tail> "


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        ("TCPIP0::127.0.0.1::{closed}::SOCKET", "nobody listens on 127.0.0.1:{closed}"),
        ("TCPIP0::127.0.0.1::99999999::SOCKET", "not 99999999"),
        ("TCPIP0::no host::5025::SOCKET", "there is no address for the host 'no host'"),
        ("/dev/there-is-no-such-port", "there is no port /dev/there-is-no-such-port"),
        ("ASRL/dev/there-is-no-such-port::INSTR", "there is no port"),
        ("nonsense", "no VISA resource name"),
        ("USB0::1::2::3::INSTR", "USB"),
    ],
)
def test_what_cannot_be_opened_is_unreachable_and_says_why(resource: str, says: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    with pytest.raises(InstrumentUnreachable) as caught:
        connect(name="dmm", resource=resource.format(closed=closed), timeout_s=2.0, backend="@py", options={})
    assert says.format(closed=closed) in str(caught.value)
    assert isinstance(caught.value, TransientInstrumentError)


def test_an_unknown_backend_is_unreachable_and_says_so() -> None:
    with pytest.raises(InstrumentUnreachable, match="nosuchbackend"):
        connect(
            name="dmm",
            resource="TCPIP0::127.0.0.1::1::SOCKET",
            timeout_s=1.0,
            backend="@nosuchbackend",
            options={},
        )


def test_a_serial_port_is_opened_by_one_session_only(peers: Callable[[str, Talk], Peer]) -> None:
    peer = peers("pty", lambda _line: b"1\n")
    first = connect(name="dmm", resource=peer.resource, timeout_s=1.0, backend="@py", options={})
    with pytest.raises(InstrumentUnreachable, match="another program uses"):
        connect(name="other", resource=peer.resource, timeout_s=1.0, backend="@py", options={})
    first.close()
