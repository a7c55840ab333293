"""Any instrument that speaks SCPI (SCPI-99, on IEEE 488.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Self

from lotline_drivers.capabilities import action
from lotline_drivers.connect import connect, own_options, refused
from lotline_drivers.errors import BadReply, InstrumentReportedError, InstrumentTimeout, WrongIdentity
from lotline_drivers.serial_line import serial_port_of
from lotline_drivers.transport import LONGEST_BLOCK, Transport

_NUMBER = re.compile(
    r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf(inity)?)", re.IGNORECASE | re.ASCII
)
_ERROR = re.compile(r'\s*(?P<code>[+-]?\d+)\s*(,\s*"?(?P<text>.*?)"?\s*)?', re.ASCII)
_LINE = re.compile(r"[^\n]*\n")
_MOST_ERRORS = 32


class ScpiInstrument:
    """A SCPI instrument over any transport.

    transport:   an open one; this instrument closes it
    identity:    regular expression the answer to *IDN? has to contain; None accepts any instrument
    timeout_s:   deadline of each exchange with the instrument
    idn:         False for an instrument that does not know *IDN?; then `identity` has to be None
    error_queue: False for an instrument that does not know SYST:ERR?; then refused commands go unnoticed

    The identity is asked before the first other answer is believed, and again whenever trouble made a new
    link
    necessary: another instrument may be plugged in now, and on a serial line a late answer may still be on
               its way.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        identity: str | None = None,
        timeout_s: float = 2.0,
        idn: bool = True,
        error_queue: bool = True,
    ) -> None:
        self.name = transport.name
        self.resource = transport.resource
        self._transport = transport
        self._timeout_s = timeout_s
        self._idn = idn
        self._error_queue = error_queue
        self._known_as: str | None = None
        self._identified_link = 0
        if identity is not None and not idn:
            raise refused(self.name, "an identity cannot be checked with idn = false")
        try:
            self._identity = re.compile(identity) if identity is not None else None
        except re.error as error:
            raise refused(self.name, f"identity {identity!r} is no regular expression ({error})") from error

    @classmethod
    def open(
        cls,
        *,
        name: str,
        resource: str,
        identity: str | None = None,
        timeout_s: float = 2.0,
        backend: str = "@py",
        options: Mapping[str, Any] | None = None,
    ) -> Self:
        """Open the resource; nothing is sent. Raises InstrumentUnreachable, RefusedSetting."""
        given = options or {}
        own = own_options(name, cls.__init__, given)
        transport = connect(name=name, resource=resource, timeout_s=timeout_s, backend=backend, options=given)
        try:
            return cls(transport, identity=identity, timeout_s=timeout_s, **own)
        except BaseException:
            transport.close()
            raise

    def identify(self) -> str:
        """Ask *IDN?, clear the error queue, return the identity as it came (IEEE 488.2, 10.14).

        Without *IDN? the resource name is returned. Raises WrongIdentity, InstrumentTimeout,
        InstrumentUnreachable.
        """
        self._identified_link = 0
        if not self._idn:
            self._identified_link = self._transport.links
            return self.resource
        found = self._transport.query("*IDN?", timeout_s=self._timeout_s)
        if self._known_as not in (None, found) and serial_port_of(self.resource) is not None:
            found = self._behind_late_answers(found)
        if self._identity is not None and self._identity.search(found) is None:
            raise WrongIdentity(
                instrument=self.name,
                expected=self._identity.pattern,
                found=found,
                resource=self.resource,
                sent="*IDN?",
            )
        if self._error_queue:
            self._transport.write("*CLS", timeout_s=self._timeout_s)
        self._known_as = found
        self._identified_link = self._transport.links
        return found

    def make_safe(self) -> None:
        """Nothing: a measuring instrument drives nothing. Instruments with outputs do more."""

    def close(self) -> None:
        """End the session, from any thread; a call that hangs in another one raises InstrumentUnreachable."""
        self._transport.close()

    @action
    def query_number(self, command: str) -> float:
        """Send a query, return the number it answers, as it came (`nan` and 9.9E37 included).

        Raises BadReply when the answer is not exactly one number.
        """
        answer = self._ask(command)
        if _NUMBER.fullmatch(answer.strip()) is None:
            raise self._bad_reply(command, answer, "a number")
        return float(answer)

    @action
    def query_text(self, command: str) -> str:
        """Send a query, return its answer without the line ending."""
        return self._ask(command)

    @action
    def write(self, command: str) -> None:
        """Send a command, then read the error queue. Raises InstrumentReportedError."""
        self._in_step()
        self._transport.write(command, timeout_s=self._timeout_s)
        self._refuse_errors(command)

    def _ask(self, command: str) -> str:
        self._in_step()
        return self._transport.query(command, timeout_s=self._timeout_s)

    def _ask_block(self, command: str, *, timeout_s: float, max_bytes: int = LONGEST_BLOCK) -> bytes:
        self._in_step()
        return self._transport.query_block(command, timeout_s=timeout_s, max_bytes=max_bytes)

    def _behind_late_answers(self, found: str) -> str:
        """Read on for the identity: on a serial line an older question may be answered only now."""
        while found != self._known_as and (self._identity is None or self._identity.search(found) is None):
            try:
                found = self._transport.read_until(_LINE, timeout_s=self._timeout_s).strip()
            except InstrumentTimeout:
                self._known_as = None
                break
        return found

    def _in_step(self) -> None:
        if self._transport.links != self._identified_link or self._transport.broken:
            self.identify()

    def _refuse_errors(self, command: str) -> None:
        if not self._error_queue:
            return
        reports: list[str] = []
        while len(reports) < _MOST_ERRORS:
            answer = self._transport.query("SYST:ERR?", timeout_s=self._timeout_s)
            if (match := _ERROR.fullmatch(answer)) is None:
                raise self._bad_reply("SYST:ERR?", answer, "an error number and a text")
            if int(match["code"]) == 0:
                break
            reports.append(answer.strip())
        if reports:
            raise InstrumentReportedError(
                instrument=self.name, sent=command, reports=reports, resource=self.resource
            )

    def _bad_reply(self, command: str, answer: str, expected: str) -> BadReply:
        return BadReply(
            instrument=self.name,
            message=f"expected {expected} in answer to {command!r}, found {answer!r} at {self.resource}",
            check="Check the driver chosen for this instrument and the command.",
            sent=command,
            received=answer,
        )

    def _channel(self, channel: int, highest: int | None = None) -> int:
        if isinstance(channel, bool) or not isinstance(channel, int) or channel < 1:
            raise refused(self.name, f"a channel is a whole number from 1, not {channel!r}")
        if highest is not None and channel > highest:
            raise refused(self.name, f"channel {channel} is above the last one, {highest}")
        return channel
