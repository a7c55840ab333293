"""Who calls: the station is always taken from the token, never from a body."""

import threading
import time
from collections import deque
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from lotline_server.core.errors import TooMany, Unauthorised
from lotline_server.core.web import Deps, Needs
from lotline_server.stations.enrolment import station_of_token
from lotline_server.stations.queries import TokenRow


def _look_up(needs: Deps, token: str) -> TokenRow:
    with needs.database.read() as connection:
        return station_of_token(connection, token)


async def calling_station(request: Request, needs: Needs) -> TokenRow:
    """Give the station whose bearer token came with the request. Raises Unauthorised."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorised("a station's token is needed: Authorization: Bearer …")
    return await run_in_threadpool(_look_up, needs, token.strip())


Calling = Annotated[TokenRow, Depends(calling_station)]
"""A route's parameter `station: Calling` is the station that calls."""


class Attempts:
    """A limit on failed attempts from one address, in a sliding window on the monotonic clock."""

    def __init__(self, *, allowed: int, window_s: float) -> None:
        self._allowed = allowed
        self._window_s = window_s
        self._failed: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Raise TooMany where this address has failed too often."""
        with self._lock:
            failed = self._failed.get(address)
            while failed and failed[0] < time.monotonic() - self._window_s:
                failed.popleft()
            if failed is not None and not failed:
                del self._failed[address]
            if failed and len(failed) >= self._allowed:
                raise TooMany("too many wrong pairing codes from this address; try again in a minute")

    def failed(self, address: str) -> None:
        """Count a failed attempt."""
        with self._lock:
            self._failed.setdefault(address, deque(maxlen=self._allowed)).append(time.monotonic())
