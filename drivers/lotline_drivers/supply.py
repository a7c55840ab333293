"""A DC power supply with one or more outputs (command set: Keysight E36300 series programming guide)."""

from __future__ import annotations

import math

from lotline_drivers.capabilities import action
from lotline_drivers.connect import refused
from lotline_drivers.errors import InstrumentError, NotSafe
from lotline_drivers.scpi import ScpiInstrument
from lotline_drivers.transport import Transport


class Supply(ScpiInstrument):
    """A power supply; `channels` outputs, counted from 1.

    A value out of the supply's range is refused by the supply (InstrumentReportedError), never clipped here.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        identity: str | None = None,
        timeout_s: float = 2.0,
        idn: bool = True,
        error_queue: bool = True,
        channels: int = 1,
    ) -> None:
        super().__init__(transport, identity=identity, timeout_s=timeout_s, idn=idn, error_queue=error_queue)
        self._channels = self._channel(channels)

    def make_safe(self) -> None:
        """Switch every output off and read each back.

        All are switched off before the first is read back, and each is tried whatever happened to the others.
        Raises NotSafe when an output still reads as on or cannot be read back.
        """
        channels = range(1, self._channels + 1)
        doubts = [doubt for channel in channels if (doubt := self._switched_off(channel)) is not None]
        doubts += [doubt for channel in channels if (doubt := self._read_back_off(channel)) is not None]
        if doubts:
            raise NotSafe(
                instrument=self.name,
                message=f"cannot prove that the outputs at {self.resource} are off: {'; '.join(doubts)}",
                check="Do not touch the unit. Switch the supply off by hand, then check its link.",
                sent="OUTP OFF",
                received="; ".join(doubts),
            )

    @action
    def set_output(self, voltage_v: float, current_limit_a: float, channel: int = 1) -> None:
        """Set voltage (V) and current limit (A), both finite and not negative; on or off stays as it is."""
        channel = self._channel(channel, self._channels)
        voltage = self._amount("voltage_v", voltage_v)
        current = self._amount("current_limit_a", current_limit_a)
        self.write(f"CURR {current!r},(@{channel})")
        self.write(f"VOLT {voltage!r},(@{channel})")

    @action
    def output_on(self, channel: int = 1) -> None:
        """Switch the output on."""
        self.write(f"OUTP ON,(@{self._channel(channel, self._channels)})")

    @action
    def output_off(self, channel: int = 1) -> None:
        """Switch the output off."""
        self.write(f"OUTP OFF,(@{self._channel(channel, self._channels)})")

    @action
    def measure_voltage(self, channel: int = 1) -> float:
        """Voltage at the output in V, as the supply measures it."""
        return self.query_number(f"MEAS:VOLT? (@{self._channel(channel, self._channels)})")

    @action
    def measure_current(self, channel: int = 1) -> float:
        """Current out of the output in A, as the supply measures it."""
        return self.query_number(f"MEAS:CURR? (@{self._channel(channel, self._channels)})")

    def _switched_off(self, channel: int) -> str | None:
        # Straight to the wire: switching off waits for no identification.
        try:
            self._transport.write(f"OUTP OFF,(@{channel})", timeout_s=self._timeout_s)
        except InstrumentError as error:
            return f"output {channel} could not be switched off ({error.message})"
        return None

    def _read_back_off(self, channel: int) -> str | None:
        try:
            state = self._ask(f"OUTP? (@{channel})").strip().upper()
        except InstrumentError as error:
            return f"output {channel} could not be read back ({error.message})"
        return None if state in ("0", "OFF") else f"output {channel} reads {state!r}"

    def _amount(self, what: str, value: float) -> float:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
            or value < 0
        ):
            raise refused(self.name, f"{what} is a finite number from 0, not {value!r}")
        return float(value)
