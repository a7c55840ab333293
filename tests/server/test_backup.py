"""A backup is one file, made beside the running server, restored once before it is named."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text
from tests.server.calling import Calls
from tests.server.conftest import Served, serving
from tests.server.making import run, vector

from lotline_server.backup import making
from lotline_server.backup.errors import BackupDamaged, BackupRefused
from lotline_server.backup.making import Made, make_backup
from lotline_server.backup.restoring import Restored, restore_backup, what_happens_next
from lotline_server.core.clock import utc_now


def quiet(_what: str, _done: int, _total: int) -> None:
    return


def large(seed: int) -> tuple[object, bytes]:
    """Give a vector whose frame lies in the folder, not in the database."""
    rng = np.random.default_rng(seed)
    return vector("noise", rng.integers(-30_000, 30_000, 200_000).astype("<i2"))


def send(station: Calls, seed: int, *, is_large: bool = True) -> None:
    measurement, frame = (
        large(seed) if is_large else vector("ripple", np.arange(seed, seed + 100, dtype="<i2"))
    )
    (answer,) = station.send(run(f"GW2-{seed:06d}", measurements=[measurement]), frames=[frame])  # type: ignore[list-item]
    assert answer.answer == "stored"


def back_up(root: Path, target: Path, progress: Callable[[str, int, int], None] = quiet) -> Made:
    return make_backup(root, target, progress)


def restore(source: Path, target: Path) -> Restored:
    return restore_backup(source, target, quiet, at=utc_now(), who="test")


def frames_on_disk(root: Path) -> set[str]:
    return {path.stem for path in (root / "frames").rglob("*.frame")}


def test_a_restored_server_holds_every_record_and_every_frame_of_that_moment(
    served: Served, tmp_path: Path
) -> None:
    """And calls itself by another generation, in which stations are offered another cursor."""
    station = served.station()
    send(station, 1)
    send(station, 2, is_large=False)
    cursor = station.snapshot()[1]
    made = back_up(served.opened.folder.root, tmp_path / "monday.tar")
    assert (made.records, made.frames, made.missing) == (2, 1, ())
    send(station, 3)
    restored = restore(tmp_path / "monday.tar", tmp_path / "again")
    assert restored.generation != served.opened.generation
    with serving(tmp_path / "again") as again:
        assert again.opened.generation == restored.generation
        assert again.rows("SELECT serial_number FROM runs JOIN units ON units.id = unit ORDER BY 1") == [
            ("GW2-000001",),
            ("GW2-000002",),
        ]
        assert again.rows("SELECT text FROM activity WHERE what = 'server.restored'") == [
            (f"The server was restored from its backup of {restored.head.made_at}",)
        ]
        calls = Calls(client=again.client, token=station.token, epoch=station.epoch, seq=station.seq)
        assert calls.hello().have[station.epoch] == ((1, 2),)
        assert calls.snapshot(cursor)[0] is not None


def test_what_is_recorded_while_the_backup_is_made_leaves_no_row_without_its_frame(
    served: Served, tmp_path: Path
) -> None:
    """Each piece of news of the backup is a moment at which a large frame and its row come in."""
    station = served.station()
    send(station, 1)
    seen: list[str] = []

    def meanwhile(what: str, _done: int, _total: int) -> None:
        if len(seen) < 6:
            seen.append(what)
            send(station, len(seen) + 1)

    back_up(served.opened.folder.root, tmp_path / "b.tar", meanwhile)
    assert "database" in seen
    assert len(set(seen)) > 1
    restore(tmp_path / "b.tar", tmp_path / "again")
    with serving(tmp_path / "again") as again:
        rows = {blob for (blob,) in again.rows("SELECT blob FROM frames WHERE content IS NULL")}
        assert rows
        assert rows <= frames_on_disk(tmp_path / "again")


def test_a_backup_does_not_hold_up_the_server(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch is taken in between two steps of the copy and is not in it: the copy is of one state."""
    monkeypatch.setattr(making, "PAGES_AT_ONCE", 8)
    station = served.station()
    taken: list[int] = []

    def meanwhile(what: str, done: int, _total: int) -> None:
        if what == "database" and done and not taken:
            send(station, 7, is_large=False)
            taken.append(1)

    made = back_up(served.opened.folder.root, tmp_path / "b.tar", meanwhile)
    assert (taken, made.records) == ([1], 0)


def test_keys_and_certificates_travel_and_the_lock_does_not(served: Served, tmp_path: Path) -> None:
    root = served.opened.folder.root
    (root / "tls").mkdir()
    (root / "tls" / "ca.pem").write_text("a certificate")
    back_up(root, tmp_path / "b.tar")
    assert (tmp_path / "b.tar").stat().st_mode & 0o777 == 0o600
    restore(tmp_path / "b.tar", tmp_path / "again")
    assert (tmp_path / "again" / "tls" / "ca.pem").read_text() == "a certificate"
    assert not (tmp_path / "again" / "server.lock").exists()
    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o700


@pytest.fixture
def backup(served: Served, tmp_path: Path) -> Path:
    """A backup of a server with one large and one small vector."""
    station = served.station()
    send(station, 1)
    send(station, 2, is_large=False)
    return back_up(served.opened.folder.root, tmp_path / "good.tar").path


def _flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _rewrite(data: bytes, change: Callable[[tarfile.TarInfo, bytes], list[tuple[str, bytes]]]) -> bytes:
    """Give the same tar file with each member replaced by what `change` makes of it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(data)) as old, tarfile.open(fileobj=out, mode="w") as new:
        for entry in old:
            file = old.extractfile(entry)
            assert file is not None
            for name, content in change(entry, file.read()):
                made = tarfile.TarInfo(name)
                made.size = len(content)
                new.addfile(made, io.BytesIO(content))
    return out.getvalue()


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut by half": lambda data: data[: len(data) // 2],
    "without its contents": lambda data: _rewrite(
        data, lambda entry, content: [] if entry.name == "contents.json" else [(entry.name, content)]
    ),
    "a bit of the database": lambda data: _flip(data, data.index(b"SQLite format 3") + 5000),
    "a frame left out": lambda data: _rewrite(
        data, lambda entry, content: [] if entry.name.startswith("frames/") else [(entry.name, content)]
    ),
    "another frame": lambda data: _rewrite(
        data,
        lambda entry, content: [(entry.name, _flip(content, 500) if "frames/" in entry.name else content)],
    ),
    "a path outside": lambda data: _rewrite(
        data,
        lambda entry, content: (
            [(entry.name, content)]
            + ([("beside/../../outside", b"x")] if entry.name.startswith("lotline-b") else [])
        ),
    ),
    "a file twice": lambda data: _rewrite(
        data, lambda entry, content: [(entry.name, content)] * (2 if "frames/" in entry.name else 1)
    ),
    "no tar": lambda _data: b"what is this doing here\n" * 1000,
    "empty": lambda _data: b"",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_backup_restores_nothing(backup: Path, tmp_path: Path, damage: str) -> None:
    broken = tmp_path / "broken.tar"
    broken.write_bytes(DAMAGE[damage](backup.read_bytes()))
    with pytest.raises(BackupDamaged):
        restore(broken, tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.tar", "data", "good.tar"]


def test_a_folder_with_anything_in_it_is_refused_and_an_empty_one_is_not(
    backup: Path, tmp_path: Path
) -> None:
    used = tmp_path / "used"
    used.mkdir()
    (used / "note").write_text("mine")
    with pytest.raises(BackupRefused, match="is not empty"):
        restore(backup, used)
    assert [path.name for path in used.iterdir()] == ["note"]
    (used / "note").unlink()
    assert restore(backup, used).records == 2


def test_a_backup_never_replaces_a_file(served: Served, backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(BackupRefused, match="exists already"):
        back_up(served.opened.folder.root, backup)
    assert backup.read_bytes() == before


def test_two_backups_restored_are_two_generations(backup: Path, tmp_path: Path) -> None:
    assert restore(backup, tmp_path / "a").generation != restore(backup, tmp_path / "b").generation


@pytest.mark.parametrize("how", ["missing", "damaged", "damaged in the database"])
def test_a_lost_frame_of_the_server_is_named_and_no_backup_is_made_unless_told_to(
    served: Served, tmp_path: Path, how: str
) -> None:
    station = served.station()
    send(station, 1)
    send(station, 2, is_large=False)
    root = served.opened.folder.root
    (file,) = (root / "frames").rglob("*.frame")
    blob = file.stem
    match how:
        case "missing":
            file.unlink()
        case "damaged":
            file.write_bytes(_flip(file.read_bytes(), 300))
        case _:
            with served.opened.database.write() as connection:
                connection.execute(text("UPDATE frames SET content = x'00' WHERE content IS NOT NULL"))
            ((blob,),) = served.rows("SELECT blob FROM frames WHERE content IS NOT NULL")
    with pytest.raises(BackupRefused, match=f"1 frames of this server are missing or damaged: {blob}"):
        back_up(root, tmp_path / "b.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    made = make_backup(root, tmp_path / "b.tar", quiet, despite_damage=True)
    assert made.missing == (blob,)
    restored = restore(tmp_path / "b.tar", tmp_path / "again")
    assert "1 frames were lost before this backup was made" in what_happens_next(restored)


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(served: Served, tmp_path: Path) -> None:
    def full(_what: str, _done: int, _total: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(Exception, match="No space left on device"):
        back_up(served.opened.folder.root, tmp_path / "b.tar", full)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_the_file_is_synced_before_it_is_renamed_and_the_folder_behind_it(
    served: Served, tmp_path: Path
) -> None:
    """Seen by the tracer: fsync of the partial file, rename, fsync of its folder."""
    from tests.agent.tracing import strace

    send(served.station(), 1)
    trace = tmp_path / "trace"
    root, target = served.opened.folder.root, tmp_path / "b.tar"
    tracer = strace("trace=openat,fsync,rename,renameat,renameat2", output=str(trace))
    command = [*tracer, sys.executable, "-m", "lotline_server", "backup", str(target), "--data", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in trace.read_text().splitlines() if "= -1" not in line]
    renamed = next(
        n for n, line in enumerate(lines) if "rename" in line and "b.tar" in line.split("partial")[1]
    )
    opened = [n for n, line in enumerate(lines[:renamed]) if "/partial" in line and "O_EXCL" in line]
    handle = lines[opened[-1]].rsplit("= ", 1)[1]
    assert any(f"fsync({handle})" in line for line in lines[opened[-1] : renamed])
    assert "fsync(" in "".join(lines[renamed + 1 :])


def test_backup_and_restore_on_the_command_line(served: Served, tmp_path: Path) -> None:
    """A person reads what it did and what happens next; a refusal is one line and status 1."""
    send(served.station(), 1)

    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lotline_server", *arguments]
        env = os.environ | {"COLUMNS": "200"}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=env)

    root, target = str(served.opened.folder.root), str(tmp_path / "b.tar")
    made = ask("backup", target, "--data", root)
    assert made.returncode == 0, made.stderr
    assert "1 records, 1 large frames" in made.stderr
    refused = ask("backup", target, "--data", root)
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert "exists already" in refused.stderr
    restored = ask("restore", target, "--data", str(tmp_path / "again"))
    assert restored.returncode == 0, restored.stderr
    assert f"lotline-server run --data {tmp_path / 'again'}" in restored.stdout
    assert "paired again" in restored.stdout
    again = ask("restore", target, "--data", str(tmp_path / "again"))
    assert (again.returncode, "is not empty" in again.stderr) == (1, True)
    nowhere = ask("backup", str(tmp_path / "c.tar"), "--data", str(tmp_path / "nobody"))
    assert (nowhere.returncode, "there is no lot server" in nowhere.stderr) == (1, True)


def test_a_restored_server_has_the_files_that_people_attached(served: Served, tmp_path: Path) -> None:
    """However large; a record would name a file that nobody has."""
    content = os.urandom(3 * 1024 * 1024)
    answer = served.client.post(
        "/api/v1/units/GW2-000001/files", params={"name": "report.pdf"}, content=content,
        headers={"Content-Type": "application/octet-stream"},
    )  # fmt: skip
    answer.raise_for_status()
    back_up(served.opened.folder.root, tmp_path / "monday.tar")
    restore(tmp_path / "monday.tar", tmp_path / "again")
    with serving(tmp_path / "again") as again:
        assert again.client.get(f"/api/v1/runs/{answer.json()['run_id']}/file").content == content
