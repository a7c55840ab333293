"""Faults that can be switched on at the bench, one per instrument at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

INSTRUMENTS = ("dmm", "supply", "oscilloscope", "console")
KINDS = ("none", "no_answer", "slow", "garbage", "drop_link", "wrong_identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one instrument's answers.

    kind:    one of KINDS
    left:    how many more answers it spoils; None until it is switched off
    delay_s: how late a slow answer is
    """

    kind: str
    left: int | None = None
    delay_s: float = 5.0


NO_FAULT = Fault(kind="none")


@dataclass(slots=True)
class Faults:
    """The faults that are on now."""

    _on: dict[str, Fault] = field(default_factory=dict)

    def set(self, instrument: str, fault: Fault) -> None:
        """Switch a fault on, or off with kind `none`. Raises ValueError for an unknown instrument or kind."""
        if instrument not in INSTRUMENTS:
            raise ValueError(f"instrument is one of {', '.join(INSTRUMENTS)}, not {instrument!r}")
        if fault.kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}, not {fault.kind!r}")
        if fault.kind == "none":
            self._on.pop(instrument, None)
        else:
            self._on[instrument] = fault

    def spoil(self, instrument: str, *, is_identity: bool) -> Fault:
        """The fault that spoils the answer about to be given; it is counted as used."""
        fault = self._on.get(instrument, NO_FAULT)
        if fault.kind == "none" or (fault.kind == "wrong_identity" and not is_identity):
            return NO_FAULT
        if fault.left is not None:
            left = Fault(kind=fault.kind, left=fault.left - 1, delay_s=fault.delay_s)
            if fault.left <= 1:
                del self._on[instrument]
            else:
                self._on[instrument] = left
        return fault

    def state(self) -> dict[str, dict[str, object]]:
        """The faults that are on, as JSON."""
        return {
            name: {"kind": fault.kind, "left": fault.left, "delay_s": fault.delay_s}
            for name, fault in self._on.items()
        }
