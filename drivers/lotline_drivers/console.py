"""The console of the unit under test, on a serial line or a terminal server's socket."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any, Self

from lotline_drivers.capabilities import action
from lotline_drivers.connect import connect, line_ending, own_options, refused
from lotline_drivers.errors import BadReply, InstrumentTimeout, shown
from lotline_drivers.transport import Transport

# What no console writes: bell, backspace, tab, line ends and escape sequences are fine.
_NOISE = re.compile(r"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")


class UnitConsole:
    """Send lines to the unit and read what it says.

    prompt:     the text the unit shows when it waits for a command
    echo:       False for a unit that does not repeat what it is told
    timeout_s:  deadline of each exchange, unless a call brings its own
    transport:  an open one, with the unit's line ending as its `write_ending`; this instrument closes it

    The console belongs to the unit, not to the station: it has no identity of its own, and a unit without
    power is silent.
    """

    def __init__(
        self, transport: Transport, *, timeout_s: float = 2.0, prompt: str = "> ", echo: bool = True
    ) -> None:
        self.name = transport.name
        self.resource = transport.resource
        self._transport = transport
        self._timeout_s = timeout_s
        self._prompt = prompt
        self._echo = echo
        if not isinstance(prompt, str) or not prompt:
            raise refused(self.name, f"prompt is a text of at least one character, not {prompt!r}")

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
        """Open the line (115200 baud by default); nothing is sent.

        Raises InstrumentUnreachable, RefusedSetting.
        """
        if identity is not None:
            raise refused(
                name,
                "a console belongs to the unit and has no identity",
                check="Remove `identity`; check the unit's firmware or serial number in a step of the plan.",
            )
        given = {"baud_rate": 115_200, **(options or {})}
        line_ending(name, "write_ending", given.get("write_ending", "LF"))
        own = own_options(name, cls.__init__, given)
        transport = connect(name=name, resource=resource, timeout_s=timeout_s, backend=backend, options=given)
        try:
            return cls(transport, timeout_s=timeout_s, **own)
        except BaseException:
            transport.close()
            raise

    def identify(self) -> str:
        """The resource name: the line is open, and nobody on it can be asked while the unit has no power."""
        return f"console on {self.resource}"

    def make_safe(self) -> None:
        """Nothing: a console drives nothing."""

    def close(self) -> None:
        """End the session, from any thread."""
        self._transport.close()

    @action
    def send(self, line: str) -> None:
        """Discard what was not read yet, then send one line."""
        self._transport.write(line, timeout_s=self._timeout_s)

    @action
    def expect(self, pattern: str, timeout_s: float | None = None) -> str:
        """Read until the pattern (a regular expression) matches; return its first group, or the whole match.

        `timeout_s` None means the instrument's own deadline. Raises InstrumentTimeout, which shows what
        came instead.
        """
        compiled = self._compiled(pattern)
        text = self._transport.read_until(compiled, timeout_s=self._deadline(timeout_s))
        if (match := compiled.search(self._as_text(text, f"expect {pattern!r}"))) is None:
            raise self._bad_reply(f"expect {pattern!r}", f"expected {pattern!r}", text.encode("latin-1"))
        return _found(match)

    @action
    def read_text(self, command: str, pattern: str, timeout_s: float | None = None) -> str:
        """Send a command, read up to the next prompt, return what the pattern finds in the answer.

        The unit's echo of the command is waited for and left out, so that a prompt still on its way from
        before is not taken for the end of the answer. The pattern's first group is returned, or the whole
        match.

        Raises BadReply when the answer does not match, InstrumentTimeout when no echo or prompt comes.
        """
        compiled = self._compiled(pattern)
        deadline = time.monotonic() + self._deadline(timeout_s)
        self._transport.write(command, timeout_s=self._timeout_s)
        if self._echo:
            self._read_to(re.escape(command) + r"\s*?[\r\n]", deadline, f"the echo of {command!r}")
        text = self._read_to(
            r"(?:^|[\r\n])" + re.escape(self._prompt), deadline, f"the prompt {self._prompt!r}"
        )
        answer = self._as_text(text, command).replace("\r", "").removeprefix("\n").removesuffix(self._prompt)
        if (match := compiled.search(answer)) is None:
            raise self._bad_reply(command, f"expected {pattern!r}", answer.encode())
        return _found(match)

    @action
    def wait_for_prompt(self, timeout_s: float | None = None) -> None:
        """Wait until the unit has started and shows its prompt; it is nudged with an empty line now and then.

        Raises InstrumentTimeout.
        """
        left = self._deadline(timeout_s)
        prompt = re.compile(re.escape(self._prompt))
        patience = 0.25
        while True:
            now = min(patience, left)
            self._transport.write("", timeout_s=self._timeout_s)
            try:
                self._transport.read_until(prompt, timeout_s=now, what=f"the prompt {self._prompt!r}")
            except InstrumentTimeout:
                left -= now
                if left <= 0:
                    raise
            else:
                return

    def _read_to(self, pattern: str, deadline: float, what: str) -> str:
        left = max(0.0, deadline - time.monotonic())
        return self._transport.read_until(re.compile(pattern), timeout_s=left, what=what)

    def _deadline(self, timeout_s: float | None) -> float:
        return self._timeout_s if timeout_s is None else timeout_s

    def _as_text(self, text: str, command: str) -> str:
        """The text the unit's bytes are; noise on the line is none. Raises BadReply."""
        raw = text.encode("latin-1")
        try:
            decoded = raw.decode()
        except UnicodeDecodeError as error:
            raise self._bad_reply(command, "expected text", raw) from error
        if _NOISE.search(decoded):
            raise self._bad_reply(command, "expected text without control characters", raw)
        return decoded

    def _bad_reply(self, command: str, expected: str, raw: bytes) -> BadReply:
        return BadReply(
            instrument=self.name,
            message=f"{expected} in the answer to {command!r}, found '{shown(raw)}' at {self.resource}",
            check="Check baud rate and line, and the pattern against what this unit's firmware says.",
            sent=command,
            received=shown(raw),
        )

    def _compiled(self, pattern: str) -> re.Pattern[str]:
        try:
            return re.compile(pattern, re.MULTILINE)
        except re.error as error:
            raise refused(self.name, f"pattern {pattern!r} is no regular expression ({error})") from error


def _found(match: re.Match[str]) -> str:
    return match[1] if match.re.groups and match[1] is not None else match[0]
