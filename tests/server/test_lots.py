"""Lots and serial numbers."""

import threading

import pytest
from tests.server.conftest import Served
from tests.server.making import run


def test_a_lot_with_its_serial_numbers_is_made_in_one_call(served: Served) -> None:
    """The numbers go on where the part's counter stands."""
    body = {"lot": "L2", "part_number": "GW2", "target": 3, "serials": 2, "project": "Gateway 2"}
    answer = served.client.post("/api/v1/lots", json=body)
    assert answer.status_code == 201
    assert answer.json() == {"lot": "L2", "serial_numbers": ["GW2-000006", "GW2-000007"]}
    lot = served.get("/lots/L2")
    assert (lot["target"], lot["units"], lot["planned"], lot["project"]) == (3, 2, 2, "Gateway 2")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"lot": "L1", "part_number": "GW2", "target": 1}, 409),
        ({"lot": "L2", "part_number": "nope", "target": 1}, 404),
    ],
)
def test_a_lot_that_cannot_be_is_refused_in_a_sentence(
    served: Served, body: dict[str, object], status: int
) -> None:
    """409 for one that exists, 404 for an unknown part; nothing is half made."""
    before = served.rows("SELECT (SELECT count(*) FROM lots), (SELECT count(*) FROM activity)")
    answer = served.client.post("/api/v1/lots", json=body)
    assert answer.status_code == status
    assert "exist" in answer.json()["message"]
    assert served.rows("SELECT (SELECT count(*) FROM lots), (SELECT count(*) FROM activity)") == before


def test_serial_numbers_are_unique_however_many_ask_at_once(served: Served) -> None:
    """Eight clients, each five blocks of seven, over HTTP: 280 different numbers without a gap."""
    found: list[str] = []
    start = threading.Barrier(8)

    def ask() -> None:
        with served.another() as client:
            start.wait()
            for _ in range(5):
                answer = client.post("/api/v1/lots/L1/serials", json={"count": 7})
                found.extend(answer.json()["serial_numbers"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [f"GW2-{number:06d}" for number in range(6, 286)]


def test_a_number_that_a_run_has_taken_is_left_out(served: Served) -> None:
    """The block has as many as were asked for, none of them twice."""
    served.station().send(run("GW2-000007"))
    created = served.client.post("/api/v1/lots/L1/serials", json={"count": 3}).json()
    assert created["serial_numbers"] == ["GW2-000006", "GW2-000008", "GW2-000009"]


def test_a_block_that_outgrows_the_digits_is_refused_whole(served: Served) -> None:
    """A longer number would break the format; the counter stays where it was."""
    served.add_part("S", serial_digits=1)
    served.add_lot("L2", "S", serials=5)
    answer = served.client.post("/api/v1/lots/L2/serials", json={"count": 5})
    assert answer.status_code == 422
    assert served.get("/parts/S")["next_counter"] == 6


def test_names_with_a_slash_are_found(served: Served) -> None:
    """A lot or part number may hold one."""
    served.add_part("A/1", serial_prefix="A-")
    served.add_lot("2026/11", "A/1", serials=1)
    assert served.get("/lots/2026/11")["part_number"] == "A/1"
    assert served.get("/lots/2026%2F11/units")[0]["serial_number"] == "A-000001"
    assert served.get("/parts/A%2F1")["operations"] == ["FCT"]
    assert "A-000001" in served.client.get("/api/v1/lots/2026%2F11/units.csv").text


def test_stations_learn_of_a_lot_and_of_its_closing(served: Served) -> None:
    """A new ETag with each change that concerns them, 304 without one."""
    station = served.station()
    snapshot, etag = station.snapshot()
    assert snapshot is not None
    assert [(lot.lot, lot.target, lot.open) for lot in snapshot.lots] == [("L1", 5, True)]
    assert [unit.serial_number for unit in snapshot.units] == [f"GW2-00000{at}" for at in range(1, 6)]
    assert [(part.part_number, part.route) for part in snapshot.parts] == [("GW2", ("FCT",))]
    assert station.snapshot(etag) == (None, etag)
    station.hello()
    assert station.snapshot(etag) == (None, etag)
    station.send(run())
    snapshot, etag = station.snapshot(etag)
    assert snapshot is not None
    assert snapshot.lots[0].completed == 1
    served.client.patch("/api/v1/lots/L1", json={"open": False})
    snapshot, _ = station.snapshot(etag)
    assert snapshot is not None
    assert (snapshot.lots, snapshot.units) == ((), ())
