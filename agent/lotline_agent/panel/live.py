"""From a screen that blocks to as many event streams as there are browsers.

One thread waits for changes; each answer of the screen, changed or not, is a beat. A stream that hears no
beat ends, so a browser never shows a view whose station has gone silent.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import msgspec
import structlog
from sse_starlette import ServerSentEvent

from lotline_agent.ports import Screen, StationView

BEAT_S = 0.5
"""How long the screen may be asked to wait: a stream carries at least one event in this time."""

SILENT_S = 4.0
"""After this time without an answer of the screen, its streams end."""

_log = structlog.get_logger(__name__)


class Live:
    """The newest view, and those who wait for the next. Belongs to one event loop."""

    def __init__(self, screen: Screen) -> None:
        """Watch this screen once `start` is called."""
        self._screen = screen
        self._view: StationView | None = None
        self._view_at = 0.0
        self._beat_at = 0.0
        self._beat = asyncio.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to watch, from inside the loop."""
        self._loop = asyncio.get_running_loop()
        self._beat = asyncio.Event()
        self._thread = threading.Thread(target=self._watch, name="panel-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End every stream and let the watching thread go. May be called from any thread, more than once."""
        self._stopping.set()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    async def join(self) -> None:
        """Wait until the watching thread has gone, at most until the screen should have answered."""
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, SILENT_S)

    def is_silent(self) -> bool:
        """Tell whether the screen has not answered for too long."""
        return self._view is None or time.monotonic() - self._beat_at > SILENT_S

    async def views(self) -> AsyncIterator[ServerSentEvent]:
        """Give the view at once and after each change, beats in between; end when the screen is silent."""
        sent: StationView | None = None
        while not self._stopping.is_set():
            beat = self._beat  # before the view is looked at: what changes while it is sent is not missed
            if self._view is not None and not self.is_silent():
                if self._view is not sent:
                    sent = self._view
                    yield ServerSentEvent(event="view", data=view_json(self._aged(sent)).decode())
                else:
                    yield ServerSentEvent(event="beat", data=str(sent.version))
            try:
                await asyncio.wait_for(beat.wait(), SILENT_S)
            except TimeoutError:
                return

    def _aged(self, view: StationView) -> StationView:
        """Let a running run be as old as it is now, for a browser that comes late."""
        if view.phase != "RUNNING" or view.run is None:
            return view
        elapsed_s = view.run.elapsed_s + time.monotonic() - self._view_at
        return msgspec.structs.replace(view, run=msgspec.structs.replace(view.run, elapsed_s=elapsed_s))

    def _watch(self) -> None:
        version = -1
        while not self._stopping.is_set():
            try:
                view = self._screen.view() if version < 0 else self._screen.wait_for_change(version, BEAT_S)
            except Exception:  # noqa: BLE001 - the thread's rim: the page says so, the log says why
                _log.exception("the panel could not read the station's view")
                version = -1
                self._stopping.wait(BEAT_S)
                continue
            self._hand_over(view, changed=view.version != version)
            version = view.version

    def _hand_over(self, view: StationView, *, changed: bool) -> None:
        if self._loop is None or self._loop.is_closed():
            return
        try:
            self._loop.call_soon_threadsafe(self._take, view, changed)
        except RuntimeError:  # the loop closed between the question and the call: nobody listens any more
            self._stopping.set()

    def _take(self, view: StationView, changed: bool) -> None:
        now = time.monotonic()
        self._beat_at = now
        if changed or self._view is None:
            self._view, self._view_at = view, now
        self._wake()

    def _wake(self) -> None:
        woken, self._beat = self._beat, asyncio.Event()
        woken.set()


def view_json(view: StationView) -> bytes:
    """Give a view's JSON, made so that it may also stand inside a <script type="application/json">."""
    plain = msgspec.json.encode(view)
    return plain.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026")
