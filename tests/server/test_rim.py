"""The rim of HTTP: sizes, other sites, strict JSON, errors that tell nothing they should not."""

import contextlib
import socket

import pytest
from tests.server.conftest import Served


def test_a_body_over_its_limit_is_413_by_its_content_length(standing: Served) -> None:
    """Before a byte of it is read."""
    station = standing.station()
    assert station.post(b"x" * (5 * 1024 * 1024)).status_code == 413
    assert station.put_blob("0" * 64, b"x" * (8 * 1024 * 1024 + 1)).status_code == 413
    assert standing.client.post("/api/v1/lots", content=b" " * (1024 * 1024 + 1)).status_code == 413


def test_a_chunked_body_is_counted_as_it_comes(standing: Served) -> None:
    """Without any Content-Length the server stops reading soon after the limit and hangs up."""
    station = standing.station()
    host, port = "127.0.0.1", int(standing.url.rsplit(":", 1)[1])
    head = (
        f"POST /sync/v1/records HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Authorization: Bearer {station.token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"%x\r\n%b\r\n" % (1024 * 1024, b"x" * 1024 * 1024)
    sent = 0
    with socket.create_connection((host, port), timeout=20) as connection:
        connection.sendall(head.encode())
        with contextlib.suppress(ConnectionError):
            for sent in range(1, 301):  # noqa: B007 - it is read after the loop
                connection.sendall(chunk)
    assert 4 <= sent < 60
    answer = standing.client.post(
        "/sync/v1/records", headers=station.headers, content=(b"x" * 65536 for _ in range(70))
    )
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


def test_a_content_length_that_lies_ends_the_connection_and_stores_nothing(standing: Served) -> None:
    """The bytes behind the stated length are never part of the body."""
    station = standing.station()
    host, port = "127.0.0.1", int(standing.url.rsplit(":", 1)[1])
    head = (
        f"POST /sync/v1/hello HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Authorization: Bearer {station.token}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((host, port), timeout=20) as connection:
        connection.sendall(head.encode() + b"{}" + b"x" * 4096)
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 422")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "10.0.0.1:8700"])
def test_a_host_that_is_no_loopback_name_is_refused(standing: Served, host: str) -> None:
    """A rebound DNS name reads nothing."""
    answer = standing.client.get("/api/v1/lots", headers={"Host": host})
    assert answer.status_code in {400, 403}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_change_that_another_site_asks_for_is_refused(served: Served, headers: dict[str, str]) -> None:
    """A planner's browser cannot be lured into it."""
    body = {"lot": "L2", "part_number": "GW2", "target": 1}
    answer = served.client.post("/api/v1/lots", json=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
    assert served.client.post("/api/v1/lots", json=body, headers={"Origin": served.url}).status_code == 201


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"lot": "L2", "part_number": "GW2", "target": NaN}', "NaN is not a number"),
        ('{"lot": "L2", "part_number": "GW2", "target": Infinity}', "Infinity is not a number"),
        ('{"lot": "L2", "lot": "L3", "part_number": "GW2", "target": 1}', "stands twice"),
        ('{"lot": "L2", "part_number": "GW2", "target": 1, "colour": "red"}', "colour"),
        ('{"lot": "L2", "part_number": "GW2", "target": true}', "target"),
        ('{"lot": "L2", "part_number": "GW2", "target": 0}', "target must be 1"),
        ('{"lot": "../x", "part_number": "GW2", "target": 1}', "not usable"),
        ('{"lot": "L2", "part_number": "GW2", "target": 1, "serials": 20000}', "1 to 10000"),
        ('{"lot": "L2", "part_number": "GW2", "target": 1e999}', "larger than any number"),
        ("[" * 100_000, "not usable JSON"),
        ('{"lot": ', "not usable JSON"),
        ("\xff", "not usable JSON"),
    ],
)
def test_json_that_breaks_a_rule_is_422_and_says_which(standing: Served, body: str, said: str) -> None:
    """And nothing of it is done."""
    content = body.encode("latin-1")
    answer = standing.client.post(
        "/api/v1/lots", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["message"]
    assert len(standing.get("/lots")) == 1


def test_what_does_not_exist_is_404_in_the_one_form(standing: Served) -> None:
    """A problem as RFC 9457 has it, for a thing and for a path alike."""
    for path in ("/api/v1/lots/L9", "/api/v1/units/x", "/api/v1/runs/x", "/api/v1/vectors/x", "/api/v1/nope"):
        answer = standing.client.get(path)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_a_fault_of_the_server_tells_an_id_and_no_detail(served: Served) -> None:
    """The detail is in the log only, and the connection lives on."""
    with served.opened.database.write() as connection:
        connection.exec_driver_sql("DROP VIEW measurement_view")
        connection.exec_driver_sql("ALTER TABLE lots RENAME TO hidden")
    answer = served.client.get("/api/v1/lots")
    assert answer.status_code in {500, 503}
    said = answer.json()
    assert set(said) == {"type", "title", "status", "detail", "instance", "error", "message", "id"}
    assert said.pop("type") == "/help/api#problem-server_error"
    for secret in ("SELECT", "sqlite", "lots", "/"):
        assert secret not in str(said).replace(said["id"], "")
    assert served.client.get("/api/v1/parts").status_code == 200


def test_the_api_describes_itself_and_loads_nothing_from_elsewhere(standing: Served) -> None:
    """OpenAPI is there; the pages that would load from a CDN are not."""
    paths = standing.client.get("/openapi.json").json()["paths"]
    assert "/api/v1/lots" in paths
    for path in ("/docs", "/redoc"):
        assert standing.client.get(path).status_code == 404
