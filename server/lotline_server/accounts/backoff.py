"""Back-off: who fails waits, each time twice as long, per account and per address."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from lotline_server.core.errors import TooMany

_MOST_KEYS = 10_000


@dataclass(slots=True)
class _Failed:
    count: int
    until: float


class Backoff:
    """The first few attempts are free; then each failed one makes the next wait, up to a longest wait.

    An attempt counts as failed from its start, so that a hundred at once are a hundred. It is forgotten an
    hour after the wait is over, and with the process.
    """

    def __init__(
        self,
        *,
        free: int,
        longest_s: float,
        forget_s: float = 3600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = free
        self._longest_s = longest_s
        self._forget_s = forget_s
        self._clock = clock
        self._failed: OrderedDict[str, _Failed] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, key: str) -> None:
        """Count an attempt. Raises TooMany, which says how long to wait, where it comes too early."""
        with self._lock:
            now = self._clock()
            found = self._failed.pop(key, None)
            if found is None or found.until + self._forget_s < now:
                found = _Failed(0, now)
            self._failed[key] = found
            while len(self._failed) > _MOST_KEYS:
                self._failed.popitem(last=False)
            if found.count >= self._free and now < found.until:
                wait = max(1, round(found.until - now + 0.5))
                refused = TooMany(f"too many attempts failed; try again in {wait} s")
                refused.retry_after_s = wait
                raise refused
            found.count += 1
            over = found.count - self._free
            found.until = now if over < 0 else now + min(self._longest_s, 2.0 ** min(over, 30))

    def succeeded(self, key: str, *, forget: bool) -> None:
        """Take an attempt back. forget: and all that failed before it."""
        with self._lock:
            found = self._failed.get(key)
            if found is None:
                return
            found.count -= 1
            found.until = self._clock()
            if forget or found.count <= 0:
                del self._failed[key]
