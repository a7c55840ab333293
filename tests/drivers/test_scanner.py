"""The serial barcode scanner on a pty."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lotline_drivers.errors import InstrumentError, InstrumentUnreachable, RefusedSetting
from lotline_drivers.scanner import SUFFIXES, BadScan, SerialScanner

from .conftest import PtyPeer

LONG_S = 30.0


@pytest.fixture
def line() -> Iterator[PtyPeer]:
    peer = PtyPeer(lambda _line: None)
    yield peer
    peer.stop()


@pytest.fixture
def scanner(line: PtyPeer) -> Iterator[Callable[..., SerialScanner]]:
    made: list[SerialScanner] = []

    def make(**more: object) -> SerialScanner:
        made.append(SerialScanner(line.resource, **more))  # type: ignore[arg-type]
        # The first read opens the port; what is sent before that is lost, as with a real one.
        assert made[-1].read_scan(0.0) is None
        return made[-1]

    yield make
    for each in made:
        each.close()


Scanner = Callable[..., SerialScanner]


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_a_scan_is_what_comes_before_its_suffix(scanner: Scanner, line: PtyPeer, suffix: str) -> None:
    reads = scanner(suffix=suffix)
    line.say(b"GW2-00001" + SUFFIXES[suffix] + b"GW2-00002" + SUFFIXES[suffix])
    assert [reads.read_scan(LONG_S), reads.read_scan(LONG_S)] == ["GW2-00001", "GW2-00002"]


@pytest.mark.parametrize("suffix", ["CR", "LF"])
def test_a_scanner_that_sends_cr_lf_is_understood_as_cr_or_lf(
    scanner: Scanner, line: PtyPeer, suffix: str
) -> None:
    reads = scanner(suffix=suffix)
    line.say(b"A1\r\nA2\r\n")
    assert [reads.read_scan(LONG_S), reads.read_scan(LONG_S)] == ["A1", "A2"]


def test_spaces_inside_and_around_a_scan_are_kept(scanner: Scanner, line: PtyPeer) -> None:
    reads = scanner()
    line.say(b" gw2 1 \r")
    assert reads.read_scan(LONG_S) == " gw2 1 "


def test_a_scan_in_pieces_is_one_scan(scanner: Scanner, line: PtyPeer) -> None:
    reads = scanner(gap_s=LONG_S)
    line.say(b"GW2-")
    assert reads.read_scan(0.1) is None
    line.say(b"00001\r")
    assert reads.read_scan(LONG_S) == "GW2-00001"


def test_the_prefix_is_taken_off(scanner: Scanner, line: PtyPeer) -> None:
    reads = scanner(prefix="]C1")
    line.say(b"]C1GW2-00001\r")
    assert reads.read_scan(LONG_S) == "GW2-00001"


def test_a_scan_without_the_configured_prefix_is_refused(scanner: Scanner, line: PtyPeer) -> None:
    reads = scanner(prefix="]C1")
    line.say(b"GW2-00001\r")
    with pytest.raises(BadScan, match="prefix"):
        reads.read_scan(LONG_S)


def test_empty_scans_are_no_scans(scanner: Scanner, line: PtyPeer) -> None:
    reads = scanner()
    line.say(b"\r\r\rX\r")
    assert reads.read_scan(LONG_S) == "X"


@pytest.mark.parametrize("raw", [b"\xff\xfe12", b"A\x00B", b"A\x1bB", "Ä".encode()])
def test_what_is_no_printable_ascii_is_refused_and_the_next_scan_is_read(
    scanner: Scanner, line: PtyPeer, raw: bytes
) -> None:
    reads = scanner()
    line.say(raw + b"\rGOOD\r")
    with pytest.raises(BadScan, match="printable ASCII"):
        reads.read_scan(LONG_S)
    assert reads.read_scan(LONG_S) == "GOOD"


def test_over_long_input_is_refused_once_and_skipped_to_its_end(scanner: Scanner, line: PtyPeer) -> None:
    reads = scanner(max_length=64)
    line.say(b"x" * 2000 + b"\rGOOD\r")
    with pytest.raises(BadScan, match="64 bytes"):
        reads.read_scan(LONG_S)
    assert reads.read_scan(LONG_S) == "GOOD"


def test_a_scan_without_its_suffix_is_refused_and_not_joined_to_the_next(
    scanner: Scanner, line: PtyPeer
) -> None:
    reads = scanner(gap_s=0.1)
    line.say(b"GW2-00")
    with pytest.raises(BadScan, match="without its suffix CR"):
        reads.read_scan(LONG_S)
    line.say(b"GW2-00002\r")
    assert reads.read_scan(LONG_S) == "GW2-00002"


def test_no_scan_in_time_is_none(scanner: Scanner) -> None:
    assert scanner().read_scan(0.05) is None


def test_a_scanner_that_is_unplugged_is_reported_and_read_again_when_it_is_back(tmp_path: Path) -> None:
    path = tmp_path / "scanner"
    first, second = PtyPeer(lambda _line: None), PtyPeer(lambda _line: None)
    path.symlink_to(first.resource)
    scanner = SerialScanner(str(path))
    assert scanner.read_scan(0.0) is None
    first.stop()
    with pytest.raises(InstrumentUnreachable):
        scanner.read_scan(LONG_S)
    path.unlink()
    with pytest.raises(InstrumentUnreachable, match="there is no port"):
        scanner.read_scan(0.0)
    path.symlink_to(second.resource)
    assert scanner.read_scan(0.0) is None
    second.say(b"BACK\r")
    assert scanner.read_scan(LONG_S) == "BACK"
    scanner.close()
    second.stop()


def test_a_scanner_that_is_plugged_in_while_waiting_is_found(tmp_path: Path) -> None:
    peer = PtyPeer(lambda _line: None)
    path = tmp_path / "scanner"
    scanner = SerialScanner(str(path))
    plugged_in = threading.Timer(0.1, os.symlink, (peer.resource, path))
    plugged_in.start()
    assert scanner.read_scan(0.6) is None
    peer.say(b"HERE\r")
    assert scanner.read_scan(LONG_S) == "HERE"
    plugged_in.join()
    scanner.close()
    peer.stop()


def test_closing_from_another_thread_ends_the_waiting(scanner: Scanner) -> None:
    reads = scanner()
    caught: list[InstrumentError] = []

    def wait() -> None:
        try:
            reads.read_scan(LONG_S)
        except InstrumentError as error:
            caught.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    reads.close()
    waiting.join(LONG_S / 2)
    assert not waiting.is_alive()
    assert isinstance(caught[0], InstrumentUnreachable)


@pytest.mark.parametrize(
    ("resource", "more"), [("TCPIP0::127.0.0.1::1::SOCKET", {}), ("/dev/x", {"suffix": "NUL"})]
)
def test_settings_that_cannot_be_are_refused(resource: str, more: dict[str, str]) -> None:
    with pytest.raises(RefusedSetting):
        SerialScanner(resource, **more)  # type: ignore[arg-type]
