"""A digital multimeter with SCPI's MEASure subsystem (SCPI-99 vol. 2, chapter 3)."""

from __future__ import annotations

from lotline_drivers.capabilities import action
from lotline_drivers.scpi import ScpiInstrument


class Dmm(ScpiInstrument):
    """A multimeter, over TCP, USB, GPIB or a serial line.

    Channel 1 is the front terminals and is measured without a channel list, so that a meter without a
    scanner card understands it; any other channel is sent as `(@n)`. A reading is returned as it came:
    `nan` stays nan, and an overload stays 9.9E37.
    """

    @action
    def measure_voltage(self, channel: int = 1) -> float:
        """DC voltage in V, autorange. Raises BadReply when the answer is not one number."""
        return self.query_number(self._with_channel("MEAS:VOLT:DC?", channel))

    @action
    def measure_current(self, channel: int = 1) -> float:
        """DC current in A, autorange. Raises BadReply when the answer is not one number."""
        return self.query_number(self._with_channel("MEAS:CURR:DC?", channel))

    @action
    def measure_resistance(self, channel: int = 1) -> float:
        """Two-wire resistance in Ohm, autorange; an open circuit reads 9.9E37."""
        return self.query_number(self._with_channel("MEAS:RES?", channel))

    def _with_channel(self, command: str, channel: int) -> str:
        return command if self._channel(channel) == 1 else f"{command} (@{channel})"
