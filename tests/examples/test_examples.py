"""The form of record v1 cannot drift: these bytes were written once and are read for ever."""

import hashlib
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lotline_contract.frames import decode_frame, encode_frame, sample_digest
from lotline_contract.outcome import Outcome, counts_as, roll_up
from lotline_contract.record import Event, Run, encode_record, parse_event, parse_run, record_digest
from lotline_contract.rejudge import differences

FOLDER = Path(__file__).parent / "v1"
SUMS = dict(reversed(line.split("  ")) for line in (FOLDER / "SHA256SUMS").read_text().splitlines())
RUNS = sorted(name for name in SUMS if name.endswith(".run.json"))
EVENTS = sorted(name for name in SUMS if name.endswith(".event.json"))
FRAMES = sorted(name for name in SUMS if name.endswith(".frame"))


def test_each_example_has_a_digest_and_each_digest_its_example() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*RUNS, *EVENTS, *FRAMES, "SHA256SUMS"}
    assert min(len(RUNS), len(EVENTS), len(FRAMES)) >= 1


@pytest.mark.parametrize("name", sorted(SUMS))
def test_an_example_still_has_the_bytes_it_was_recorded_with(name: str) -> None:
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == SUMS[name]


@pytest.mark.parametrize("name", [*RUNS, *EVENTS])
def test_a_record_that_is_read_and_written_again_has_the_same_bytes_and_digest(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    record = parse_run(data) if name in RUNS else parse_event(data)
    assert encode_record(record) == data
    assert record_digest(encode_record(record)) == SUMS[name]


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_gives_the_samples_whose_digest_it_names(name: str) -> None:
    header, samples = decode_frame((FOLDER / name).read_bytes())
    assert sample_digest(samples) == header.sha256
    # Another compressor may make other bytes of it; the data digest stays.
    assert encode_frame(header.name, samples)[1] == header.sha256


@pytest.mark.parametrize("name", RUNS)
def test_a_recorded_run_is_judged_today_as_it_was_then(name: str) -> None:
    samples = {sample_digest(array): array for _, array in map(_frame, FRAMES)}
    assert differences(parse_run((FOLDER / name).read_bytes()), samples) == []


def test_a_record_and_its_frame_say_the_same_of_the_samples() -> None:
    run = parse_run((FOLDER / "vector.run.json").read_bytes())
    header, samples = _frame("ripple.frame")
    (measurement,) = (found for found in run.measurements() if found.vector)
    assert measurement.vector is not None
    assert measurement.vector.data_digest == header.sha256
    assert (measurement.name, measurement.uom) == (header.name, header.uom)
    assert (measurement.vector.dtype, measurement.vector.shape) == (header.dtype, samples.shape)
    assert (measurement.vector.scale, measurement.vector.offset) == (header.scale, header.offset)
    assert measurement.vector.axis == header.axis


def test_the_examples_count_for_their_units_as_the_terms_say() -> None:
    counted = {}
    for name in RUNS:
        run = parse_run((FOLDER / name).read_bytes())
        assert run.outcome is roll_up(step.outcome for step in run.steps)
        counted[name] = counts_as(run.outcome, (measurement.outcome for measurement in run.measurements()))
    assert counted == {
        "full.run.json": Outcome.PASS,
        "known.run.json": Outcome.PASS,
        "minimal.run.json": Outcome.PASS,
        "vector.run.json": Outcome.PASS,
        "fail.run.json": Outcome.FAIL,
        "error.run.json": None,
    }


def test_every_field_of_a_record_stands_in_an_example() -> None:
    records: list[Run | Event] = [parse_run((FOLDER / name).read_bytes()) for name in RUNS]
    records += [parse_event((FOLDER / name).read_bytes()) for name in EVENTS]
    shown: set[tuple[str, str]] = set()
    kinds: set[type[msgspec.Struct]] = set()
    for struct in _structs(records):
        kinds.add(type(struct))
        for field in msgspec.structs.fields(struct):
            default = None if field.default is msgspec.NODEFAULT else field.default
            if getattr(struct, field.name) not in (default, (), {}):
                shown.add((type(struct).__name__, field.name))
    fields = {(kind.__name__, field.name) for kind in kinds for field in msgspec.structs.fields(kind)}
    assert fields - shown == set()


def test_an_example_is_never_written_over(tmp_path: Path) -> None:
    add = runpy.run_path(str(FOLDER.parent / "add.py"))
    before = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    with pytest.raises(FileExistsError):
        add["add"](FOLDER / "minimal.run.json")
    other = tmp_path / "spaced.run.json"
    other.write_bytes((FOLDER / "minimal.run.json").read_bytes() + b" ")
    with pytest.raises(ValueError, match="not those that an agent would write"):
        add["add"](other)
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == before


def _frame(name: str) -> tuple[Any, Any]:
    return decode_frame((FOLDER / name).read_bytes())


def _structs(value: object) -> Iterator[msgspec.Struct]:
    match value:
        case msgspec.Struct():
            yield value
            for name in value.__struct_fields__:
                yield from _structs(getattr(value, name))
        case list() | tuple():
            for each in value:
                yield from _structs(each)
