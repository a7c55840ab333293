"""The server may die at any moment: nothing acknowledged is lost, nothing is counted twice."""

import asyncio
import contextlib
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
from tests.server.calling import Calls
from tests.server.conftest import Served, serving
from tests.server.making import batch, place, run, vector

from lotline_contract.frames import blob_name
from lotline_server.app import open_data
from lotline_server.changes.live import Live
from lotline_server.core import frame_folder
from lotline_server.core.errors import StartRefused
from lotline_server.core.frame_folder import FrameFolder
from lotline_server.ingest import frames_held

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


def test_a_frame_put_beside_another_upload_of_it_is_durable_by_name_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one may have named the file and not yet synced the name."""
    blob = blob_name(b"frame")
    FrameFolder(tmp_path).put(blob, b"frame")
    synced: list[Path] = []
    monkeypatch.setattr(frame_folder, "_sync_folder", synced.append)
    FrameFolder(tmp_path).put(blob, b"frame")
    assert synced == [tmp_path / blob[:2], tmp_path]


def test_pages_hear_of_changes_again_after_the_database_could_not_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One failed look must not end the looking."""
    with contextlib.closing(open_data(tmp_path, serve=True)) as opened:
        live = Live(opened.database)
        said: list[int | Exception] = [1, OSError("the disk"), 2]

        def read() -> int:
            found = said.pop(0) if said else 2
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(live, "read", read)
        monkeypatch.setattr("lotline_server.changes.live.COALESCE_S", 0.01)

        async def listen() -> int:
            queue: asyncio.Queue[int] = asyncio.Queue()
            live._listeners.add(queue)
            live._wanted.set()
            watching = asyncio.create_task(live.watch())
            try:
                assert await asyncio.wait_for(queue.get(), 5) == 1
                return await asyncio.wait_for(queue.get(), 5)
            finally:
                watching.cancel()

        # A thread of its own: a browser that another test has opened keeps a loop in this one.
        with ThreadPoolExecutor(1) as thread:
            assert thread.submit(asyncio.run, listen()).result(30) == 2


def test_a_batch_of_flat_lines_does_not_fill_the_memory(served: Served) -> None:
    """2 kB on the wire are 8 MB of samples, and a batch holds thousands of such frames."""
    station = served.station()
    taken = [vector(f"line {n}", np.full(4_000_000, n, "<i2"), scale=1e-6) for n in range(16)]
    frames = [frame for _, frame in taken]
    tracemalloc.start()
    try:
        (answer,) = station.send(run("GW2-000001", measurements=[each for each, _ in taken]), frames=frames)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.answer == "stored"
    assert peak < 90_000_000


def test_a_batch_that_unpacks_to_more_than_anybody_measures_is_refused(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent then sends its records one by one."""
    monkeypatch.setattr(frames_held, "MAX_BATCH_RAW_BYTES", 10_000)
    station = served.station()
    taken = [vector(f"line {n}", np.full(2_000, n, "<i2")) for n in range(3)]
    sent = station.next(run("GW2-000001", measurements=[each for each, _ in taken]))
    answer = station.post(batch([sent], [frame for _, frame in taken]))
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")


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
