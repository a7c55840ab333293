"""The console of the unit under test, on a serial line or a terminal server's socket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Self

from lotline_drivers.capabilities import action
from lotline_drivers.connect import connect, line_ending, own_options, refused
from lotline_drivers.errors import BadReply, InstrumentTimeout, shown
from lotline_drivers.transport import Transport


class UnitConsole:
    """Send lines to the unit and read what it says.

    prompt:     the text the unit shows when it waits for a command
    timeout_s:  deadline of each exchange, unless a call brings its own
    transport:  an open one, with the unit's line ending as its `write_ending`; this instrument closes it

    The console belongs to the unit, not to the station: it has no identity of its own, and a unit without
    power is silent.
    """

    def __init__(self, transport: Transport, *, timeout_s: float = 2.0, prompt: str = "> ") -> None:
        self.name = transport.name
        self.resource = transport.resource
        self._transport = transport
        self._timeout_s = timeout_s
        self._prompt = prompt
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
        match = compiled.search(text)
        return _found(match) if match else ""

    @action
    def read_text(self, command: str, pattern: str, timeout_s: float | None = None) -> str:
        """Send a command, read up to the next prompt, return what the pattern finds in the answer.

        The unit's echo of the command is left out. The pattern's first group is returned, or the whole
        match. Raises BadReply when the answer does not match, InstrumentTimeout when no prompt comes.
        """
        compiled = self._compiled(pattern)
        self._transport.write(command, timeout_s=self._timeout_s)
        prompt = re.compile(r"(?:^|[\r\n])" + re.escape(self._prompt))
        text = self._transport.read_until(prompt, timeout_s=self._deadline(timeout_s))
        answer = text.replace("\r", "").removeprefix(command).removeprefix("\n").removesuffix(self._prompt)
        if (match := compiled.search(answer)) is None:
            raise BadReply(
                instrument=self.name,
                message=f"expected {pattern!r} in the answer to {command!r}, found {shown(answer.encode())}"
                f" at {self.resource}",
                check="Check the pattern against what this unit's firmware says.",
                sent=command,
                received=answer,
            )
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
                self._transport.read_until(prompt, timeout_s=now)
            except InstrumentTimeout:
                left -= now
                if left <= 0:
                    raise
            else:
                return

    def _deadline(self, timeout_s: float | None) -> float:
        return self._timeout_s if timeout_s is None else timeout_s

    def _compiled(self, pattern: str) -> re.Pattern[str]:
        try:
            return re.compile(pattern, re.MULTILINE)
        except re.error as error:
            raise refused(self.name, f"pattern {pattern!r} is no regular expression ({error})") from error


def _found(match: re.Match[str]) -> str:
    return match[1] if match.re.groups and match[1] is not None else match[0]
