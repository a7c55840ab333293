"""The one wire to an instrument, whatever it is made of.

A `Link` moves bytes and knows VISA or serial; `FramedTransport` turns bytes into lines and blocks, and
trouble into `InstrumentError`. After trouble the link is closed and opened afresh by the next call, so that
a late answer is not taken for the answer to the next question.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Protocol

from lotline_drivers.block import BlockError, block_bounds
from lotline_drivers.errors import BadReply, InstrumentError, InstrumentTimeout, InstrumentUnreachable, shown

LONGEST_LINE = 1 << 20
LONGEST_BLOCK = 1 << 28
_MOST_AT_ONCE = 1 << 16


class LinkTimeout(Exception):
    """Nothing more came before the deadline; the link still stands."""


class LinkLost(Exception):
    """The link is gone; its text is a clause such as `nobody listens on 127.0.0.1:5025`."""


class Link(Protocol):
    """Bytes to and from one instrument. Deadlines are `time.monotonic()` values."""

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of it. Raises LinkTimeout, LinkLost."""
        ...

    def receive(self, most: int, deadline: float, *, line: bool) -> bytes:
        """1 to `most` bytes; with `line`, not beyond the next LF. Raises LinkTimeout, LinkLost."""
        ...

    def discard(self) -> None:
        """Throw away what came in and was not read."""
        ...

    def close(self) -> None:
        """Let go of the port and make a call that hangs in another thread return."""
        ...


class Transport(Protocol):
    """Text and blocks to and from one instrument, each call with its own deadline in seconds.

    name:     the instrument's name, for messages
    resource: its address
    broken:   whether trouble closed the link, so that the next call opens a new one
    links:    how many links were opened so far
    """

    name: str
    resource: str
    links: int

    @property
    def broken(self) -> bool: ...

    def write(self, text: str, *, timeout_s: float) -> None:
        """Discard unread input, then send `text` and the line ending."""
        ...

    def query(self, text: str, *, timeout_s: float) -> str:
        """Write, then read one line; its line ending is stripped."""
        ...

    def query_block(self, text: str, *, timeout_s: float, max_bytes: int = LONGEST_BLOCK) -> bytes:
        """Write, then read one definite length block and its line ending; the payload is returned."""
        ...

    def read_until(self, pattern: re.Pattern[str], *, timeout_s: float, what: str | None = None) -> str:
        """Read until `pattern` is found; what came up to the match's end is returned, the rest kept.

        `what` names in messages what was waited for; None means the pattern. One character is one byte.
        """
        ...

    def close(self) -> None:
        """End the session from any thread; every later call raises InstrumentUnreachable."""
        ...


class FramedTransport:
    """A `Transport` over any `Link`; the first link is opened by the constructor.

    open_link:     opens a link within the given seconds, or raises LinkLost or LinkTimeout
    check:         what a person looks at when the link fails
    write_ending:  appended to every text sent
    read_ending:   ends a line that comes in; CR before it is stripped too
    """

    def __init__(
        self,
        *,
        name: str,
        resource: str,
        open_link: Callable[[float], Link],
        timeout_s: float,
        check: str,
        write_ending: str = "\n",
        read_ending: str = "\n",
    ) -> None:
        self.name = name
        self.resource = resource
        self.links = 0
        self._open_link = open_link
        self._check = check
        self._write_ending = write_ending
        self._read_ending = read_ending.encode()
        self._buffer = bytearray()
        self._link: Link | None = None
        self._closed = False
        self._sent: str | None = None
        self._timeout_s = timeout_s
        self._connected(time.monotonic() + timeout_s)

    @property
    def broken(self) -> bool:
        return self._link is None

    def write(self, text: str, *, timeout_s: float) -> None:
        deadline = self._start(timeout_s)
        self._send(text, deadline)

    def query(self, text: str, *, timeout_s: float) -> str:
        deadline = self._start(timeout_s)
        self._send(text, deadline)
        return self._read_line(deadline)

    def query_block(self, text: str, *, timeout_s: float, max_bytes: int = LONGEST_BLOCK) -> bytes:
        deadline = self._start(timeout_s)
        self._send(text, deadline)
        try:
            while (bounds := block_bounds(self._buffer, max_bytes)) is None:
                self._more(1, deadline)
        except BlockError as error:
            raise self._dropped(self._bad_reply(str(error))) from error
        start, end = bounds
        while len(self._buffer) < end:
            self._more(min(end - len(self._buffer), _MOST_AT_ONCE), deadline)
        payload = bytes(self._buffer[start:end])
        del self._buffer[:end]
        if rest := self._read_line(deadline):
            raise self._dropped(
                self._bad_reply(f"{len(rest)} more characters follow a block of {end - start} bytes")
            )
        return payload

    def read_until(self, pattern: re.Pattern[str], *, timeout_s: float, what: str | None = None) -> str:
        deadline = self._start(timeout_s)
        while True:
            # One character a byte, so that a position in the text is a position in the buffer.
            text = self._buffer.decode("latin-1")
            if match := pattern.search(text):
                del self._buffer[: match.end()]
                return text[: match.end()]
            if len(self._buffer) > LONGEST_LINE:
                raise self._dropped(
                    self._bad_reply(f"{len(self._buffer)} bytes came without {pattern.pattern!r}")
                )
            self._more(_MOST_AT_ONCE, deadline, waiting_for=what or repr(pattern.pattern))

    def close(self) -> None:
        self._closed = True
        if (link := self._link) is not None:
            link.close()

    def _start(self, timeout_s: float) -> float:
        self._timeout_s = timeout_s
        return time.monotonic() + timeout_s

    def _connected(self, deadline: float) -> Link:
        if self._closed:
            raise self._unreachable("the session was closed")
        if self._link is None:
            try:
                self._link = self._open_link(max(0.0, deadline - time.monotonic()))
            except LinkLost as error:
                raise self._unreachable(str(error)) from error
            except LinkTimeout as error:
                raise self._unreachable(f"no connection within {self._timeout_s:.3g} s") from error
            self.links += 1
            if self._closed:
                self._link.close()
                raise self._unreachable("the session was closed")
        return self._link

    def _send(self, text: str, deadline: float) -> None:
        self._sent = text
        link = self._connected(deadline)
        self._buffer.clear()
        try:
            link.discard()
            link.send((text + self._write_ending).encode(), deadline)
        except LinkLost as error:
            raise self._dropped(self._unreachable(str(error))) from error
        except LinkTimeout as error:
            raise self._dropped(
                self._timeout(f"could not send {text!r} within {self._timeout_s:.3g} s")
            ) from error

    def _more(
        self, most: int, deadline: float, *, line: bool = False, waiting_for: str | None = None
    ) -> None:
        link = self._connected(deadline)
        try:
            self._buffer += link.receive(most, deadline, line=line)
        except LinkLost as error:
            raise self._dropped(self._unreachable(str(error))) from error
        except LinkTimeout as error:
            raise self._dropped(self._timeout(self._unanswered(waiting_for))) from error

    def _read_line(self, deadline: float) -> str:
        while self._read_ending not in self._buffer:
            if len(self._buffer) > LONGEST_LINE:
                raise self._dropped(self._bad_reply(f"a line of more than {LONGEST_LINE} bytes"))
            self._more(_MOST_AT_ONCE, deadline, line=True)
        line, _, rest = bytes(self._buffer).partition(self._read_ending)
        self._buffer[:] = rest
        try:
            text = line.strip(b"\r\n").decode()
        except UnicodeDecodeError as error:
            raise self._bad_reply("an answer that is no text", line) from error
        if not text.replace("\t", " ").isprintable():
            raise self._bad_reply("an answer with control characters", line)
        return text

    def _unanswered(self, waiting_for: str | None) -> str:
        what = f"{waiting_for} did not come" if waiting_for is not None else "no answer"
        to = f" to {self._sent!r}" if self._sent is not None else ""
        part = f" (only '{shown(bytes(self._buffer))}' came)" if self._buffer else ""
        return f"{what} within {self._timeout_s:.3g} s{to}{part}"

    def _dropped(self, error: InstrumentError) -> InstrumentError:
        link, self._link = self._link, None
        self._buffer.clear()
        if link is not None:
            link.close()
        return error

    def _received(self) -> str | None:
        return shown(bytes(self._buffer)) if self._buffer else None

    def _timeout(self, message: str) -> InstrumentError:
        return InstrumentTimeout(
            instrument=self.name,
            message=f"{message} at {self.resource}",
            check="Check that it is switched on, shows no dialogue, and that the line endings agree.",
            sent=self._sent,
            received=self._received(),
        )

    def _unreachable(self, why: str) -> InstrumentError:
        before = f" (after {self._sent!r})" if self._sent is not None and self._link is not None else ""
        return InstrumentUnreachable(
            instrument=self.name,
            message=f"cannot reach {self.resource}: {why}{before}",
            check=self._check,
            sent=self._sent,
            received=self._received(),
        )

    def _bad_reply(self, why: str, raw: bytes | None = None) -> InstrumentError:
        received = shown(bytes(self._buffer) if raw is None else raw)
        return BadReply(
            instrument=self.name,
            message=f"the answer to {self._sent!r} at {self.resource} cannot be understood:"
            f" {why} ({received})",
            check="Check the driver chosen for it and, on a serial line, baud rate and line ending.",
            sent=self._sent,
            received=received,
        )
