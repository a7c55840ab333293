"""A link through VISA.

pyvisa-py reports little by itself: a connection to a closed port succeeds, a link the peer has cut reads as
a timeout, and a closed session raises TypeError. So its socket is looked at where there is one; other
backends tell.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import re
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pyvisa
from pyvisa.constants import BufferOperation, ResourceAttribute, StatusCode

from lotline_drivers.transport import LinkLost, LinkTimeout

_SLICE_S = 0.1
_ONE_AT_A_TIME = threading.Lock()
_SOCKET = re.compile(r"TCPIP\d*::(?P<host>[^:]+)::(?P<port>\d+)::SOCKET", re.IGNORECASE)


class VisaLink:
    """One VISA session.

    resource: as in VPP-4.3, for example `TCPIP0::10.0.0.5::5025::SOCKET`
    backend:  pyvisa's, `@py`, `@ivi` or a library's path

    Raises LinkLost when it cannot be opened within `timeout_s`.
    """

    def __init__(self, resource: str, *, backend: str, timeout_s: float) -> None:
        self._peer = _peer(resource)
        self._closed = False
        self._busy = threading.Lock()
        with self._mapped():
            # pyvisa makes one manager a backend and does not guard it against several threads.
            with _ONE_AT_A_TIME:
                manager = pyvisa.ResourceManager(backend)
            self._session: Any = manager.open_resource(
                resource, open_timeout=max(1, math.ceil(timeout_s * 1000))
            )
        self._socket = _socket_of(self._session)
        self._is_stream = isinstance(self._session, pyvisa.resources.TCPIPSocket)
        try:
            with self._mapped():
                self._set_up()
        except BaseException:
            self._session.close()
            raise

    def send(self, data: bytes, deadline: float) -> None:
        with self._busy, self._mapped():
            self._set_timeout(deadline - time.monotonic())
            self._session.write_raw(data)

    def receive(self, most: int, deadline: float, *, line: bool) -> bytes:
        with self._busy, self._mapped():
            # Only a byte stream can be read in slices; a message-based session answers once, within its
            # timeout.
            while (left := deadline - time.monotonic()) > 0:
                if self._closed:
                    raise LinkLost("the session was closed")
                self._set_timeout(min(left, _SLICE_S) if self._is_stream else left)
                self._session.read_termination = "\n" if line else None
                try:
                    received = self._session.read_bytes(most, chunk_size=most, break_on_termchar=True)
                except pyvisa.VisaIOError as error:
                    if error.error_code != StatusCode.error_timeout:
                        raise
                    self._refuse_if_cut()
                    continue
                if received:
                    return bytes(received)
            raise LinkTimeout

    def discard(self) -> None:
        """Drop what came unasked on a byte stream; the messages of other links end by themselves."""
        if not self._is_stream:
            return
        with self._busy, self._mapped():
            with contextlib.suppress(pyvisa.VisaIOError):
                self._session.flush(BufferOperation.discard_receive_buffer)
            if self._socket is None:
                return
            while _has_come(self._socket):
                if not self._socket.recv(65536):
                    raise LinkLost("the instrument closed the connection")

    def close(self) -> None:
        self._closed = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        # The hanging call leaves at the latest after its slice; one that does not is cut off from here.
        left = self._busy.acquire(timeout=1.0)
        try:
            with contextlib.suppress(LinkLost, LinkTimeout), self._mapped():
                self._session.close()
        finally:
            if left:
                self._busy.release()

    def _set_up(self) -> None:
        if self._is_stream:
            # Then what has come is handed over at the end of a slice, not lost with the timeout.
            self._session.set_visa_attribute(ResourceAttribute.suppress_end_enabled, False)
        if self._socket is not None:
            self._refuse_unless_connected(self._socket)
            # A command and the question after it go out at once: else Nagle's wait costs 40 ms a command.
            # pyvisa-py 0.8.1 has an attribute for this, and cannot set it.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _set_timeout(self, seconds: float) -> None:
        if seconds <= 0:
            raise LinkTimeout
        self._session.timeout = max(1, math.ceil(seconds * 1000))

    def _refuse_unless_connected(self, connection: socket.socket) -> None:
        code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == errno.ECONNREFUSED:
            raise LinkLost(f"nobody listens on {self._peer}")
        if code:
            raise LinkLost(f"no connection to {self._peer}: {os.strerror(code)}")

    def _refuse_if_cut(self) -> None:
        if self._socket is not None and _has_come(self._socket) and not self._socket.recv(1, socket.MSG_PEEK):
            raise LinkLost("the instrument closed the connection")

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except (LinkLost, LinkTimeout):
            raise
        # The backends raise OSError, ValueError, TypeError and bare Exception.
        except Exception as error:
            if self._closed:
                raise LinkLost("the session was closed") from error
            raise _mapped(error, self._peer) from error


def _mapped(error: Exception, peer: str) -> LinkLost | LinkTimeout:
    match error:
        case pyvisa.VisaIOError(error_code=StatusCode.error_timeout):
            return LinkTimeout()
        case pyvisa.VisaIOError(error_code=StatusCode.error_invalid_resource_name):
            return LinkLost(
                "this is no VISA resource name; one looks like TCPIP0::192.168.1.20::5025::SOCKET"
            )
        case ConnectionRefusedError():
            return LinkLost(f"nobody listens on {peer}")
        case BrokenPipeError() | ConnectionResetError():
            return LinkLost("the instrument closed the connection")
        case _:
            return LinkLost(" ".join(str(error).split()) or type(error).__name__)


def _peer(resource: str) -> str:
    """`host:port` of a socket resource, else the resource. A host without address raises LinkLost."""
    if (match := _SOCKET.fullmatch(resource.strip())) is None:
        return resource
    if not 1 <= int(match["port"]) <= 65535:
        raise LinkLost(f"a TCP port lies between 1 and 65535, not {match['port']}")
    # pyvisa-py would leave an open socket behind when the host has no address.
    try:
        socket.getaddrinfo(match["host"], None, socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise LinkLost(f"there is no address for the host {match['host']!r} ({error})") from error
    return f"{match['host']}:{match['port']}"


def _has_come(connection: socket.socket) -> bool:
    """Whether there is something to read, the end of the connection included."""
    return bool(select.select([connection], [], [], 0)[0])


def _socket_of(session: Any) -> socket.socket | None:
    sessions = getattr(session.visalib, "sessions", None)
    inner = sessions.get(session.session) if isinstance(sessions, dict) else None
    interface = getattr(inner, "interface", None)
    return interface if isinstance(interface, socket.socket) else None


def visa_opener(resource: str, *, backend: str) -> Callable[[float], VisaLink]:
    """How to open a link to this resource, for `FramedTransport`."""
    return lambda timeout_s: VisaLink(resource, backend=backend, timeout_s=timeout_s)
