"""The simulated SCPI instruments: what each answers to one command, without any wire."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from lotline_drivers.bench.physics import OVERLOAD, input_resistance, ripple_waveform
from lotline_drivers.bench.world import World
from lotline_drivers.block import encode_block
from lotline_drivers.readings import Waveform

Handler = Callable[[re.Match[str]], str | bytes | None]
_CHANNEL = r"(?:[ ,]+\(@(?P<channel>\d+)\))?"
_NUMBER = r"(?P<value>[+-]?[\d.]+(?:[eE][+-]?\d+)?)"


class ScpiRefusal(Exception):
    """A command the instrument does not accept; its text goes into the error queue."""


class SimulatedScpi:
    """Common commands and the error queue; a subclass adds its own patterns."""

    instrument = ""
    identity = ""

    def __init__(self, world: World) -> None:
        self.world = world
        self._errors: deque[str] = deque(maxlen=30)
        self._handlers: list[tuple[re.Pattern[str], Handler]] = []
        self.on(r"\*IDN\?", lambda _match: self.identity)
        self.on(r"\*OPC\?", lambda _match: "1")
        self.on(r"\*RST", lambda _match: None)
        self.on(r"\*CLS", lambda _match: self._errors.clear())
        self.on(r":?SYST:ERR\?", lambda _match: self._errors.popleft() if self._errors else '+0,"No error"')

    def on(self, pattern: str, handler: Handler) -> None:
        """Let `handler` answer what matches the whole of `pattern`, in any case."""
        self._handlers.append((re.compile(pattern, re.IGNORECASE), handler))

    def answer(self, line: str) -> bytes | None:
        """The answer to one line of commands, without its line ending; None when there is nothing to say."""
        answers: list[bytes] = []
        for command in filter(None, (part.strip() for part in line.split(";"))):
            try:
                said = self._one(command)
            except ScpiRefusal as refusal:
                self._errors.append(str(refusal))
                continue
            if said is not None:
                answers.append(said if isinstance(said, bytes) else said.encode())
        return b";".join(answers) if answers else None

    def _one(self, command: str) -> str | bytes | None:
        for pattern, handler in self._handlers:
            if match := pattern.fullmatch(command):
                return handler(match)
        raise ScpiRefusal('-113,"Undefined header"')


class SimulatedDmm(SimulatedScpi):
    """Channel 1 is the unit's input, 2 its 5V0 rail, 3 its 3V3 rail."""

    instrument = "dmm"
    identity = "Lotline Simulation,DMM-6,SIM0001,1.0"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.on(r":?MEAS(?:URE)?:VOLT(?:AGE)?(?::DC)?\?" + _CHANNEL, self._voltage)
        self.on(r":?MEAS(?:URE)?:CURR(?:ENT)?(?::DC)?\?" + _CHANNEL, self._current)
        self.on(r":?MEAS(?:URE)?:RES(?:ISTANCE)?\?" + _CHANNEL, self._resistance)

    def _voltage(self, match: re.Match[str]) -> str:
        now = self.world.now
        return self._reading((now.input_v, now.rail_5v0_v, now.rail_3v3_v)[_channel(match, 3) - 1])

    def _current(self, match: re.Match[str]) -> str:
        _channel(match, 1)
        return self._reading(self.world.now.input_a)

    def _resistance(self, match: re.Match[str]) -> str:
        _channel(match, 1)
        return self._reading(input_resistance(self.world.unit, self.world.drive))

    def _reading(self, value: float) -> str:
        return f"{self.world.read(value):+.8E}"


class SimulatedSupply(SimulatedScpi):
    """One output, 0 to 30 V and 0 to 3 A."""

    instrument = "supply"
    identity = "Lotline Simulation,PSU-3,SIM0002,1.0"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.on(rf":?VOLT(?:AGE)? {_NUMBER}{_CHANNEL}", self._set_voltage)
        self.on(rf":?CURR(?:ENT)? {_NUMBER}{_CHANNEL}", self._set_current)
        self.on(rf":?OUTP(?:UT)? (?P<state>ON|OFF|0|1){_CHANNEL}", self._switch)
        self.on(rf":?OUTP(?:UT)?\?{_CHANNEL}", lambda match: self._shown(match, int(self.world.drive.is_on)))
        self.on(rf":?VOLT(?:AGE)?\?{_CHANNEL}", lambda match: self._shown(match, self.world.drive.voltage_v))
        self.on(
            rf":?CURR(?:ENT)?\?{_CHANNEL}", lambda match: self._shown(match, self.world.drive.current_limit_a)
        )
        self.on(rf":?MEAS:VOLT\?{_CHANNEL}", lambda match: self._measured(match, self.world.now.input_v))
        self.on(rf":?MEAS:CURR\?{_CHANNEL}", lambda match: self._measured(match, self.world.now.input_a))

    def _set_voltage(self, match: re.Match[str]) -> None:
        _channel(match, 1)
        self.world.set_drive(replace(self.world.drive, voltage_v=_in_range(match["value"], 30.0)))

    def _set_current(self, match: re.Match[str]) -> None:
        _channel(match, 1)
        self.world.set_drive(replace(self.world.drive, current_limit_a=_in_range(match["value"], 3.0)))

    def _switch(self, match: re.Match[str]) -> None:
        _channel(match, 1)
        self.world.set_drive(replace(self.world.drive, is_on=match["state"].upper() in ("ON", "1")))

    def _shown(self, match: re.Match[str], value: float) -> str:
        _channel(match, 1)
        return str(value)

    def _measured(self, match: re.Match[str], value: float) -> str:
        _channel(match, 1)
        return f"{self.world.read(value):+.6E}"


class SimulatedOscilloscope(SimulatedScpi):
    """Channel 1 is the 3V3 rail, AC-coupled; channels 2 to 4 are open."""

    instrument = "oscilloscope"
    identity = "Lotline Simulation,SCOPE-4,SIM0003,1.0"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._points = 10_000
        self._source = 1
        self._captured: dict[int, Waveform] = {}
        self.on(r":?WAV:SOUR CHAN(?P<channel>\d)", self._select)
        self.on(r":?WAV:POIN (?P<value>\d+)", self._set_points)
        self.on(r":?WAV:(FORM WORD|BYT LSBF|UNS 0)", lambda _match: None)
        self.on(r":?DIG(?: CHAN(?P<channel>\d))?", self._digitize)
        self.on(r":?WAV:PRE\?", self._preamble)
        self.on(r":?WAV:DATA\?", lambda _match: encode_block(self._shown().codes.tobytes()))
        self.on(r":?MEAS:VPP\? CHAN(?P<channel>\d)", self._vpp)

    def _select(self, match: re.Match[str]) -> None:
        self._source = _channel(match, 4)

    def _set_points(self, match: re.Match[str]) -> None:
        points = int(match["value"])
        if not 1 <= points <= 1_000_000:
            raise ScpiRefusal('-222,"Data out of range"')
        self._points = points

    def _digitize(self, match: re.Match[str]) -> None:
        channel = _channel(match, 4)
        ripple_vpp = self.world.now.ripple_vpp if channel == 1 else 0.0
        self._captured[channel] = ripple_waveform(ripple_vpp, self._points, self.world.random)

    def _preamble(self, _match: re.Match[str]) -> str:
        shown = self._shown()
        x_axis = f"{shown.dx:.9E},{shown.x0:.9E},0"
        y_axis = f"{shown.scale:.9E},{shown.offset:.9E},0"
        return f"1,0,{len(shown.codes)},1,{x_axis},{y_axis}"

    def _vpp(self, match: re.Match[str]) -> str:
        captured = self._captured.get(_channel(match, 4))
        if captured is None:
            return f"{OVERLOAD:.1E}"
        return f"{(int(captured.codes.max()) - int(captured.codes.min())) * captured.scale:+.6E}"

    def _shown(self) -> Waveform:
        if self._source not in self._captured:
            raise ScpiRefusal('-230,"Data corrupt or stale"')
        return self._captured[self._source]


def _channel(match: re.Match[str], highest: int) -> int:
    channel = int(match["channel"] or 1)
    if not 1 <= channel <= highest:
        raise ScpiRefusal('-222,"Data out of range"')
    return channel


def _in_range(text: str, highest: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ScpiRefusal('-104,"Data type error"') from None
    if not 0.0 <= value <= highest:
        raise ScpiRefusal('-222,"Data out of range"')
    return value
