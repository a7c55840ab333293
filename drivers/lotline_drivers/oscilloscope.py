"""A digital oscilloscope (command set: Keysight InfiniiVision programmer's guide, :WAVeform subsystem)."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import numpy as np

from lotline_drivers.capabilities import action
from lotline_drivers.connect import refused
from lotline_drivers.readings import Waveform
from lotline_drivers.scpi import ScpiInstrument
from lotline_drivers.transport import Transport

_SLOWEST_BYTES_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class _Preamble:
    """The answer to :WAVeform:PREamble?, field by field."""

    format: float
    type: float
    points: float
    count: float
    x_increment: float
    x_origin: float
    x_reference: float
    y_increment: float
    y_origin: float
    y_reference: float


class Oscilloscope(ScpiInstrument):
    """An oscilloscope; `points` samples are captured unless a step asks for another number."""

    def __init__(
        self,
        transport: Transport,
        *,
        identity: str | None = None,
        timeout_s: float = 2.0,
        idn: bool = True,
        error_queue: bool = True,
        points: int = 10_000,
        uom: str = "V",
    ) -> None:
        super().__init__(transport, identity=identity, timeout_s=timeout_s, idn=idn, error_queue=error_queue)
        self._points = self._wanted(points)
        self._uom = uom

    @action
    def capture(self, channel: int = 1, points: int | None = None) -> Waveform:
        """Acquire once and return the channel's integer codes, exactly `points` of them.

        `points` None means the configured number. The codes stay integers: value = code * scale + offset in
        V, sample i at x0 + i * dx in s. The deadline is the instrument's own for the acquisition, and that
        plus 1 s per MB for the transfer. Raises BadReply when block and preamble do not agree,
        InstrumentReportedError when the instrument refuses the number of points.
        """
        channel = self._channel(channel)
        wanted = self._points if points is None else self._wanted(points)
        self.write(f":WAV:SOUR CHAN{channel};:WAV:FORM WORD;:WAV:BYT LSBF;:WAV:UNS 0;:WAV:POIN {wanted}")
        self._acquire(channel)
        preamble = self._preamble()
        is_byte = preamble.format == 0
        expected = wanted if is_byte else 2 * wanted
        payload = self._ask_block(
            ":WAV:DATA?",
            timeout_s=self._timeout_s + expected / _SLOWEST_BYTES_PER_S,
            max_bytes=max(expected, 1 << 20),
        )
        if len(payload) != expected or preamble.points != wanted:
            found = f"{len(payload)} bytes, {preamble.points:g} points in the preamble"
            raise self._bad_reply(":WAV:DATA?", found, f"{expected} bytes for {wanted} points")
        return Waveform(
            codes=np.frombuffer(payload, "<i1").astype(np.int8)
            if is_byte
            else np.frombuffer(payload, "<i2").astype("<i2"),
            scale=preamble.y_increment,
            offset=preamble.y_origin - preamble.y_reference * preamble.y_increment,
            uom=self._uom,
            x0=preamble.x_origin - preamble.x_reference * preamble.x_increment,
            dx=preamble.x_increment,
        )

    @action
    def measure_vpp(self, channel: int = 1) -> float:
        """Acquire once and give the peak-to-peak voltage in V; 9.9E37 when the instrument cannot tell.

        The acquisition is a new one: the instrument's last may show the unit before.
        """
        self._acquire(self._channel(channel))
        return self.query_number(f":MEAS:VPP? CHAN{self._channel(channel)}")

    def _acquire(self, channel: int) -> None:
        if (done := self._ask(f":DIG CHAN{channel};*OPC?").strip()) != "1":
            raise self._bad_reply(f":DIG CHAN{channel};*OPC?", done, "'1'")

    def _preamble(self) -> _Preamble:
        answer = self._ask(":WAV:PRE?")
        try:
            preamble = _Preamble(*(float(field) for field in answer.split(",")))
        except (ValueError, TypeError) as error:
            raise self._bad_reply(":WAV:PRE?", answer, "ten numbers") from error
        if (
            not all(map(math.isfinite, astuple(preamble)))
            or preamble.x_increment <= 0
            or preamble.format not in (0, 1)
        ):
            raise self._bad_reply(":WAV:PRE?", answer, "finite numbers, format 0 or 1, a time step above 0")
        return preamble

    def _wanted(self, points: int) -> int:
        if isinstance(points, bool) or not isinstance(points, int) or not 1 <= points <= 100_000_000:
            raise refused(self.name, f"points is a whole number from 1 to 100,000,000, not {points!r}")
        return points
