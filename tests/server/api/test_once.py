"""Idempotency-Key: a request that names itself is done once, and its repetition hears the first answer."""

import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.server.conftest import Served, serving

from lotline_server.app import build_app
from lotline_server.core.once import HEADER, KEPT_FOR, REPLAYED
from lotline_server.core.openapi import routes_of
from lotline_server.core.strict_json import SecretRoute, StrictRoute

DYING = Path(__file__).parents[1] / "dying_server.py"


def _serials(served: Served, key: str | None, count: int = 3, **headers: str) -> httpx.Response:
    named = headers if key is None else {HEADER: key, **headers}
    return served.client.post("/api/v1/lots/L1/serials", json={"count": count}, headers=named)


def _units(served: Served) -> int:
    return int(served.rows("SELECT count(*) FROM units")[0][0])


def test_a_repetition_does_nothing_and_hears_the_first_answer(served: Served) -> None:
    """Byte by byte, and says that it is one; without a key each request is its own."""
    key = str(uuid.uuid4())
    first = _serials(served, key)
    again = _serials(served, key)
    assert (first.status_code, again.status_code, _units(served)) == (201, 201, 8)
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"] == "application/json"
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    _serials(served, None)
    _serials(served, None)
    assert _units(served) == 14


def test_an_answer_with_a_key_is_the_one_without(served: Served) -> None:
    """Its ETag too, also the second time."""
    body = {"name": "Gateway", "description": None, "customer": "ÄCME"}
    plain = served.client.post("/api/v1/projects", json=body)
    keyed, again = (
        served.client.post("/api/v1/projects", json=body | {"name": "Gateway 3"}, headers={HEADER: "k"})
        for _ in range(2)
    )
    assert plain.json() | {"id": 2, "name": "Gateway 3"} == keyed.json() == again.json()
    assert keyed.headers["etag"] == again.headers["etag"] != plain.headers["etag"]
    assert served.client.get("/api/v1/projects/Gateway 3").headers["etag"] == keyed.headers["etag"]


def test_a_key_that_stands_for_another_request_is_refused(served: Served) -> None:
    """Another body, another address, another method; nothing is done."""
    assert _serials(served, "k", count=1).status_code == 201
    body = {"count": 1}
    for answer in (
        _serials(served, "k", count=2),
        served.client.post("/api/v1/lots/L1/issue", json=body, headers={HEADER: "k"}),
        served.client.patch("/api/v1/lots/L1", json={"notes": "x"}, headers={HEADER: "k"}),
    ):
        assert (answer.status_code, answer.json()["error"]) == (422, "key_reused")
    assert _units(served) == 6


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "ä"])
def test_what_is_no_key_is_refused(served: Served, key: str) -> None:
    """Before anything is done."""
    answer = served.client.post(
        "/api/v1/lots/L1/serials", json={"count": 1}, headers=[(HEADER.encode(), key.encode())]
    )
    assert (answer.status_code, _units(served)) in {(422, 5), (400, 5)}


def test_what_was_refused_leaves_no_trace_under_its_key(served: Served) -> None:
    """The same key does the work once it can be done."""
    body = {"lot": "L2", "part_number": "P2", "target": 1}
    headers = {HEADER: "k"}
    assert served.client.post("/api/v1/lots", json=body, headers=headers).status_code == 404
    assert served.rows("SELECT count(*) FROM kept_answers") == [(0,)]
    served.add_part("P2")
    assert served.client.post("/api/v1/lots", json=body, headers=headers).status_code == 201


def test_duplicates_that_come_at_once_wait_for_each_other(served: Served) -> None:
    """Twelve of the same, from twelve threads: one is done."""
    together = threading.Barrier(12)

    def ask(_: int) -> httpx.Response:
        with served.another() as client:
            together.wait()
            return client.post("/api/v1/lots/L1/serials", json={"count": 2}, headers={HEADER: "k"})

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum(REPLAYED in answer.headers for answer in answers) == 11
    assert _units(served) == 7


def test_a_key_is_known_for_two_days_and_then_forgotten(served: Served) -> None:
    """Long after any client has given up."""
    assert timedelta(hours=24) <= KEPT_FOR
    _serials(served, "k", count=1)
    served.clock.now += KEPT_FOR
    assert REPLAYED in _serials(served, "k", count=1).headers
    served.clock.move(seconds=1)
    assert REPLAYED not in _serials(served, "other", count=1).headers
    assert served.rows("SELECT key FROM kept_answers") == [("other",)]


@pytest.fixture
def dying(tmp_path: Path) -> Iterator[Any]:
    """Give what serves a data folder until the moment it is to die."""

    def serve(moment: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, str(DYING), str(tmp_path / "data"), moment, "/api/v1/lots/L1/serials"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        return process, f"http://127.0.0.1:{process.stdout.readline().strip()}"

    return serve


@pytest.mark.parametrize(("moment", "replayed"), [("before-commit", False), ("before-reply", True)])
def test_a_server_killed_around_its_commit_creates_nothing_twice(
    tmp_path: Path, dying: Any, moment: str, replayed: bool
) -> None:
    """Killed before it, the repetition does the work; killed after it, the repetition hears what was done."""
    with serving(tmp_path / "data") as served:
        served.add_part()
        served.add_lot()
        token = served.client.headers["Authorization"]
    process, url = dying(moment)
    with process, pytest.raises(httpx.HTTPError):
        httpx.post(
            f"{url}/api/v1/lots/L1/serials", json={"count": 3}, trust_env=False, timeout=30,
            headers={HEADER: "k", "Authorization": token},
        )  # fmt: skip
    with serving(tmp_path / "data") as served:
        answer = _serials(served, "k")
        assert (answer.status_code, REPLAYED in answer.headers) == (201, replayed)
        assert answer.json()["serial_numbers"] == ["GW2-000006", "GW2-000007", "GW2-000008"]
        assert _units(served) == 8


def test_everything_that_changes_something_can_name_itself(served: Served) -> None:
    """No route under /api/v1 is left out, and none needs anything of its own for it."""
    routes = [route for route in routes_of(build_app(served.opened)) if route.path.startswith("/api/v1")]
    changing = [route for route in routes if (route.methods or set()) - {"GET", "HEAD"}]
    assert len(changing) > 15
    assert [
        route.path
        for route in changing
        if not isinstance(route, SecretRoute)
        and (not isinstance(route, StrictRoute) or not hasattr(route.endpoint, "__wrapped__"))
    ] == []
