"""A link over a serial line: a USB adapter, a built-in port, or a pty."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Iterator

import serial

from lotline_drivers.transport import LinkLost, LinkTimeout

_SLICE_S = 0.05
_ASRL = re.compile(r"ASRL(?P<port>.+?)(::INSTR)?", re.IGNORECASE)


def serial_port_of(resource: str) -> str | None:
    """The operating system's port for a serial resource, None when the resource is not serial.

    `/dev/ttyUSB0`, any other path, `COM3`, `ASRL/dev/ttyUSB0::INSTR` and `ASRL3::INSTR` are serial; the
    last is COM3 on Windows and /dev/ttyS2 elsewhere, as VISA counts.
    """
    resource = resource.strip()
    if match := _ASRL.fullmatch(resource):
        port = match["port"]
        if port.isdigit():
            return f"COM{port}" if os.name == "nt" else f"/dev/ttyS{int(port) - 1}"
        return port
    if "::" in resource:
        return None
    if re.fullmatch(r"COM\d+", resource, re.IGNORECASE) or "/" in resource:
        return os.path.expanduser(resource)
    return None


class SerialLink:
    """One open serial port, 8N1, no flow control; nobody else can open it meanwhile.

    What had come in before it was opened is discarded. Raises LinkLost when it cannot be opened.
    """

    def __init__(self, port: str, *, baud_rate: int) -> None:
        self._port_name = port
        self._closed = False
        self._busy = threading.Lock()
        try:
            self._port = serial.Serial(
                port,
                baud_rate,
                timeout=_SLICE_S,
                write_timeout=_SLICE_S,
                exclusive=True if os.name == "posix" else None,
            )
        except (serial.SerialException, OSError, ValueError) as error:
            raise LinkLost(_why_not_open(port, error)) from error

    def send(self, data: bytes, deadline: float) -> None:
        with self._busy, self._mapped():
            if (left := deadline - time.monotonic()) <= 0:
                raise LinkTimeout
            self._port.write_timeout = left
            try:
                self._port.write(data)
            except serial.SerialTimeoutException as error:
                raise LinkTimeout from error

    def receive(self, most: int, deadline: float, *, line: bool) -> bytes:
        with self._busy, self._mapped():
            while True:
                if received := self._port.read(max(1, min(most, self._port.in_waiting))):
                    return bytes(received)
                if self._closed:
                    raise LinkLost("the session was closed")
                if time.monotonic() >= deadline:
                    raise LinkTimeout

    def discard(self) -> None:
        with self._busy, self._mapped():
            self._port.reset_input_buffer()

    def close(self) -> None:
        self._closed = True
        # Once the port is closed its pipes are gone, and pyserial raises AttributeError or TypeError.
        with contextlib.suppress(OSError, AttributeError, TypeError):
            self._port.cancel_read()
            self._port.cancel_write()
        left = self._busy.acquire(timeout=1.0)
        try:
            with contextlib.suppress(LinkLost, LinkTimeout), self._mapped():
                self._port.close()
        finally:
            if left:
                self._busy.release()

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except (LinkLost, LinkTimeout):
            raise
        # pyserial lets termios.error and OSError out and, once closed, TypeError.
        except Exception as error:
            why = (
                "the session was closed" if self._closed else f"the port {self._port_name} is gone ({error})"
            )
            raise LinkLost(why) from error


def _why_not_open(port: str, error: Exception) -> str:
    if not os.path.exists(port) and os.name == "posix":
        return f"there is no port {port}"
    if "exclusively lock" in str(error):
        return f"another program uses {port}"
    return f"{port} cannot be opened ({error})"


def serial_opener(port: str, *, baud_rate: int) -> Callable[[float], SerialLink]:
    """How to open a link to this port, for `FramedTransport`; opening a port does not wait for anybody."""
    return lambda _timeout_s: SerialLink(port, baud_rate=baud_rate)
