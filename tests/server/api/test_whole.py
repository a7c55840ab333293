"""One transaction of all that a request does, and nothing in memory that was never committed."""

from typing import Any

import pytest
import sqlalchemy as sa
from tests.server.conftest import Served
from tests.server.making import number, run

from lotline_server.core.once import HEADER, REPLAYED


def _data(served: Served, key: str, **given: Any) -> Any:
    body = {"measurements": [{"name": "weight", "value": 3.5, "uom": "kg"}], **given}
    return served.client.post("/api/v1/units/GW2-000001/data", json=body, headers={HEADER: key})


def test_data_attached_with_a_key_is_one_run_however_often_it_is_sent(served: Served) -> None:
    """Though taking a run in has transactions of its own."""
    first, again = _data(served, "k"), _data(served, "k")
    assert (first.status_code, REPLAYED in again.headers) == (201, True)
    assert first.json() == again.json()
    other = _data(served, "l")
    assert other.json()["run_id"] != first.json()["run_id"]
    assert served.rows("SELECT count(*) FROM runs") == [(2,)]


def test_what_a_failed_request_learned_is_forgotten_with_it(served: Served) -> None:
    """A plan's definitions that were rolled back are written again by the next who needs them."""
    with served.opened.database.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE UPDATE ON kept_answers BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    assert _data(served, "k").status_code == 500
    assert served.rows("SELECT count(*) FROM definitions") == [(0,)]
    with served.opened.database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER refuse")
    assert _data(served, "k").status_code == 201
    assert served.get("/units/GW2-000001")["runs"][0]["record"]["steps"][0]["measurements"][0]["value"] == 3.5
    station = served.station()
    (answer,) = station.send(run(measurements=(number("rail", 3.3),)))
    assert answer.answer == "stored"


def test_a_part_that_fails_is_rolled_back_by_itself_and_seen_by_nobody_else(served: Served) -> None:
    """What came before and after it stays, and readers inside see what was written."""
    database = served.opened.database

    def notes() -> Any:
        with database.read() as connection:
            return connection.execute(sa.text("SELECT notes, project FROM lots WHERE lot = 'L1'")).one()

    def set_and_die() -> None:
        with database.write() as connection:
            connection.execute(sa.text("UPDATE lots SET project = 'x' WHERE lot = 'L1'"))
            raise ZeroDivisionError

    # The first use of a token is written down, and waits for the writer; the next ones are not.
    assert served.get("/lots/L1")["notes"] is None
    with database.whole():
        with database.write() as connection:
            connection.execute(sa.text("UPDATE lots SET notes = 'a' WHERE lot = 'L1'"))
        with pytest.raises(ZeroDivisionError):
            set_and_die()
        assert notes() == ("a", None)
        assert served.get("/lots/L1")["notes"] is None
    assert served.get("/lots/L1")["notes"] == "a"
    assert not database.is_whole()
