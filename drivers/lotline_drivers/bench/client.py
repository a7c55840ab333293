"""The control line of a simulated bench, from Python."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, Self


class BenchRefused(Exception):
    """The bench did not follow a request; the text says why."""


class Bench:
    """One bench, by its control address `host:port`; each call is a connection of its own.

    Every call raises BenchRefused when the bench refuses it, and OSError when no bench answers.
    """

    def __init__(self, control: str, *, timeout_s: float = 10.0) -> None:
        host, _, port = control.rpartition(":")
        self._address = (host, int(port))
        self._timeout_s = timeout_s

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """The bench that runs in this folder, by its bench.json."""
        return cls(json.loads((folder / "bench.json").read_text())["control"])

    def scan(
        self, serial_number: str | None = None, *, raw: str | None = None, suffix: str | None = None
    ) -> dict[str, Any]:
        """Place the unit and let the scanner send its serial number; the unit is returned.

        raw:    sent instead of the serial number, as it is
        suffix: sent instead of the scanner's; None means the scanner's
        """
        return self.ask({"do": "scan", "serial_number": serial_number, "raw": raw, "suffix": suffix})

    def place(self, serial_number: str | None) -> dict[str, Any]:
        """Put a unit into the fixture without a scan; None empties the fixture."""
        return self.ask({"do": "place", "serial_number": serial_number})

    def repair(self, serial_number: str) -> None:
        """Mend what is wrong with a unit, as rework does; it shows at its next scan."""
        self.ask({"do": "repair", "serial_number": serial_number})

    def fault(
        self, instrument: str, kind: str, *, count: int | None = None, delay_s: float = 5.0
    ) -> dict[str, Any]:
        """Spoil the next `count` answers of an instrument; None spoils them until kind `none` is set.

        instrument: dmm, supply, oscilloscope or console
        kind:       no_answer, slow (by `delay_s`), garbage, drop_link, wrong_identity or none
        """
        return self.ask(
            {"do": "fault", "instrument": instrument, "kind": kind, "count": count, "delay_s": delay_s}
        )

    def state(self) -> dict[str, Any]:
        """The unit, the supply's setting, what is the case at the fixture, and the faults that are on."""
        return self.ask({"do": "state"})

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request, return its answer."""
        with socket.create_connection(self._address, self._timeout_s) as connection:
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as answers:
                line = answers.readline()
        if not line:
            raise ConnectionError("the bench ended the control line without an answer")
        answer: dict[str, Any] = json.loads(line)
        if not answer.pop("ok"):
            raise BenchRefused(answer["error"])
        return answer
