"""The panel in a thread of its own, on the loopback interface and nowhere else."""

import contextlib
import errno
import socket
import sys
import threading
from types import TracebackType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from lotline_agent.panel.app import Theme, create_panel
from lotline_agent.ports import Screen

HOST = "127.0.0.1"
START_S = 10.0
STOP_S = 10.0


class PanelError(Exception):
    """The panel cannot do what was asked; the message says what to do."""


class PanelPortTaken(PanelError):
    """Another program listens on the panel's port."""


class PanelServer:
    """Serves one screen. `with PanelServer(screen, token, 8701) as panel: print(panel.address)`.

    port: 0 takes a free one. Signal handlers are left alone.
    """

    def __init__(self, screen: Screen, token: str, port: int, *, theme: Theme = "dark") -> None:
        """Take nothing yet: the port is taken by `start`."""
        self._screen = screen
        self._token = token
        self._wanted_port = port
        self._theme = theme
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._port = 0
        self._stop_streams = _nothing

    @property
    def port(self) -> int:
        """The port that was taken; 0 before `start`."""
        return self._port

    @property
    def url(self) -> str:
        """Where the panel is, without the token: may stand in a log."""
        return f"http://{HOST}:{self._port}/"

    @property
    def address(self) -> str:
        """What to open in the browser. Holds the token: print it to the person, never to a log."""
        return f"{self.url}?token={self._token}"

    def start(self) -> None:
        """Take the port and serve until `stop`. On return the panel answers.

        Raises PanelPortTaken where another program has the port, PanelError where it cannot be taken.
        """
        if self._server is not None:
            raise PanelError("this panel was started already; make another one")
        listener = _listen(self._wanted_port)
        self._port = listener.getsockname()[1]
        try:
            app = create_panel(self._screen, self._token, self._port, theme=self._theme)
        except BaseException:
            listener.close()
            raise
        self._stop_streams = app.state.live.stop
        config = uvicorn.Config(
            app,
            http=_Unlogged,
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=3,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, args=(listener,), name="panel", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the streams, finish what is being answered, give the port back. Twice is once."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._stop_streams()
        self._thread.join(STOP_S)
        if self._thread.is_alive():
            raise PanelError(f"the panel on port {self._port} did not end within {STOP_S:g} s")

    def __enter__(self) -> "PanelServer":
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def _serve(self, listener: socket.socket) -> None:
        assert self._server is not None  # noqa: S101 - set by start, before this thread
        with contextlib.closing(listener):
            self._server.run(sockets=[listener])


class _Unlogged(H11Protocol):
    """HTTP without an access log: it would write the token of the start address.

    uvicorn's own switch only takes the handlers from a logger that the whole process shares.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.access_log = False


def _listen(port: int) -> socket.socket:
    """Take the port on the loopback interface; browsers may connect from this moment on."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":  # there SO_REUSEADDR would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(64)
    except OSError as error:
        listener.close()
        if error.errno in {errno.EADDRINUSE, errno.EACCES} and port != 0:
            if error.errno == errno.EACCES and sys.platform != "win32":
                raise PanelError(
                    f"Port {port} on {HOST} may not be taken by this user; choose a [panel] port above 1023"
                ) from error
            raise PanelPortTaken(
                f"Port {port} on {HOST} is in use by another program; choose another [panel] port"
            ) from error
        raise PanelError(f"Port {port} on {HOST} cannot be taken: {error.strerror}") from error
    return listener


def _nothing() -> None:
    """Stand in for what is not there before `start`."""
