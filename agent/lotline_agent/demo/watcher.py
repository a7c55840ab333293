"""The operator's eyes: the panel's own event stream, read over HTTP as a browser reads it."""

import threading
import time
from collections.abc import Callable

import httpx
import msgspec

from lotline_agent.ports import StationView

Wanted = Callable[[float, StationView], bool]

VERDICTS = frozenset({"PASS", "FAIL", "ERROR", "ABORTED"})


class PanelWatcher:
    """Follows one panel. address: what lotline-agent printed, token included."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(trust_env=False, timeout=httpx.Timeout(10.0, read=10.0))
        self._http.get(address, follow_redirects=True).raise_for_status()
        self._events = str(httpx.URL(address).copy_with(path="/events", query=None))
        self._seen = threading.Condition()
        self._views: list[tuple[float, StationView]] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._follow, name="panel watcher", daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        while not self._stopping:
            try:
                with self._http.stream("GET", self._events) as response:
                    for line in response.iter_lines():
                        if line.startswith("data: {"):
                            self._take(msgspec.json.decode(line[6:], type=StationView))
                        if self._stopping:
                            return
            except httpx.HTTPError:
                time.sleep(0.1)

    def _take(self, view: StationView) -> None:
        with self._seen:
            self._views = [*self._views[-99:], (time.monotonic(), view)]
            self._seen.notify_all()

    def view(self) -> StationView | None:
        """Give what is on the screen; None before anything was."""
        return self._views[-1][1] if self._views else None

    def wait_ready(self, timeout_s: float = 30.0) -> None:
        """Wait until a unit may be scanned."""
        self._wait(lambda at, view: view.phase in {"READY", *VERDICTS}, 0.0, timeout_s, "READY")

    def wait_phase(self, phase: str, timeout_s: float = 30.0) -> None:
        """Wait until the panel shows this phase."""
        self._wait(lambda at, view: view.phase == phase, 0.0, timeout_s, phase)

    def wait_verdict(
        self, serial_number: str, since: float, timeout_s: float = 60.0
    ) -> tuple[float, StationView]:
        """Wait until this unit's verdict is drawn, or its scan refused; gives when, and what is seen.

        since: the monotonic moment of the scan; what was drawn before does not count
        """

        def drawn(at: float, view: StationView) -> bool:
            if view.notice is not None and view.notice.kind == "refused" and view.phase != "RUNNING":
                return True
            return view.phase in VERDICTS and view.run is not None and view.run.serial_number == serial_number

        return self._wait(drawn, since, timeout_s, f"a verdict for {serial_number}")

    def wait_all_sent(self, timeout_s: float = 60.0) -> None:
        """Wait until nothing waits to be sent."""
        self._wait(
            lambda at, view: view.sync.state == "sent" and view.sync.waiting == 0, 0.0, timeout_s, "all sent"
        )

    def _wait(self, wanted: Wanted, since: float, timeout_s: float, what: str) -> tuple[float, StationView]:
        deadline = time.monotonic() + timeout_s
        with self._seen:
            while True:
                recent = self._views if since else self._views[-1:]
                for at, view in recent:
                    if at >= since and wanted(at, view):
                        return at, view
                if not self._seen.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"the panel did not show {what} within {timeout_s:g} s")

    def close(self) -> None:
        """Look away; may be called more than once."""
        self._stopping = True
        self._thread.join(12.0)
        self._http.close()
