"""Real stores on real folders."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lotline_agent.store.station_store import StationStore

OpenStore = Callable[..., StationStore]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def open_store(data: Path) -> Iterator[OpenStore]:
    """Open the station's store; what is still open is closed at the end."""
    opened: list[StationStore] = []

    def make(folder: Path | None = None, **more: int) -> StationStore:
        settings = {"floor_bytes": 0, "ballast_bytes": 0, **more}
        opened.append(StationStore(folder or data, **settings))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore) -> StationStore:
    """The open store of a new station."""
    return open_store()
