"""The server may die at any moment: nothing acknowledged is lost, nothing is counted twice."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.server.calling import Calls
from tests.server.conftest import serving
from tests.server.making import place, run

from lotline_contract.frames import blob_name
from lotline_server.app import open_data
from lotline_server.core.errors import StartRefused
from lotline_server.core.frame_folder import FrameFolder

HERE = Path(__file__).parent


@pytest.mark.parametrize(("moment", "answer"), [("before-commit", "stored"), ("before-reply", "duplicate")])
def test_a_server_killed_around_its_commit_loses_and_doubles_nothing(
    tmp_path: Path, moment: str, answer: str
) -> None:
    """Killed before its commit the resend stores; killed after it the resend is a duplicate."""
    data = tmp_path / "data"
    with serving(data) as served:
        served.add_part()
        served.add_lot()
        station = served.station()
    sent = place(run(), station.epoch, 1)
    command = [sys.executable, str(HERE / "dying_server.py"), str(data), moment]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
            dying = Calls(client=client, token=station.token, epoch=station.epoch)
            with pytest.raises(httpx.TransportError):
                dying.post_all([sent])
        assert process.wait(20) == -9
    with serving(data) as served:
        again = Calls(client=served.client, token=station.token, epoch=station.epoch)
        assert again.hello().have[station.epoch] == (() if answer == "stored" else ((1, 1),))
        assert again.post_all([sent])[0].answer == answer
        assert served.rows("SELECT count(*) FROM runs") == [(1,)]
        assert served.get("/lots/L1")["completed"] == 1


def test_below_the_disk_floor_nothing_is_acknowledged(tmp_path: Path) -> None:
    """507 with Retry-After for each call that would store something."""
    with serving(tmp_path / "data", disk_floor_bytes=2**62) as served:
        station = served.station()
        blob = blob_name(b"x")
        answers = [
            station.post(b""),
            station.put_blob(blob, b"x"),
        ]
        for answer in answers:
            assert answer.status_code == 507
            assert answer.headers["retry-after"] == "60"
            assert answer.json()["error"] == "disk_full"


def test_a_second_server_on_the_same_folder_is_refused_with_a_message(tmp_path: Path) -> None:
    """And the folder is free again when the first one is gone."""
    first = open_data(tmp_path, serve=True)
    with pytest.raises(StartRefused, match="another lotline-server is running"):
        open_data(tmp_path, serve=True)
    first.close()
    open_data(tmp_path, serve=True).close()


def test_half_written_frames_are_swept_at_start_and_whole_ones_stay(tmp_path: Path) -> None:
    """A name without .tmp is only ever given to complete bytes."""
    folder = FrameFolder(tmp_path)
    blob = blob_name(b"frame")
    folder.put(blob, b"frame")
    (tmp_path / blob[:2] / f"{blob}.1234.tmp").write_bytes(b"fra")
    assert folder.sweep() == 1
    assert folder.get(blob) == b"frame"
    assert [path.name for path in tmp_path.glob("*/*")] == [f"{blob}.frame"]


def test_a_restart_keeps_the_generation_and_what_was_stored(tmp_path: Path) -> None:
    """Only a restored backup changes it."""
    with serving(tmp_path) as served:
        served.add_part()
        station = served.station()
        station.send(run(lot=None))
        before = station.hello().server_generation
    with serving(tmp_path) as served:
        again = Calls(client=served.client, token=station.token, epoch=station.epoch, seq=1)
        answer = again.hello()
        assert answer.server_generation == before
        assert answer.have[station.epoch] == ((1, 1),)
