"""Everything a station holds, looked at once more. F10, F12: what is damaged is seen, kept and made again."""

import hashlib
import tracemalloc
from pathlib import Path

import pytest
from tests.agent.configs import write_setup
from tests.agent.conftest import OpenStore
from tests.agent.processes import agent
from tests.agent.records import header, journal_all, record, scalar, unit, vector, waveform

from lotline_agent.store.station_store import DATABASE_NAME, StationStore
from lotline_agent.store.verify import Report, verify


def look(store: StationStore) -> Report:
    return verify(store.database.path, store.archive.folder, lambda _what, _done, _total: None)


def rest(store: StationStore, *, server: bool) -> list[str]:
    alarms: list[str] = []
    while store.rest(server=server, alarm=alarms.append):
        pass
    return alarms


def acknowledge(store: StationStore) -> None:
    rows = store.database.connection.execute("SELECT id FROM outbox").fetchall()
    store.outbox.acknowledge([row for (row,) in rows], "g")


def files(store: StationStore) -> list[Path]:
    return sorted(store.archive.folder.rglob("*.h5"))


def held(store: StationStore) -> int:
    return int(store.database.connection.execute("SELECT count(*) FROM frame").fetchone()[0])


def break_bytes(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_what_is_where_is_counted_and_a_whole_station_has_no_trouble(store: StationStore) -> None:
    for n in range(3):
        record(store, header(f"GW2-{n}"), [scalar(0), vector(1)])
    rest(store, server=True)
    acknowledge(store)
    store.keep_document("a plan")
    record(store, header("GW2-3"), [scalar(0), vector(1)])
    journal_all(store, header("GW2-4"), [scalar(0), vector(1)])
    report = look(store)
    assert report.troubles == []
    counts = {key: report.counts[key] for key in ("run", "acknowledged", "pending", "archive files", "texts")}
    assert counts == {"run": 4, "acknowledged": 3, "pending": 1, "archive files": 3, "texts": 1}
    assert (report.counts["not archived yet"], report.counts["vectors in the journal"]) == (1, 5)


def test_a_look_beside_a_station_that_records_finds_nothing_wrong_and_moves_nothing(
    store: StationStore,
) -> None:
    """A run is closed and sealed between any two pieces that are read, and no checkpoint is made."""
    for n in range(40):
        record(store, header(f"GW2-{n}"), [scalar(0), vector(1, waveform(100))])
    rest(store, server=False)
    wal = store.database.path.with_name(f"{DATABASE_NAME}-wal")
    steps = 0

    def meanwhile(_what: str, _done: int, _total: int) -> None:
        nonlocal steps
        steps += 1
        if steps % 7 == 0:
            record(store, header(f"GW2-{100 + steps}"), [scalar(0), vector(1, waveform(100))])
            store.archive.seal(store.archive.waiting()[0])

    before = store.database.path.read_bytes(), wal.stat().st_size
    report = verify(store.database.path, store.archive.folder, meanwhile)
    assert report.troubles == []
    assert steps > 50
    assert store.database.path.read_bytes() == before[0]
    assert wal.stat().st_size >= before[1]


DAMAGE: dict[str, tuple[str, str]] = {
    "a record's byte": (
        "UPDATE outbox SET record = CAST(replace(CAST(record AS TEXT), 'GW2-1', 'GW2-7') AS BLOB) "
        "WHERE record_id = (SELECT run_id FROM run WHERE serial_number = 'GW2-1')",
        "does not have its digest",
    ),
    "a record's digest": ("UPDATE outbox SET digest = 'x' WHERE seq = 2", "does not have its digest"),
    "a record that is another": (
        "UPDATE outbox SET record = (SELECT record FROM outbox WHERE seq = 1), "
        "digest = (SELECT digest FROM outbox WHERE seq = 1) WHERE seq = 2",
        "is that of",
    ),
    "a frame's byte": (
        "UPDATE frame SET data = CAST(substr(data, 1, length(data) - 1) || x'00' AS BLOB)",
        "is damaged",
    ),
    "a frame of other samples": ("UPDATE frame SET data_digest = 'x' WHERE id = 1", "is another than named"),
    "a frame that is gone": ("DELETE FROM frame", "neither journalled nor archived"),
    "a record that is gone": ("DELETE FROM outbox WHERE seq = 2", "1 of the 3 records of epoch"),
    "a plan's text": ("UPDATE document SET body = 'another plan'", "does not have its digest"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_damage_to_what_is_held_is_found_and_said(store: StationStore, damage: str) -> None:
    for n in range(3):
        record(store, header(f"GW2-{n}"), [scalar(0), vector(1)])
    store.keep_document("a plan")
    assert look(store).troubles == []
    statement, words = DAMAGE[damage]
    with store.database.durable() as connection:
        connection.execute(statement)
    report = look(store)
    assert report.troubled >= 1
    assert any(words in trouble for trouble in report.troubles), report.troubles


def test_f12_a_damaged_file_is_found_before_its_frames_leave_kept_and_made_again(store: StationStore) -> None:
    record(store, header(), [vector(1)])
    rest(store, server=True)
    (path,) = files(store)
    whole = path.read_bytes()
    break_bytes(path)
    acknowledge(store)
    (alarm,) = rest(store, server=True)
    assert f"{path.name} was damaged or gone. It is made again" in alarm
    assert path.read_bytes() == whole
    assert path.with_name(f"{path.name}.damaged").stat().st_size == len(whole)
    assert held(store) == 0
    assert look(store).troubles == []


@pytest.mark.parametrize("how", ["missing", "shorter"])
def test_f12_a_file_that_is_gone_or_cut_is_made_again_at_the_next_start(
    open_store: OpenStore, how: str
) -> None:
    store = open_store()
    record(store, header(), [vector(1)])
    rest(store, server=True)
    (path,) = files(store)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:1000])
    store.close()
    again = open_store()
    assert len(again.alarms) == (how == "shorter")
    rest(again, server=True)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert path.with_name(f"{path.name}.damaged").exists() == (how == "shorter")


@pytest.mark.parametrize(("sent", "words"), [(True, "the server has its vectors"), (False, "are LOST")])
def test_f12_a_damaged_file_whose_frames_are_gone_is_named_with_who_still_has_them(
    store: StationStore, sent: bool, words: str
) -> None:
    record(store, header("GW2-000007"), [vector(1)])
    if sent:
        acknowledge(store)
    rest(store, server=False)
    break_bytes(files(store)[0])
    (trouble,) = look(store).troubles
    assert "is damaged, of unit GW2-000007" in trouble
    assert words in trouble


def test_f10_a_damaged_page_is_named_and_all_other_records_are_still_read(
    open_store: OpenStore, data: Path
) -> None:
    """The start is refused, the file untouched (test_store_opening); verify reads what is still readable."""
    store = open_store()
    for n in range(60):
        record(store, header(f"GW2-{n}"), unit(30, 0))
    store.close()
    path = data / DATABASE_NAME
    whole = path.read_bytes()
    at = whole.index(b'"serial_number":"GW2-31"')
    page = at // 4096 * 4096
    path.write_bytes(whole[:page] + os_noise() + whole[page + 4096 :])
    report = verify(path, data / "archive", lambda _what, _done, _total: None)
    assert report.troubled >= 1
    assert any(trouble.startswith("database: ") for trouble in report.troubles)
    assert 40 <= report.counts["pending"] <= 60
    assert path.read_bytes() == whole[:page] + os_noise() + whole[page + 4096 :]


def os_noise() -> bytes:
    return bytes(range(256)) * 16


def test_memory_stays_bounded_however_much_is_held(store: StationStore) -> None:
    """Eight vectors of 4 MB each and three hundred records: never more than a few of them at once."""
    for n in range(8):
        record(store, header(f"GW2-{n}"), [vector(1, waveform(2_000_000, seed=n))])
    for n in range(300):
        record(store, header(f"GW2-{n}"), unit(50, 0))
    tracemalloc.start()
    try:
        report = look(store)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert report.troubles == []
    assert peak < 40_000_000


def ask(config: Path, *more: str, status: int) -> str:
    with agent("verify", str(config), *more) as it:
        assert it.wait(60) == status, it.output
        assert "Traceback" not in it.output
        return it.output


@pytest.fixture
def station(tmp_path: Path, open_store: OpenStore) -> tuple[Path, StationStore]:
    """A station's configuration and its open store, with one sealed run."""
    config = write_setup(tmp_path)
    store = open_store(tmp_path / "data")
    record(store, header(), [scalar(0), vector(1)])
    rest(store, server=True)
    return config, store


def test_verify_on_the_command_line_beside_the_open_store_ends_with_0(
    station: tuple[Path, StationStore],
) -> None:
    said = ask(station[0], status=0)
    assert "Everything was read again, and every digest is right." in said
    assert "Archive files, whole" in said


def test_verify_ends_with_1_and_repairs_only_while_no_agent_runs(station: tuple[Path, StationStore]) -> None:
    config, store = station
    (path,) = files(store)
    whole = path.read_bytes()
    break_bytes(path)
    assert "verify --repair" in ask(config, status=1)
    assert "Another lotline-agent already works on" in ask(config, "--repair", status=1)
    assert path.read_bytes() != whole
    store.close()
    assert "was made again from the journal" in ask(config, "--repair", status=0)
    assert path.read_bytes() == whole
    ask(config, status=0)
