"""Readings that are more than one number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int8] | npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waveform:
    """Samples as the digitiser made them: integer codes, never floats.

    A sample's value is `code * scale + offset` in `uom`; sample i lies at `x0 + i * dx` in `x_uom`.

    codes:  1-D, little-endian int8 or int16, read-only
    scale:  value of one code step
    offset: value of code 0
    uom:    physical unit of the values
    x0:     place of the first sample on the axis
    dx:     distance of two samples, above 0
    x_uom:  physical unit of the axis
    """

    codes: Codes
    scale: float
    offset: float
    uom: str
    x0: float
    dx: float
    x_uom: str = "s"

    def __post_init__(self) -> None:
        if self.codes.ndim != 1:
            raise ValueError(f"a waveform has one dimension, these codes have {self.codes.ndim}")
        if self.codes.dtype not in (np.dtype("<i1"), np.dtype("<i2")):
            raise ValueError(f"codes are little-endian int8 or int16, these are {self.codes.dtype}")
        self.codes.flags.writeable = False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Waveform):
            return NotImplemented
        mine = (self.scale, self.offset, self.uom, self.x0, self.dx, self.x_uom, self.codes.dtype)
        theirs = (other.scale, other.offset, other.uom, other.x0, other.dx, other.x_uom, other.codes.dtype)
        return mine == theirs and np.array_equal(self.codes, other.codes)

    def __hash__(self) -> int:
        return hash((self.codes.tobytes(), self.scale, self.offset, self.uom, self.x0, self.dx))

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """The samples in `uom`, float64, same length as `codes`."""
        return self.codes.astype(np.float64) * self.scale + self.offset
