"""The client against a real server on a real socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.conftest import Served, serving

from lotline_client import LotServer


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Give a fresh server with the part GW2 and its lot L1 of five planned units."""
    with serving(tmp_path / "data") as found:
        found.add_part()
        found.add_lot()
        yield found


@pytest.fixture
def server(served: Served) -> Iterator[LotServer]:
    """Give a client of it."""
    with LotServer(served.url, token=served.token) as found:
        yield found
