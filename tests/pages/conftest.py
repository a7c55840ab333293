"""A real server in a process of its own, records that came over the wire, and a real browser before it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect
from tests.browser import remember
from tests.pages.boards import board, waveform
from tests.panel.test_access import axe
from tests.server.calling import Calls, pair
from tests.server.making import batch
from tests.server.signing import bearer, session_cookie

from lotline_agent.demo.processes import Child, command
from lotline_contract.frames import blob_name
from lotline_contract.record import Run
from lotline_contract.wire import INLINE_FRAME_BYTES
from lotline_server.opening import open_data

__all__ = ["axe"]

HOSTILE = "<img src=x onerror=alert(1)>"
LONG = 200_000


@dataclass
class Factory:
    """A running server, its address, a client with an admin's API token, and a station that sends to it.

    cookie: the header of a signed-in browser
    """

    url: str
    data: Path
    client: httpx.Client
    cookie: str
    station: Calls | None = None

    def browser(self, **headers: str) -> httpx.Client:
        """Give a client with the session of a signed-in browser, and what else it is to say."""
        found = {"cookie": self.cookie, **headers}
        return httpx.Client(base_url=self.url, timeout=20, trust_env=False, headers=found)

    def run(self, *arguments: str) -> str:
        """Run a command of lotline-server on the same data."""
        return command("lotline_server", [*arguments, "--data", str(self.data)])

    def pair(self, name: str = "FCT-01") -> Calls:
        """Add a station and pair it."""
        code = self.run("station", "add", name).strip().splitlines()[-1]
        station = Calls(client=self.client, token=pair(self.client, code).token)
        station.hello()
        return station

    def send(self, runs: Sequence[tuple[Run, list[bytes]]]) -> None:
        """Send records with their frames in one batch, as the station."""
        assert self.station is not None
        sent = [self.station.next(run) for run, _ in runs]
        answer = self.station.post(batch(sent, [frame for _, frames in runs for frame in frames]))
        assert answer.status_code == 200, answer.text
        assert answer.json()["answers"][0]["answer"] == "stored", answer.text

    def test(self, serial_number: str, **given: Any) -> str:
        """Send the run of one board; gives its run_id."""
        values = {"started_at": datetime.now(UTC) - timedelta(minutes=1), "lot": "L1"}
        made = board(serial_number, **(values | given))
        self.send([made])
        return made[0].run_id

    def get(self, path: str) -> Any:
        """Get JSON from the API."""
        answer = self.client.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()


def started(folder: Path) -> Iterator[Factory]:
    """Run a server on this folder until the end of the test."""
    server = Child(
        "server", "lotline_server", ["run", "--data", str(folder / "data"), "--port", "0"], folder / "log"
    )
    try:
        url = server.wait_for(r"(http://127\.0\.0\.1:\d+)")
        opened = open_data(folder / "data", serve=False)
        headers, cookie = bearer(opened), session_cookie(opened)
        opened.close()
        remember(url, cookie)
        with httpx.Client(base_url=url, timeout=20, trust_env=False, headers=headers) as client:
            yield Factory(url=url, data=folder / "data", client=client, cookie=cookie)
    finally:
        server.stop()
        log = (folder / "log").read_text(encoding="utf-8")
        assert "page failed" not in log, re.sub(r"\\n", "\n", log)[-4000:]


def let_ten_be_tested(made: Factory) -> None:
    """Have ten units tested: eight pass, one fails, one meets a broken instrument."""
    made.run("part", "add", "GW2", "--name", "Gateway board", "--prefix", "GW2-")
    made.run("part", "add", "PSU48", "--name", "Power supply", "--prefix", "PSU-", "--operations", "ICT,FCT")
    made.run(
        "lot",
        "create",
        "L1",
        "--part",
        "GW2",
        "--target",
        "12",
        "--serials",
        "12",
        "--project",
        "Harbour",
    )
    made.station = made.pair()
    wrong = {4: {"defect": "rail_3v3"}, 7: {"error": "dmm: no answer within 2 s. Check its cable."}}
    at = datetime.now(UTC) - timedelta(minutes=20)
    made.send(
        [
            board(
                f"GW2-{number:06d}", started_at=at + timedelta(seconds=60 * number), seed=number,
                **wrong.get(number, {}),
            )
            for number in range(1, 11)
        ]
    )  # fmt: skip


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    """A factory that has tested ten units: eight passed, one failed, one met a broken instrument."""
    for made in started(tmp_path_factory.mktemp("factory")):
        let_ten_be_tested(made)
        yield made


@pytest.fixture(scope="module")
def hostile(factory: Factory) -> str:
    """The text that stands in every free text the factory has; the lot that holds it is `HOSTILE-1`."""
    factory.run("part", "add", "EVIL", "--name", HOSTILE, "--prefix", "EVIL-")
    factory.run(
        "lot", "create", "HOSTILE-1", "--part", "EVIL", "--target", "3", "--serials", "2",
        "--project", HOSTILE, "--notes", f"{HOSTILE}\n</script><script>alert(2)</script>",
    )  # fmt: skip
    for serial in (HOSTILE, "..", "a/b?c#d", "%_", "EVIL-000001"):
        factory.test(
            serial, part_number="EVIL", lot="HOSTILE-1", operator=HOSTILE, wave=False,
            properties={HOSTILE: HOSTILE}, error=HOSTILE,
        )  # fmt: skip
    return HOSTILE


@pytest.fixture(scope="module")
def long_wave(factory: Factory) -> str:
    """The serial number of a unit with a waveform of so many points that one picture cannot hold them."""
    measurement, frame = waveform(0.012, points=LONG, seed=3)
    run, _ = board("GW2-000011", started_at=datetime.now(UTC) - timedelta(minutes=2), wave=False)
    last = replace(run.steps[-1], measurements=(measurement,))
    longer = replace(run, steps=(*run.steps[:-1], last))
    assert factory.station is not None
    if len(frame) > INLINE_FRAME_BYTES:
        answer = factory.station.put_blob(blob_name(frame), frame)
        assert answer.status_code == 200, answer.text
    factory.send([(longer, [] if len(frame) > INLINE_FRAME_BYTES else [frame])])
    return "GW2-000011"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Factory]:
    """A server to which nobody has said anything yet."""
    yield from started(tmp_path)


def ready(page: Page) -> Page:
    """Wait until the page hears the keyboard."""
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_visible()
    return page
