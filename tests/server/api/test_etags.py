"""ETag and If-Match: nobody's change is lost, and a station's runs stand in nobody's way."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

import pytest
from tests.server.conftest import Served
from tests.server.making import run

from lotline_server.core.etags import digest
from lotline_server.lots import service as lots
from lotline_server.web.forms import STATE_FIELD, Filled


def _order(served: Served) -> None:
    post = served.client.post
    assert post("/api/v1/suppliers", json={"name": "S"}).status_code == 201
    assert post("/api/v1/purchase-orders", json={"number": "PO1", "supplier": "S"}).status_code == 201
    line = {"part_number": "GW2", "quantity": 5}
    assert post("/api/v1/purchase-orders/PO1/lines", json=line).status_code == 201
    assert post("/api/v1/projects", json={"name": "Gateway"}).status_code == 201


CHANGES = [
    ("/lots/L1", "/lots/L1", {"notes": "mine"}),
    ("/parts/GW2", "/parts/GW2", {"name": "mine"}),
    ("/projects/Gateway", "/projects/Gateway", {"customer": "mine"}),
    ("/purchase-orders/PO1", "/purchase-orders/PO1/lines/1", {"quantity": 7}),
    ("/purchase-orders/PO1", "/purchase-orders/PO1", {"status": "sent"}),
    ("/suppliers/S", "/suppliers/S", {"contact": "mine"}),
]


@pytest.mark.parametrize(("shown", "changed", "change"), CHANGES)
def test_a_change_of_what_is_no_more_what_was_read_is_refused(
    served: Served, shown: str, changed: str, change: dict[str, object]
) -> None:
    """With 412 and what to do; with the tag of what is there it is done, and the tag is another then."""
    _order(served)
    read = served.client.get(f"/api/v1{shown}")
    tag = read.headers["etag"]
    assert tag == served.client.get(f"/api/v1{shown}").headers["etag"]
    stale = served.client.patch(f"/api/v1{changed}", json=change, headers={"If-Match": '"0123"'})
    assert (stale.status_code, stale.json()["error"]) == (412, "changed_meanwhile")
    assert "get it again" in stale.json()["detail"]
    assert served.client.get(f"/api/v1{shown}").json() == read.json()
    done = served.client.patch(f"/api/v1{changed}", json=change, headers={"If-Match": f'"x", {tag}'})
    assert done.status_code == 200, done.text
    now = served.client.get(f"/api/v1{shown}").headers["etag"]
    assert now != tag
    assert done.headers.get("etag", now) == now
    again = served.client.patch(f"/api/v1{changed}", json=change, headers={"If-Match": tag})
    assert again.status_code == 412


def test_any_state_will_do_where_it_is_asked_so(served: Served) -> None:
    """If-Match: * asks only that it is there."""
    for lot, status in (("L1", 200), ("L9", 404)):
        answer = served.client.patch(f"/api/v1/lots/{lot}", json={"notes": "x"}, headers={"If-Match": "*"})
        assert answer.status_code == status


def test_what_only_follows_from_other_things_changes_no_tag(served: Served) -> None:
    """A planner may correct a note while units are being tested."""
    served.client.patch("/api/v1/lots/L1", json={"target": 9})
    station = served.station()
    station.send(run("GW2-000001"))
    lot, part = (served.client.get(path).headers["etag"] for path in ("/api/v1/lots/L1", "/api/v1/parts/GW2"))
    station.send(run("GW2-000002"))
    served.client.post("/api/v1/lots/L1/serials", json={"count": 2})
    assert served.get("/lots/L1")["completed"] == 2
    assert served.client.get("/api/v1/lots/L1").headers["etag"] == lot
    assert served.client.get("/api/v1/parts/GW2").headers["etag"] == part


def test_of_many_that_change_the_same_at_once_one_wins_and_the_others_hear_of_it(served: Served) -> None:
    """Twelve planners count a lot's target up, each on what it has read: no step is lost."""

    def count_up(_: int) -> int:
        refused = 0
        with served.another() as client:
            while True:
                read = client.get("/api/v1/lots/L1")
                change = {"target": read.json()["target"] + 1}
                match = {"If-Match": read.headers["etag"]}
                if client.patch("/api/v1/lots/L1", json=change, headers=match).status_code == 200:
                    return refused
                refused += 1

    with ThreadPoolExecutor(12) as pool:
        refused = list(pool.map(count_up, range(12)))
    assert served.get("/lots/L1")["target"] == 5 + 12
    assert sum(refused) > 0


def test_a_page_s_form_says_what_somebody_else_saved_and_keeps_what_was_typed(served: Served) -> None:
    """Both values, and sent once more it replaces what is saved now."""

    def lot() -> object:
        with served.opened.database.read() as connection:
            return lots.require_lot(connection, "L1")

    form = Filled(values={"notes": "mine", "target": "5", STATE_FIELD: digest(lot())})
    assert not form.outdated(lot())
    served.client.patch("/api/v1/lots/L1", json={"notes": "theirs"})
    assert form.outdated(lot())
    assert (form.theirs, form.values["notes"]) == ({"notes": "theirs"}, "mine")
    assert "Send it once more" in form.errors[""]
    assert not form.outdated(lot())
    assert Filled(values={"notes": "mine"}).outdated(lot())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    DERIVED: ClassVar = frozenset({"late"})
    quantity: int
    late: bool


def test_a_tag_is_of_all_that_people_say_however_deep_it_lies() -> None:
    """And of nothing that follows from it."""

    def of(*lines: _Line) -> str:
        return digest(("order", list(lines)))

    one = _Line(quantity=1, late=False)
    assert of(one) == of(_Line(quantity=1, late=True))
    assert len({of(), of(one), of(one, one), of(_Line(quantity=2, late=False))}) == 4
