"""Accounts by themselves: names that nobody can mistake, and an admin that stays."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lotline_server.accounts import service
from lotline_server.opening import Opened, open_data

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Opened]:
    """Give an opened data folder with the planner ines."""
    opened = open_data(tmp_path, serve=True)
    with opened.database.write() as connection:
        service.add_account(connection, name="ines", role="planner", at=AT, who="test")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "name", ["", " ", "cli root", "station FCT-01", "api", "x" * 65, "a/b", "<b>", "a\u202eb", "-", "nobody"]
)
def test_a_name_that_could_be_mistaken_is_refused(house: Opened, name: str) -> None:
    """For a station, the console, a path, or another person."""
    with (
        pytest.raises(Exception, match=r"name has|is how the activity log"),
        house.database.write() as connection,
    ):
        service.add_account(connection, name=name, role="viewer", at=AT, who="test")


@pytest.mark.parametrize("name", ["Ines", " INES ", "ｉｎｅｓ"])
def test_a_name_is_one_name_however_it_is_written(house: Opened, name: str) -> None:
    """Nobody can be mistaken for ines."""
    with pytest.raises(Exception, match="already"), house.database.write() as connection:
        service.add_account(connection, name=name, role="viewer", at=AT, who="test")


def test_the_last_admin_stays(house: Opened) -> None:
    """Neither disabled nor given another role, while there is no other."""
    with house.database.write() as connection:
        service.add_account(connection, name="ada", role="admin", at=AT, who="test")
    changes: Any = ((service.set_active, {"active": False}), (service.set_role, {"role": "viewer"}))
    for change_it, change in changes:
        given: Any = {"name": "ada", "at": AT, "who": "test", **change}
        with pytest.raises(Exception, match="only admin"), house.database.write() as connection:
            change_it(connection, **given)
