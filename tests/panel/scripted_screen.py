"""A real Screen whose views a test decides, and which keeps every scan it was given."""

import threading

import msgspec

from lotline_agent.ports import StationView


class ScriptedScreen:
    """Shows what it is told to show; `scans` is what came."""

    def __init__(self, view: StationView) -> None:
        self._changed = threading.Condition()
        self._view = view
        self._broken = False
        self._scans: list[str] = []

    @property
    def scans(self) -> list[str]:
        with self._changed:
            return list(self._scans)

    def show(self, view: StationView) -> None:
        """Show another view; its version is made the next one."""
        with self._changed:
            self._view = msgspec.structs.replace(view, version=self._view.version + 1)
            self._changed.notify_all()

    def forget(self) -> None:
        """Start with no scan again."""
        with self._changed:
            self._scans.clear()

    def break_down(self, broken: bool = True) -> None:
        """Make the station unable to say what is to be seen, or able again."""
        with self._changed:
            self._broken = broken
            self._changed.notify_all()

    def wait_for_scans(self, count: int, timeout_s: float = 10.0) -> list[str]:
        """Wait until that many scans came."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._scans) >= count, timeout_s):
                raise AssertionError(f"expected {count} scans within {timeout_s} s, got {self._scans}")
            return list(self._scans)

    def view(self) -> StationView:
        with self._changed:
            if self._broken:
                raise OSError("the store is away")
            return self._view

    def wait_for_change(self, seen_version: int, timeout_s: float) -> StationView:
        with self._changed:
            self._changed.wait_for(lambda: self._broken or self._view.version != seen_version, timeout_s)
        return self.view()

    def scan(self, text: str) -> None:
        with self._changed:
            self._scans.append(text)
            self._changed.notify_all()
