"""The control line: newline JSON over TCP, one answer a line."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from lotline_drivers.bench.faults import Fault, Faults
from lotline_drivers.bench.wires import LONGEST_LINE
from lotline_drivers.bench.world import World

Request = dict[str, Any]


class Control:
    """Answers requests; `emit` makes the scanner send bytes, `suffix` and `prefix` are the scanner's."""

    def __init__(
        self, world: World, faults: Faults, emit: Callable[[bytes], None], *, suffix: bytes, prefix: bytes
    ) -> None:
        self._world = world
        self._faults = faults
        self._emit = emit
        self._suffix = suffix
        self._prefix = prefix

    def answer(self, line: bytes) -> dict[str, Any]:
        """The answer to one request; a request that cannot be followed gets `ok: false` and the reason."""
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise TypeError("a request is a JSON object")
            return {"ok": True, **self._do(request)}
        except (ValueError, TypeError, KeyError) as error:
            return {"ok": False, "error": str(error)}

    def _do(self, request: Request) -> dict[str, Any]:
        match request.get("do"):
            case "scan":
                return self._scan(request)
            case "place":
                self._world.place(_text(request, "serial_number"))
                return self._unit()
            case "repair":
                self._repair(request)
                return {}
            case "fault":
                self._fault(request)
                return {"faults": self._faults.state()}
            case "state":
                return self._state()
            case other:
                raise ValueError(f"do is one of scan, place, repair, fault, state, not {other!r}")

    def _scan(self, request: Request) -> dict[str, Any]:
        serial_number = _text(request, "serial_number")
        raw = _text(request, "raw")
        if serial_number is None and raw is None:
            raise ValueError("a scan has a serial_number, or raw text, or both")
        if serial_number is not None:
            self._world.place(serial_number)
        # Raw text goes out as it is given; only the suffix is added, so that it ends as a scan does.
        sent = self._prefix + str(serial_number).encode() if raw is None else raw.encode("latin-1", "replace")
        suffix = _text(request, "suffix")
        self._emit(sent + (self._suffix if suffix is None else suffix.encode("latin-1", "replace")))
        return self._unit()

    def _repair(self, request: Request) -> None:
        serial_number = _text(request, "serial_number")
        if serial_number is None:
            raise ValueError("a repair has a serial_number")
        self._world.repair(serial_number)

    def _fault(self, request: Request) -> None:
        count = request.get("count")
        delay_s = request.get("delay_s", 5.0)
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
            raise ValueError(f"count is a whole number from 1, not {count!r}")
        if isinstance(delay_s, bool) or not isinstance(delay_s, int | float) or not 0 <= delay_s <= 3600:
            raise ValueError(f"delay_s lies between 0 and 3600, not {delay_s!r}")
        fault = Fault(kind=str(request.get("kind")), left=count, delay_s=float(delay_s))
        self._faults.set(str(request.get("instrument")), fault)

    def _unit(self) -> dict[str, Any]:
        return {"unit": None if self._world.unit is None else asdict(self._world.unit)}

    def _state(self) -> dict[str, Any]:
        return {
            "seed": self._world.seed,
            **self._unit(),
            "supply": asdict(self._world.drive),
            "operating": asdict(self._world.now),
            "faults": self._faults.state(),
        }


async def serve_control(control: Control, port: int) -> asyncio.Server:
    """Listen on 127.0.0.1; port 0 takes a free one."""

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(control.answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            return
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    return await asyncio.start_server(session, "127.0.0.1", port, limit=LONGEST_LINE)


def _text(request: Request, key: str) -> str | None:
    value = request.get(key)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{key} is a text, not {value!r}")
    return value
