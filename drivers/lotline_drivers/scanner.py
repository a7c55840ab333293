"""A barcode scanner on a serial line."""

from __future__ import annotations

import time
from collections.abc import Mapping

from lotline_drivers.connect import refused
from lotline_drivers.errors import BadReply, InstrumentUnreachable, shown
from lotline_drivers.serial_line import SerialLink, serial_port_of
from lotline_drivers.transport import LinkLost, LinkTimeout

SUFFIXES: Mapping[str, bytes] = {"CR": b"\r", "LF": b"\n", "CRLF": b"\r\n", "TAB": b"\t"}
_RETRY_S = 0.2


class BadScan(BadReply):
    """What came from the scanner is not one whole scan; it is dropped, and the operator scans again."""


class SerialScanner:
    """Whole scans, as they were read, from a serial scanner.

    resource:   the serial port, written as for an instrument
    suffix:     what the scanner sends after a scan: CR, LF, CRLF or TAB
    prefix:     what it sends before one (a code identifier, for example); it is taken off
    gap_s:      a scan whose suffix has not come after this much silence is refused as incomplete
    max_length: bytes; longer input is refused

    Opening needs no scanner to be there: `read_scan` opens the port, and opens it again after the scanner was
    unplugged. It must be called from one thread; `close` may be called from any.
    """

    def __init__(
        self,
        resource: str,
        *,
        suffix: str = "CR",
        prefix: str = "",
        baud_rate: int = 9600,
        gap_s: float = 0.5,
        max_length: int = 1024,
        name: str = "scanner",
    ) -> None:
        self.name = name
        self.resource = resource
        port = serial_port_of(resource)
        if port is None:
            raise refused(
                name, f"{resource!r} is no serial port", check="Name a port such as /dev/ttyACM0 or COM3."
            )
        if suffix not in SUFFIXES:
            raise refused(name, f"suffix is one of {', '.join(SUFFIXES)}, not {suffix!r}")
        self._port = port
        self._suffix_name = suffix
        self._suffix = SUFFIXES[suffix]
        self._prefix = prefix
        self._baud_rate = baud_rate
        self._gap_s = gap_s
        self._max_length = max_length
        self._buffer = bytearray()
        self._link: SerialLink | None = None
        self._skipping = False
        self._closed = False

    def read_scan(self, timeout_s: float) -> str | None:
        """The next scan without prefix and suffix; None when none came within `timeout_s`.

        Raises BadScan for an over-long or incomplete scan, one without the prefix, or one that is no ASCII
        text; and InstrumentUnreachable when the port is gone, or stayed away for the whole of `timeout_s`.
        After each of these the next call simply goes on.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            if (scan := self._whole_scan()) is not None:
                return scan
            now = time.monotonic()
            until = min(deadline, now + self._gap_s) if self._buffer else deadline
            try:
                self._buffer += self._connected(deadline).receive(256, until, line=False)
            except LinkTimeout:
                if self._buffer and time.monotonic() - now >= self._gap_s * 0.9:
                    self._refuse_incomplete()
                if time.monotonic() >= deadline:
                    return None
            except LinkLost as error:
                self._lose_link()
                raise self._unreachable(str(error)) from error

    def close(self) -> None:
        """End the session from any thread; a waiting `read_scan` raises InstrumentUnreachable."""
        self._closed = True
        if (link := self._link) is not None:
            link.close()

    def _connected(self, deadline: float) -> SerialLink:
        while self._link is None:
            if self._closed:
                raise LinkLost("the session was closed")
            try:
                self._link = SerialLink(self._port, baud_rate=self._baud_rate)
            except LinkLost:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise
                time.sleep(min(_RETRY_S, left))
        return self._link

    def _whole_scan(self) -> str | None:
        while True:
            # A scanner that sends CR LF where CR is configured leaves the LF in front of the next scan; where
            # LF is configured, the CR at the end of this one.
            while self._buffer.startswith((b"\r", b"\n")) and not self._buffer.startswith(self._suffix):
                if self._buffer == b"\r" and self._suffix == b"\r\n":
                    return None
                del self._buffer[:1]
            end = self._buffer.find(self._suffix)
            if end < 0:
                if len(self._buffer) > self._max_length:
                    self._buffer.clear()
                    if not self._skipping:
                        self._skipping = True
                        raise self._bad_scan(
                            f"more than {self._max_length} bytes came without the suffix", None
                        )
                return None
            raw = bytes(self._buffer[:end])
            if self._suffix == b"\n":
                raw = raw.removesuffix(b"\r")
            del self._buffer[: end + len(self._suffix)]
            if self._skipping:
                # This is the end of what was already refused.
                self._skipping = False
                continue
            if raw:
                return self._text(raw)

    def _text(self, raw: bytes) -> str:
        if len(raw) > self._max_length:
            raise self._bad_scan(f"more than {self._max_length} bytes came", raw)
        if not raw.isascii() or not raw.decode("ascii").isprintable():
            raise self._bad_scan("the scan is no printable ASCII text", raw)
        text = raw.decode("ascii")
        if not text.startswith(self._prefix):
            raise self._bad_scan(f"the scan does not start with the prefix {self._prefix!r}", raw)
        return text.removeprefix(self._prefix)

    def _refuse_incomplete(self) -> None:
        raw = bytes(self._buffer)
        self._buffer.clear()
        if self._skipping:
            self._skipping = False
            return
        raise self._bad_scan(f"the scan came without its suffix {self._suffix_name}", raw)

    def _lose_link(self) -> None:
        link, self._link = self._link, None
        self._buffer.clear()
        self._skipping = False
        if link is not None:
            link.close()

    def _bad_scan(self, message: str, raw: bytes | None) -> BadScan:
        received = None if raw is None else shown(raw)
        return BadScan(
            instrument=self.name,
            message=f"{message}{'' if received is None else f' ({received})'} at {self.resource}",
            check="Scan again; if it stays, check the scanner's suffix, prefix and baud rate.",
            received=received,
        )

    def _unreachable(self, why: str) -> InstrumentUnreachable:
        return InstrumentUnreachable(
            instrument=self.name,
            message=f"cannot reach {self.resource}: {why}",
            check="Check that the scanner is plugged in and that no other program uses its port.",
        )
