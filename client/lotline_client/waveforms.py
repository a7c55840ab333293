"""Waveforms as numpy arrays, proved by their digest."""

import hashlib
from dataclasses import dataclass

import httpx
import numpy as np
from numpy.typing import NDArray

from lotline_client.errors import LotServerError


@dataclass(frozen=True, slots=True, kw_only=True)
class Waveform:
    """A vector as it was measured. codes: the raw samples, of the instrument's own type and shape.

    x0, dx: sample i lies at x0 + i * dx; None where the samples have no axis
    """

    digest: str
    codes: NDArray[np.generic]
    scale: float
    offset: float
    x0: float | None
    dx: float | None

    @property
    def values(self) -> NDArray[np.generic]:
        """The samples in their uom: float64, or complex where they are."""
        if self.scale == 1.0 and self.offset == 0.0:
            return self.codes
        made: NDArray[np.generic] = self.codes * self.scale + self.offset  # type: ignore[operator]
        return made

    @property
    def axis(self) -> NDArray[np.float64]:
        """Where the samples lie, along their first dimension; counts where there is no axis."""
        counted = np.arange(self.codes.shape[0], dtype=np.float64)
        return counted if self.dx is None or self.x0 is None else self.x0 + counted * self.dx


def read_waveform(answer: httpx.Response, digest: str) -> Waveform:
    """Read a vector's answer. Raises LotServerError where its samples are not those that were asked for."""
    head, raw = answer.headers, answer.content
    if hashlib.sha256(raw).hexdigest() != digest:
        raise LotServerError(f"these samples are not those of vector {digest}: they were damaged on the way")
    try:
        shape = tuple(int(each) for each in head["X-Lotline-Shape"].split(","))
        codes = np.frombuffer(raw, dtype=np.dtype(head["X-Lotline-Dtype"])).reshape(shape)
        codes.flags.writeable = False
        has_axis = "X-Lotline-Axis-Dx" in head
        return Waveform(
            digest=digest,
            codes=codes,
            scale=float(head["X-Lotline-Scale"]),
            offset=float(head["X-Lotline-Offset"]),
            x0=float(head["X-Lotline-Axis-X0"]) if has_axis else None,
            dx=float(head["X-Lotline-Axis-Dx"]) if has_axis else None,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise LotServerError(f"this vector is not described as this client knows it: {error}") from error
