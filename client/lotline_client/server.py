"""A lot server, with all it can be asked."""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import httpx

from lotline_client.link import Link
from lotline_client.materials import Materials
from lotline_client.production import Production


class LotServer(Production, Materials):
    """A lot server. Safe to use from several threads.

    url: https, or http on this machine only. token: a personal API token of the server's settings page
    ca: a file with the certificate of the server's own authority. tries: how often to send the unanswered
    transport, sleep: for tests
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        ca: str | Path | None = None,
        tries: int = 5,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._link = Link(url, token=token, ca=ca, tries=tries, transport=transport, sleep=sleep)

    def close(self) -> None:
        """Close the connection."""
        self._link.close()

    def __enter__(self) -> "LotServer":
        """Give the server itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()
