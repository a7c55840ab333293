"""The unit on the bench, and what happens in it. Pure: the same seed and serial number are the same unit.

The "GW2 gateway board" takes 12 V, makes 5V0 and 3V3 from it, and runs a firmware with a console. Its input
is a resistance: a supply in current limit loads it with less voltage, and below 9 V it stops.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lotline_drivers.readings import Waveform

DEFECTS = ("low_3v3", "excess_ripple", "wrong_firmware", "high_current")
DEFAULT_DEFECTS: Mapping[str, float] = dict.fromkeys(DEFECTS, 0.04)
NOMINAL_INPUT_V = 12.0
UNDERVOLTAGE_LOCKOUT_V = 9.0
FIRMWARE = "1.4.2"
OVERLOAD = 9.9e37

_ADC_BITS = 12
_ADC_FULL_SCALE_V = 0.2
_SAMPLE_S = 100e-9
_SWITCHING_HZ = 50e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One board, as it left the soldering line.

    input_ohm:  its load on the 12 V input while it runs
    rail_5v0_v: voltage of the 5V0 rail while it runs
    rail_3v3_v: voltage of the 3V3 rail while it runs
    ripple_vpp: peak-to-peak ripple on 3V3, V
    firmware:   the version its console reports
    defects:    what is wrong with it, a subset of DEFECTS
    """

    serial_number: str
    input_ohm: float
    rail_5v0_v: float
    rail_3v3_v: float
    ripple_vpp: float
    firmware: str
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """What a supply's output is set to: voltage in V, current limit in A, on or off."""

    voltage_v: float = 0.0
    current_limit_a: float = 1.0
    is_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """What is the case at the fixture now, without any instrument's noise; voltages in V, current in A."""

    input_v: float
    input_a: float
    rail_5v0_v: float
    rail_3v3_v: float
    ripple_vpp: float
    is_running: bool


def make_unit(seed: int, serial_number: str, defects: Mapping[str, float] = DEFAULT_DEFECTS) -> Unit:
    """The unit with this serial number; `defects` gives each kind's probability, 0 to 1, 0 when left out."""
    random = _random(seed, serial_number)
    spread = random.normal(0.0, 1.0, size=4).clip(-3.0, 3.0)
    drawn = random.random(len(DEFECTS))
    has = tuple(kind for kind, draw in zip(DEFECTS, drawn, strict=True) if draw < defects.get(kind, 0.0))
    idle_a = (0.62 if "high_current" in has else 0.18) * (1 + 0.02 * spread[0])
    return Unit(
        serial_number=serial_number,
        input_ohm=NOMINAL_INPUT_V / float(idle_a),
        rail_5v0_v=5.0 * (1 + 0.003 * float(spread[1])),
        rail_3v3_v=(3.02 if "low_3v3" in has else 3.3) * (1 + 0.003 * float(spread[2])),
        ripple_vpp=(0.095 if "excess_ripple" in has else 0.018) * (1 + 0.05 * float(spread[3])),
        firmware="1.3.9" if "wrong_firmware" in has else FIRMWARE,
        defects=has,
    )


def operate(unit: Unit | None, drive: Drive) -> Operating:
    """What a unit (None: an empty fixture) and a supply bring about together."""
    if not drive.is_on:
        return _dead(0.0, 0.0)
    if unit is None:
        return _dead(drive.voltage_v, 0.0)
    wanted_a = drive.voltage_v / unit.input_ohm
    current_a = min(wanted_a, drive.current_limit_a)
    voltage_v = drive.voltage_v if current_a == wanted_a else current_a * unit.input_ohm
    if voltage_v < UNDERVOLTAGE_LOCKOUT_V:
        # Locked out it draws next to nothing, unless the current limit is what holds it down.
        return _dead(voltage_v, current_a if current_a < wanted_a else 0.002)
    return Operating(
        input_v=voltage_v,
        input_a=current_a,
        rail_5v0_v=unit.rail_5v0_v,
        rail_3v3_v=unit.rail_3v3_v,
        ripple_vpp=unit.ripple_vpp,
        is_running=True,
    )


def input_resistance(unit: Unit | None, drive: Drive) -> float:
    """What an ohmmeter across the input reads in Ohm: OVERLOAD when it is open or under voltage."""
    return OVERLOAD if unit is None or drive.is_on else 1_200.0


def ripple_waveform(ripple_vpp: float, points: int, random: np.random.Generator) -> Waveform:
    """The AC-coupled 3V3 rail as a 12-bit digitiser sees it: a 50 kHz triangle, its edges ringing, and noise.

    The codes are int16 and stop at the converter's ends, -2048 and 2047, as a real one's do.
    """
    time_s = np.arange(points, dtype=np.float64) * _SAMPLE_S
    turn = (time_s * _SWITCHING_HZ + random.random()) % 1.0
    triangle = 2.0 * np.abs(2.0 * turn - 1.0) - 1.0
    ringing = np.exp(-turn * 40.0) * np.sin(2.0 * np.pi * 12.0 * turn)
    value_v = ripple_vpp * (0.44 * triangle + 0.06 * ringing)
    value_v += random.normal(0.0, 0.0002, size=points)
    step_v = _ADC_FULL_SCALE_V / 2**_ADC_BITS
    top = 2 ** (_ADC_BITS - 1)
    codes: npt.NDArray[np.int16] = np.clip(np.rint(value_v / step_v), -top, top - 1).astype("<i2")
    return Waveform(codes=codes, scale=step_v, offset=0.0, uom="V", x0=0.0, dx=_SAMPLE_S)


def noisy(value: float, random: np.random.Generator) -> float:
    """A good instrument's reading of a value: 10 ppm and 10 µ of noise; OVERLOAD stays what it is."""
    if value == OVERLOAD:
        return value
    return value + float(random.normal(0.0, 10e-6 + abs(value) * 10e-6))


def _dead(input_v: float, input_a: float) -> Operating:
    return Operating(
        input_v=input_v, input_a=input_a, rail_5v0_v=0.0, rail_3v3_v=0.0, ripple_vpp=0.0, is_running=False
    )


def _random(seed: int, serial_number: str) -> np.random.Generator:
    digest = hashlib.sha256(f"{seed}:{serial_number}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
