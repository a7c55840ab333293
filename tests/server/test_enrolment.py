"""Pairing codes and tokens."""

import pytest
from tests.server.conftest import Served


def _pair(served: Served, code: str) -> int:
    body = {"code": code, "agent_version": "0.1.0"}
    return served.client.post("/sync/v1/pair", json=body).status_code


def test_a_code_works_once(served: Served) -> None:
    """The second use meets the same answer as a code that never was."""
    code = served.code()
    assert [_pair(served, code), _pair(served, code), _pair(served, "2222-2222-2222-2222")] == [200, 401, 401]


def test_a_code_works_as_people_type_it(served: Served) -> None:
    """In small letters and with spaces."""
    assert _pair(served, served.code().lower().replace("-", " ")) == 200


def test_a_code_is_void_after_ten_minutes(served: Served) -> None:
    """Ten minutes by the server's clock."""
    early, late = served.code("FCT-01"), served.code("FCT-02")
    served.clock.move(minutes=9, seconds=59)
    assert _pair(served, early) == 200
    served.clock.move(seconds=2)
    assert _pair(served, late) == 401


def test_a_new_code_voids_the_older_one(served: Served) -> None:
    """Only the newest code of a station is good."""
    older, newer = served.code(), served.code()
    assert [_pair(served, older), _pair(served, newer)] == [401, 200]


def test_wrong_codes_from_one_address_are_limited(served: Served) -> None:
    """After ten of them even a right one has to wait, and is told how long."""
    code = served.code()
    assert [_pair(served, f"{at:016d}") for at in range(10)] == [401] * 10
    answer = served.client.post("/sync/v1/pair", json={"code": code, "agent_version": "0.1.0"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


def test_pairing_anew_replaces_the_token(served: Served) -> None:
    """The old one is dead, the station is the same."""
    old = served.station()
    served.code()
    assert old.client.get("/sync/v1/changes", headers=old.headers).status_code == 200
    new = served.station()
    statuses = [
        served.client.get("/sync/v1/changes", headers=each.headers).status_code for each in (old, new)
    ]
    assert statuses == [401, 200]
    assert served.rows("SELECT count(*) FROM stations") == [(1,)]


@pytest.mark.parametrize("call", ["hello", "records", "changes", "blobs/" + "0" * 64])
@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x.y", "Basic eDp5", "Bearer ."])
def test_every_call_needs_a_token(standing: Served, call: str, header: str | None) -> None:
    """401 and nothing else, whatever is sent instead of one."""
    method = {"changes": "GET"}.get(call, "PUT" if call.startswith("blobs") else "POST")
    headers = {} if header is None else {"Authorization": header}
    answer = standing.client.request(method, f"/sync/v1/{call}", headers=headers, content=b"")
    assert answer.status_code == 401


def test_neither_code_nor_token_is_stored(served: Served) -> None:
    """The database file holds only their digests."""
    code = served.code()
    token = served.client.post("/sync/v1/pair", json={"code": code, "agent_version": "1"}).json()["token"]
    key, secret = token.split(".")
    everything = b"".join(path.read_bytes() for path in served.opened.folder.root.iterdir() if path.is_file())
    assert key.encode() in everything
    assert secret.encode() not in everything
    assert code.encode() not in everything
    assert code.replace("-", "").encode() not in everything


def test_a_station_needs_a_plain_name(standing: Served) -> None:
    """A name with a slash at its front or a line break is refused with the rule."""
    from lotline_server.core.errors import Invalid

    with pytest.raises(Invalid, match=r"station '\.\./x' is not usable"):
        standing.code("../x")
