"""A real server on a real socket and a real file, for each test its own."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import text
from tests.server.calling import Calls, pair

from lotline_server.app import Opened, build_app, open_data
from lotline_server.lots import service as lots
from lotline_server.routes import service as routes
from lotline_server.stations import enrolment


class SetClock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        """Move on."""
        self.now += timedelta(**span)


@dataclass
class Served:
    """A running server, a client of it, and its opened data."""

    client: httpx.Client
    opened: Opened
    clock: SetClock
    url: str

    def code(self, name: str = "FCT-01") -> str:
        """Make a pairing code."""
        with self.opened.database.write() as connection:
            return enrolment.new_code(connection, name, at=self.clock(), who="test")

    def station(self, name: str = "FCT-01") -> Calls:
        """Add a station and pair it."""
        return Calls(client=self.client, token=pair(self.client, self.code(name)).token)

    def add_part(self, number: str = "GW2", **given: Any) -> None:
        """Add a part."""
        values: dict[str, Any] = {"name": "Gateway", "serial_prefix": f"{number}-", "serial_digits": 6}
        with self.opened.database.write() as connection:
            routes.new_part(connection, part_number=number, at=self.clock(), who="test", **(values | given))

    def add_lot(self, lot: str = "L1", part: str = "GW2", serials: int = 5, target: int = 5) -> list[str]:
        """Create a lot with serial numbers."""
        with self.opened.database.write() as connection:
            return lots.create_lot(
                connection, lot=lot, part_number=part, target=target, serials=serials, at=self.clock(),
                who="test",
            )  # fmt: skip

    def get(self, path: str, **params: Any) -> Any:
        """Get JSON from the API."""
        answer = self.client.get(f"/api/v1{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, path: str, **params: Any) -> Iterator[list[dict[str, Any]]]:
        """Get a list from the API page by page, as its Link headers lead."""
        answer = self.client.get(f"/api/v1{path}", params=params)
        while True:
            assert answer.status_code == 200, answer.text
            yield answer.json()
            if "next" not in answer.links:
                return
            answer = self.client.get(answer.links["next"]["url"])

    def whole(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Get a whole list from the API."""
        return [row for page in self.pages(path, **params) for row in page]

    def rows(self, sql: str) -> list[Any]:
        """Read the database itself."""
        with self.opened.database.read() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]


@contextlib.contextmanager
def serving(root: Path, *, disk_floor_bytes: int = 0) -> Iterator[Served]:
    """Serve a data folder on an ephemeral loopback port."""
    opened = open_data(root, serve=True)
    clock = SetClock()
    app = build_app(opened, clock=clock, disk_floor_bytes=disk_floor_bytes, pages=False)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
            yield Served(client=client, opened=opened, clock=clock, url=url)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        opened.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Give a fresh server with the part GW2 and its lot L1 of five planned units."""
    with serving(tmp_path / "data") as found:
        found.add_part()
        found.add_lot()
        yield found


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give one server to all tests of a file that only show it bad input."""
    with serving(tmp_path_factory.mktemp("standing") / "data") as found:
        found.add_part()
        found.add_lot()
        yield found
