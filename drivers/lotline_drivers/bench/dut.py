"""The unit's firmware: its console, silent without power."""

from __future__ import annotations

from collections.abc import Callable

from lotline_drivers.bench.world import World

PROMPT = "gw2> "


class Firmware:
    """What the unit says on its console; `say` writes to the wire."""

    def __init__(self, world: World, say: Callable[[bytes], None]) -> None:
        self._world = world
        self._say = say
        self._line = bytearray()

    def power(self, is_running: bool) -> None:
        """Start with a banner and a prompt, or fall silent."""
        self._line.clear()
        if is_running and (unit := self._world.unit) is not None:
            self._say(f"\r\nGW2 gateway, firmware {unit.firmware}\r\n{PROMPT}".encode())

    def hear(self, data: bytes) -> list[str]:
        """Echo what was typed and return the whole lines in it; without power nothing is heard."""
        if not self._world.now.is_running:
            self._line.clear()
            return []
        lines: list[str] = []
        for byte in data:
            if byte in b"\r\n":
                self._say(b"\r\n")
                lines.append(self._line.decode("ascii", "replace"))
                self._line.clear()
            elif len(self._line) < 256:
                self._say(bytes((byte,)))
                self._line.append(byte)
        return lines

    def answer(self, line: str) -> str:
        """What the firmware answers to one line, with the next prompt."""
        unit = self._world.unit
        if unit is None:
            return ""
        match line.strip():
            case "":
                said = ""
            case "version":
                said = f"GW2 gateway, firmware {unit.firmware}\r\n"
            case "serial":
                said = f"serial {unit.serial_number}\r\n"
            case "selftest":
                said = "selftest ok\r\n"
            case other:
                said = f"unknown command: {other}\r\n"
        return said + PROMPT
