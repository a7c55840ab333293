"""What an instrument can do, as small protocols, and which of its methods a test plan may call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

from lotline_drivers.readings import Waveform

ActionResult = float | bool | str | Waveform | None
"""What an action returns; `None` means that it does something and reads nothing."""

_MARK = "__lotline_action__"
_F = TypeVar("_F", bound=Callable[..., ActionResult])


@runtime_checkable
class Instrument(Protocol):
    """One open session to one measuring device."""

    def identify(self) -> str:
        """Ask who answers, check it against the configured pattern, return it as it came."""
        ...

    def make_safe(self) -> None:
        """Bring the instrument into a state in which the unit can be touched; prove it or raise."""
        ...

    def close(self) -> None:
        """End the session. May be called from any thread, while a call hangs, and more than once."""
        ...


class Driver(Instrument, Protocol):
    """An instrument class the registry can open; this is what an entry point in `lotline.drivers` names."""

    @classmethod
    def open(
        cls,
        *,
        name: str,
        resource: str,
        identity: str | None,
        timeout_s: float,
        backend: str,
        options: Mapping[str, Any],
    ) -> Self:
        """Open the resource within `timeout_s`; `identity` None means that any instrument is accepted."""
        ...


class MeasuresVoltage(Protocol):
    def measure_voltage(self, channel: int = 1) -> float:
        """DC voltage in V."""
        ...


class MeasuresCurrent(Protocol):
    def measure_current(self, channel: int = 1) -> float:
        """DC current in A."""
        ...


class MeasuresResistance(Protocol):
    def measure_resistance(self, channel: int = 1) -> float:
        """Resistance in Ohm."""
        ...


class SuppliesPower(Protocol):
    def set_output(self, voltage_v: float, current_limit_a: float, channel: int = 1) -> None:
        """Set voltage (V) and current limit (A); the output's state stays as it is."""
        ...

    def output_on(self, channel: int = 1) -> None:
        """Switch the output on."""
        ...

    def output_off(self, channel: int = 1) -> None:
        """Switch the output off."""
        ...


class CapturesWaveform(Protocol):
    def capture(self, channel: int = 1, points: int | None = None) -> Waveform:
        """Acquire once and return the integer codes; `points` None means the instrument's default."""
        ...


class Console(Protocol):
    def send(self, line: str) -> None:
        """Send one line."""
        ...

    def expect(self, pattern: str, timeout_s: float | None = None) -> str:
        """Read until the pattern matches; `timeout_s` None means the instrument's own deadline."""
        ...

    def read_text(self, command: str, pattern: str, timeout_s: float | None = None) -> str:
        """Send a command, return what the pattern finds in its answer."""
        ...


def action(method: _F) -> _F:
    """Mark a method as one a test plan may call."""
    setattr(method, _MARK, True)
    return method


def actions_of(cls: type) -> Mapping[str, inspect.Signature]:
    """The actions of an instrument class by name, each with its signature without `self`.

    Annotations are resolved to types, so that a plan's arguments can be checked without opening anything.
    """
    found: dict[str, inspect.Signature] = {}
    for name, method in inspect.getmembers(cls, inspect.isfunction):
        if not getattr(method, _MARK, False):
            continue
        signature = inspect.signature(method, eval_str=True)
        found[name] = signature.replace(parameters=list(signature.parameters.values())[1:])
    return found
