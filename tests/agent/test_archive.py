"""The archive: any HDF5 reader understands a file, no crash leaves a row without one, frames leave last."""

import hashlib
from pathlib import Path

import h5py
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.agent.conftest import OpenStore
from tests.agent.records import Taken, finished, header, journal_all, record, scalar, vector, waveform

from lotline_agent.store.hdf5 import build_archive
from lotline_agent.store.station_store import StationStore
from lotline_contract.frames import decode_frame, read_header, sample_digest
from lotline_contract.record import Run, parse_run


def _rest(store: StationStore, *, server: bool) -> list[str]:
    alarms: list[str] = []
    while store.rest(server=server, alarm=alarms.append):
        pass
    return alarms


def _files(store: StationStore) -> list[Path]:
    return sorted(path for path in store.archive.folder.rglob("*") if path.is_file())


def _held(store: StationStore) -> int:
    return int(store.database.connection.execute("SELECT count(*) FROM frame").fetchone()[0])


def _acknowledge(store: StationStore) -> None:
    rows = store.database.connection.execute("SELECT id FROM outbox").fetchall()
    store.outbox.acknowledge([row for (row,) in rows], "generation-1")


def test_a_plain_hdf5_reader_gets_the_instruments_values_and_all_that_explains_them(
    store: StationStore,
) -> None:
    reading = waveform(10_000, seed=3)
    head = header("GW2-000042")
    taken = [scalar(0), vector(1, reading)]
    closed = record(store, head, taken)
    _rest(store, server=True)
    (path,) = _files(store)
    with h5py.File(path, "r") as file:
        dataset = file["ripple_1"]
        codes = dataset[()]
        values = codes * dataset.attrs["scale_factor"] + dataset.attrs["add_offset"]
        np.testing.assert_array_equal(values, reading.values)
        assert codes.dtype == np.dtype("<i2")
        assert dataset.attrs["uom"] == "V"
        assert (dataset.attrs["low"], dataset.attrs["high"], dataset.attrs["comparator"]) == (-1, 1, "GELE")
        axis = dataset.attrs["axis_x0"], dataset.attrs["axis_dx"], dataset.attrs["axis_uom"]
        assert axis == (reading.x0, reading.dx, "s")
        assert (dataset.compression, dataset.shuffle) == ("gzip", True)
        frame = taken[1][1]
        assert frame is not None
        assert dataset.attrs["data_digest"] == frame[1] == hashlib.sha256(codes.tobytes()).hexdigest()
        assert file.attrs["serial_number"] == "GW2-000042"
        assert (file.attrs["part_number"], file.attrs["lot"], file.attrs["station"]) == ("GW2", "L1", "ST-1")
        assert file.attrs["plan_digest"] == head.plan.digest
        assert file.attrs["record_digest"] == closed.digest
        assert hashlib.sha256(file["record_json"][()].tobytes()).hexdigest() == closed.digest


def test_the_row_names_the_file_its_size_and_its_digest(store: StationStore) -> None:
    head = header()
    record(store, head, [vector(0)])
    _rest(store, server=True)
    (path,) = _files(store)
    name, digest, size = store.database.connection.execute(
        "SELECT file, sha256, size FROM archive"
    ).fetchone()
    assert path == store.archive.folder / name == store.archive.folder / "2026-11" / f"{head.run_id}.h5"
    assert (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size) == (digest, size)


def test_a_run_without_vectors_needs_no_file(store: StationStore) -> None:
    record(store, header(), [scalar(0)])
    assert _rest(store, server=True) == []
    assert _files(store) == []


def test_a_run_that_is_open_is_not_sealed(store: StationStore) -> None:
    journal_all(store, header(), [vector(0)])
    assert store.archive.waiting() == []


def _samples() -> list[NDArray[np.generic]]:
    rng = np.random.default_rng(1)
    return [
        rng.normal(0, 0.01, 1000),
        rng.normal(0, 0.01, 1000).astype("<f4"),
        np.zeros(5000, "<i4"),
        np.arange(-3, 3, dtype="<i1") // 3,
        np.zeros(1, "<u8"),
        rng.normal(0, 0.01, 200_000),
    ]


@pytest.mark.parametrize("samples", _samples(), ids=lambda samples: f"{samples.dtype} x {samples.size}")
def test_a_frame_encoded_again_from_the_archive_is_the_same_vector(
    store: StationStore, samples: NDArray[np.generic]
) -> None:
    head = header()
    taken = vector(0, samples)
    assert taken[1] is not None
    record(store, head, [taken])
    _rest(store, server=False)
    assert _held(store) == 0
    again = store.archive.frames_again(store.database.connection, head.run_id)
    assert list(again) == [taken[1][1]] == [sample_digest(samples)]
    first, second = read_header(taken[1][0])[0], read_header(again[taken[1][1]])[0]
    assert first == second
    np.testing.assert_array_equal(decode_frame(again[taken[1][1]])[1], samples)


def test_two_vectors_of_one_run_with_equal_samples_are_both_in_its_file(store: StationStore) -> None:
    same = waveform(100)
    record(store, header(), [vector(0, same), vector(1, same)])
    assert _rest(store, server=False) == []
    (path,) = _files(store)
    with h5py.File(path, "r") as file:
        assert {"ripple_0", "ripple_1"} <= set(file)


@pytest.mark.parametrize("name", [".", "..", "a/b", "record_json", "ripple µV", "a'b", "/"])
def test_any_measurement_name_a_plan_may_have_becomes_a_dataset(name: str) -> None:
    entry, frame = vector(0)
    assert frame is not None
    measurement = msgspec.structs.replace(entry.measurement, name=name)
    run = finished(header(), [(msgspec.structs.replace(entry, measurement=measurement), frame)])
    image = build_archive(run, b"{}", "0" * 64, {frame[1]: decode_frame(frame[0])[1]})
    with h5py.File.in_memory(image) as file:
        assert [data.attrs["measurement"] for data in file.values() if "measurement" in data.attrs] == [name]


def test_a_file_whose_row_a_crash_prevented_is_sealed_again(open_store: OpenStore) -> None:
    store = open_store()
    record(store, header(), [vector(0)])
    _rest(store, server=True)
    # Between rename and row: the file is there, no row names it.
    with store.database.durable() as connection:
        connection.execute("DELETE FROM archive")
    store.close()
    again = open_store()
    assert len(again.archive.waiting()) == 1
    assert _rest(again, server=True) == []
    (path,) = _files(again)
    (digest,) = again.database.connection.execute("SELECT sha256 FROM archive").fetchone()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest


def test_what_a_crash_left_half_written_is_removed_and_sealed_again(open_store: OpenStore) -> None:
    store = open_store()
    head = header()
    record(store, head, [vector(0)])
    month = store.archive.folder / "2026-11"
    month.mkdir()
    (month / f"{head.run_id}.h5.tmp").write_bytes(b"half")
    store.close()
    again = open_store()
    assert _files(again) == []
    _rest(again, server=True)
    assert [path.name for path in _files(again)] == [f"{head.run_id}.h5"]


def test_a_temporary_file_that_appears_while_running_does_not_stop_the_sealing(store: StationStore) -> None:
    head = header()
    record(store, head, [vector(0)])
    (store.archive.folder / "2026-11").mkdir()
    (store.archive.folder / "2026-11" / f"{head.run_id}.h5.tmp").write_bytes(b"half")
    assert _rest(store, server=True) == []
    assert [path.name for path in _files(store)] == [f"{head.run_id}.h5"]


def test_a_missing_file_is_made_again_while_its_frames_are_held(open_store: OpenStore) -> None:
    store = open_store()
    record(store, header(), [vector(0)])
    _rest(store, server=True)
    (path,) = _files(store)
    before = h5py.File(path, "r")["ripple_0"].attrs["data_digest"]
    path.unlink()
    store.close()
    again = open_store()
    assert again.alarms == []
    _rest(again, server=True)
    with h5py.File(path, "r") as file:
        assert file["ripple_0"].attrs["data_digest"] == before


def test_a_missing_file_whose_frames_are_gone_raises_an_alarm(open_store: OpenStore) -> None:
    store = open_store()
    head = header()
    record(store, head, [vector(0)])
    _rest(store, server=False)
    (path,) = _files(store)
    path.unlink()
    store.close()
    (alarm,) = open_store().alarms
    assert f"1 archive file is missing or damaged (2026-11/{head.run_id}.h5)" in alarm


def test_frames_are_released_only_when_sealed_and_acknowledged(store: StationStore) -> None:
    record(store, header(), [vector(0), vector(1)])
    assert (store.archive.release(server=True), _held(store)) == (0, 2)
    assert (store.archive.release(server=False), _held(store)) == (0, 2)
    _acknowledge(store)
    assert (store.archive.release(server=True), _held(store)) == (0, 2)
    store.archive.seal(store.archive.waiting()[0])
    assert (store.archive.release(server=True), _held(store)) == (1, 0)


def test_a_sealed_run_keeps_its_frames_until_the_server_has_acknowledged_it(store: StationStore) -> None:
    record(store, header(), [vector(0)])
    _rest(store, server=True)
    assert _held(store) == 1
    _acknowledge(store)
    _rest(store, server=True)
    assert _held(store) == 0


def test_a_station_without_server_releases_what_is_sealed(store: StationStore) -> None:
    record(store, header(), [vector(0)])
    _rest(store, server=False)
    assert _held(store) == 0


@pytest.mark.parametrize("state", ["pending", "parked"])
def test_an_entry_the_server_has_not_taken_keeps_its_frames(store: StationStore, state: str) -> None:
    record(store, header(), [vector(0)])
    with store.database.durable() as connection:
        connection.execute("UPDATE outbox SET state = ?", (state,))
    _rest(store, server=True)
    assert _held(store) == 1


def test_releasing_leaves_the_journal_of_an_open_run_alone(store: StationStore) -> None:
    record(store, header("GW2-1"), [scalar(0)])
    journal_all(store, header("GW2-2"), [scalar(0), vector(1)])
    _rest(store, server=False)
    rows = store.database.connection.execute("SELECT run.serial_number FROM journal JOIN run ON run.id = run")
    assert {serial for (serial,) in rows} == {"GW2-2"}


def test_the_record_in_the_file_is_the_record_that_was_sent(store: StationStore) -> None:
    head = header()
    record(store, head, [vector(0)])
    _rest(store, server=True)
    (path,) = _files(store)
    with h5py.File(path, "r") as file:
        inside: Run = parse_run(file["record_json"][()].tobytes())
    assert inside.run_id == head.run_id
    (record_bytes,) = store.database.connection.execute("SELECT record FROM outbox").fetchone()
    assert parse_run(record_bytes) == inside


def test_the_vectors_of_many_runs_are_sealed_oldest_first(store: StationStore) -> None:
    runs: list[tuple[Run, Taken]] = [(header(f"GW2-{n}"), vector(n)) for n in range(4)]
    for head, taken in runs:
        record(store, head, [taken])
    assert store.rest(server=True, alarm=print) is True
    assert [path.stem for path in _files(store)] == [runs[0][0].run_id]
