"""Two planners and twenty requesters at once, a network that loses replies, a server that is killed."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.server.conftest import Served, serving

REQUESTERS = Path(__file__).with_name("requesters.py")
PROCESSES = (
    ("planner", 1),
    ("planner", 1),
    ("requester", 5),
    ("requester", 5),
    ("requester", 5),
    ("requester", 5),
)


def _prepare(served: Served) -> str:
    """Make what they will quarrel over, and give a token."""
    served.add_part()
    post = served.client.post
    for path, body in (
        ("/parts", {"part_number": "R1", "name": "Resistor", "kind": "part"}),
        ("/lots", {"lot": "A", "part_number": "GW2", "target": 100}),
        ("/lots", {"lot": "B", "part_number": "GW2", "target": 100}),
        ("/suppliers", {"name": "S"}),
        ("/purchase-orders", {"number": "PO1", "supplier": "S"}),
        ("/purchase-orders/PO1/lines", {"part_number": "R1", "quantity": 100_000}),
        ("/stock/postings", {"kind": "receipt", "part_number": "R1", "quantity": 1000}),
    ):
        assert post(f"/api/v1{path}", json=body).status_code == 201
    assert served.client.patch("/api/v1/purchase-orders/PO1", json={"status": "sent"}).status_code == 200
    return served.token


def _start(data: Path, port: int) -> subprocess.Popen[str]:
    """Start the real server, as anybody does, and wait until it listens."""
    command = [sys.executable, "-m", "lotline_server", "run", "--data", str(data), "--port", str(port)]
    process = subprocess.Popen([*command, "--disk-floor-mb", "0"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "http://" in process.stdout.readline()
    return process


@pytest.mark.timeout(300)
def test_two_planners_and_twenty_requesters_neither_double_nor_lose_anything(tmp_path: Path) -> None:
    """No serial number twice, no change lost, stock the sum of its ledger, whatever the network does."""
    data = tmp_path / "data"
    with serving(data) as served:
        token = _prepare(served)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = _start(data, port)
    asking = []
    try:
        for seed, (who, threads) in enumerate(PROCESSES):
            command = [sys.executable, str(REQUESTERS), url, who, str(threads), str(seed)]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            assert process.stdin is not None
            process.stdin.write(token + "\n")
            process.stdin.flush()
            asking.append(process)
        _wait_for_some(url, token)
        os.kill(server.pid, signal.SIGKILL)
        server.communicate()
        server = _start(data, port)
        said = [process.communicate(timeout=200)[0] for process in asking]
        assert [process.returncode for process in asking] == [0] * len(asking)
    finally:
        for each in (*asking, server):
            each.kill()
            each.communicate()
    believed = [one for text in said for one in json.loads(text)]
    assert len(believed) == 22
    with serving(data) as served:
        _hold_against(served, believed)


def _wait_for_some(url: str, token: str) -> None:
    """Come back when a fair part of the work is done."""
    headers = {"Authorization": f"Bearer {token}"}
    network = httpx.HTTPTransport(retries=20)
    with httpx.Client(base_url=url, headers=headers, transport=network, timeout=60) as client:
        while client.get("/api/v1/lots/A").json()["units"] < 40:
            pass


def _hold_against(served: Served, believed: list[dict[str, Any]]) -> None:
    created = [serial for one in believed for serial in one["serials"]]
    assert [serial for serial, times in Counter(created).items() if times > 1] == []
    kept = [unit["serial_number"] for lot in ("A", "B") for unit in served.whole(f"/lots/{lot}/units")]
    assert sorted(kept) == sorted(created)
    assert kept != []
    raised = sum(one["raised"] for one in believed)
    assert raised == 2 * 5 + 20 * 2
    assert sum(served.get(f"/lots/{lot}")["target"] for lot in ("A", "B")) == 200 + raised
    assert sum(one["outrun"] for one in believed) > 0, "they never met: this proves nothing"
    received = sum(one["received"] for one in believed)
    assert received == 20 * (1 + 2 + 3 + 4 + 5)
    order = served.get("/purchase-orders/PO1")
    assert order["lines"][0]["line"]["received"] == str(received)
    (level,) = served.get("/stock", part_number="R1")
    assert int(level["quantity"]) == 1000 + received + sum(one["posted"] for one in believed)
    assert served.get("/stock/check")["ok"] is True
    answers = served.rows("SELECT count(*) FROM kept_answers")[0][0]
    assert answers >= 20 * 5 * 3
    assert served.rows("PRAGMA integrity_check") == [("ok",)]
