"""The operator's screen as a value that changes: whoever looks waits for the next one."""

import threading
from collections.abc import Callable
from typing import Any

import msgspec

from lotline_agent.ports import StationView


class LiveScreen:
    """A thread-safe holder of the current view. Implements ports.Screen."""

    def __init__(self, first: StationView, on_scan: Callable[[str], None]) -> None:
        self._view = first
        self._changed = threading.Condition()
        self._on_scan = on_scan

    def view(self) -> StationView:
        """Give what is to be seen now."""
        return self._view

    def wait_for_change(self, seen_version: int, timeout_s: float) -> StationView:
        """Block until the version differs from the one seen, or the time is up; give what is to be seen."""
        with self._changed:
            self._changed.wait_for(lambda: self._view.version != seen_version, timeout_s)
            return self._view

    def scan(self, text: str) -> None:
        """Hand over a scan exactly as it came."""
        self._on_scan(text)

    def update(self, **changes: Any) -> StationView:
        """Show something else; unchanged parts stay. Gives the new view."""
        with self._changed:
            changed = msgspec.structs.replace(self._view, **changes)
            if changed != self._view:
                self._view = msgspec.structs.replace(changed, version=self._view.version + 1)
                self._changed.notify_all()
            return self._view
