"""A real server on a real socket and a real file, for each test its own."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import text
from tests.server.calling import Calls, pair
from tests.server.signing import bearer, session_cookie

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
    """A running server, a client of it with an admin's API token, and its opened data."""

    client: httpx.Client
    opened: Opened
    clock: SetClock
    url: str
    others: list[httpx.Client] = field(default_factory=list)

    def code(self, name: str = "FCT-01") -> str:
        """Make a pairing code."""
        with self.opened.database.write() as connection:
            return enrolment.new_code(connection, name, at=self.clock(), who="test")

    def station(self, name: str = "FCT-01") -> Calls:
        """Add a station and pair it."""
        return Calls(client=self.client, token=pair(self.client, self.code(name)).token)

    @property
    def token(self) -> str:
        """Give the admin's API token that `client` uses."""
        return self.client.headers["Authorization"].partition(" ")[2]

    def as_role(self, role: str, *, scopes: Sequence[str] | None = None) -> httpx.Client:
        """Give a client with an API token of somebody with this role. scopes: without, all of the role's."""
        return self.another(bearer(self.opened, role=role, scopes=scopes, at=self.clock()))

    def signed_in(self, role: str) -> httpx.Client:
        """Give a client with the session cookie of somebody with this role, from our own pages."""
        return self.another(
            {"Cookie": session_cookie(self.opened, role=role, at=self.clock()), "Origin": self.url}
        )

    def nobody(self) -> httpx.Client:
        """Give a client that is not signed in."""
        return self.another({})

    def another(self, headers: dict[str, str] | None = None) -> httpx.Client:
        """Give one more client, with an admin's API token where no other headers are given."""
        found = bearer(self.opened, at=self.clock()) if headers is None else headers
        client = httpx.Client(base_url=self.url, timeout=30, trust_env=False, headers=found)
        self.others.append(client)
        return client

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
def serving(root: Path, *, disk_floor_bytes: int = 0, pages: bool = False) -> Iterator[Served]:
    """Serve a data folder on an ephemeral loopback port. pages: with the HTML pages, too."""
    opened = open_data(root, serve=True)
    clock = SetClock()
    app = build_app(opened, clock=clock, disk_floor_bytes=disk_floor_bytes, pages=pages)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        headers = bearer(opened, at=clock())
        with httpx.Client(base_url=url, timeout=20, trust_env=False, headers=headers) as client:
            found = Served(client=client, opened=opened, clock=clock, url=url)
            try:
                yield found
            finally:
                for other in found.others:
                    other.close()
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
