"""A record's exact bytes: made once, proven, and never anything but what they say."""

import hashlib
import json
import math
import time
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotline_contract.frames import Axis
from lotline_contract.limits import Comparator, Kind, Limit
from lotline_contract.outcome import Outcome
from lotline_contract.record import (
    MAX_RECORD_BYTES,
    Event,
    Measurement,
    Plan,
    RecordError,
    Run,
    Station,
    Step,
    Vector,
    Versions,
    encode_record,
    parse_event,
    parse_run,
    record_digest,
)


def a_run(**fields: Any) -> Run:
    """Make the smallest run, with some fields put differently."""
    usual: dict[str, Any] = {
        "record": 1,
        "run_id": "01999999-9999-7999-8999-999999999999",
        "station": Station(name="BENCH-1", utc_offset_min=60, config_digest="c" * 64),
        "serial_number": "LL-0001",
        "scan": "LL-0001\r",
        "part_number": "PSU-24",
        "operation": "FCT",
        "plan": Plan(name="psu", version="1", digest="d" * 64),
        "versions": Versions(agent="0.1.0"),
        "started_at": "2026-11-23T10:00:00.000Z",
        "duration_s": 1.5,
        "outcome": Outcome.PASS,
    }
    return Run(**usual | fields)


def measuring(**fields: Any) -> Run:
    """Make a run of one step with one measurement."""
    usual: dict[str, Any] = {"name": "rail", "kind": Kind.NUMBER, "outcome": Outcome.PASS}
    step = Step(
        name="s",
        group="main",
        outcome=Outcome.PASS,
        started_s=0.0,
        duration_s=0.0,
        measurements=(Measurement(**usual | fields),),
    )
    return a_run(steps=(step,))


EVENT = Event(
    record=1,
    event_id="01999999-9999-7999-8999-999999999999",
    event="denied",
    station="BENCH-1",
    at="2026-11-23T10:00:00Z",
    scan="nonsense",
    reasons=("unknown",),
)
GOOD = encode_record(a_run())


def with_field(field: bytes, data: bytes = GOOD) -> bytes:
    """Put one more field at the end of a record's object."""
    return data[:-1] + b"," + field + b"}"


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.floats(allow_nan=False, allow_infinity=False)
limits = st.builds(
    Limit,
    comparator=st.sampled_from(Comparator),
    low=st.none() | numbers,
    equals=st.none() | st.booleans() | texts,
)
vectors = st.builds(
    Vector,
    data_digest=texts,
    dtype=texts,
    shape=st.tuples(st.integers(0, 2**40)),
    scale=numbers,
    axis=st.none() | st.builds(Axis, x0=numbers, dx=numbers, uom=texts),
)
measurements = st.builds(
    Measurement,
    name=texts,
    kind=st.sampled_from(Kind),
    outcome=st.sampled_from(Outcome),
    value=st.none() | numbers | st.booleans() | texts,
    reading=st.none() | texts,
    uom=st.none() | texts,
    limit=st.none() | limits,
    vector=st.none() | vectors,
)
steps = st.builds(
    Step,
    name=texts,
    group=st.sampled_from(["setup", "main", "teardown"]),
    outcome=st.sampled_from(Outcome),
    started_s=numbers,
    duration_s=numbers,
    measurements=st.lists(measurements, max_size=2).map(tuple),
)
runs = st.builds(
    a_run,
    message=st.none() | texts,
    properties=st.dictionaries(texts, texts, max_size=3),
    steps=st.lists(steps, max_size=2).map(tuple),
)


@given(runs)
def test_a_run_comes_back_from_its_bytes_and_the_bytes_from_the_run(run: Run) -> None:
    data = encode_record(run)
    back = parse_run(data)
    assert back == run
    assert encode_record(back) == data
    assert record_digest(data) == hashlib.sha256(data).hexdigest()


def test_an_event_comes_back_from_its_bytes() -> None:
    assert parse_event(encode_record(EVENT)) == EVENT


def test_a_bound_given_as_an_integer_makes_the_same_bytes_as_the_float() -> None:
    as_int = measuring(value=5, limit=Limit(comparator=Comparator.GE, low=0))
    as_float = measuring(value=5.0, limit=Limit(comparator=Comparator.GE, low=0.0))
    assert encode_record(as_int) == encode_record(as_float)


def test_a_flag_stays_a_flag_and_a_text_a_text() -> None:
    for value in (True, False, "0012", "1e5", "true", ""):
        (back,) = parse_run(encode_record(measuring(value=value))).measurements()
        assert back.value == value
        assert type(back.value) is type(value)


@pytest.mark.parametrize("value", [5e-324, -0.0, 0.1 + 0.2, 1.7976931348623157e308, 2.0**53, 9.9e37])
def test_a_number_keeps_every_bit(value: float) -> None:
    (back,) = parse_run(encode_record(measuring(value=value))).measurements()
    assert isinstance(back.value, float)
    assert back.value.hex() == value.hex()


@pytest.mark.parametrize(
    "run",
    [
        measuring(value=math.nan),
        measuring(value=math.inf),
        measuring(value=-math.inf),
        measuring(value=2**53 + 1),
        measuring(value=10**400),
        measuring(value=np.float64(1.0)),
        measuring(value=np.float32(1.0)),
        measuring(value=1j),
        measuring(limit=Limit(comparator=Comparator.GE, low=math.nan)),
        a_run(duration_s=math.nan),
        a_run(duration_s=math.inf),
        a_run(message="\ud800"),
        a_run(properties={"a": "\udfff"}),
        a_run(properties={"a": 1}),
        a_run(serial_number=None),
        a_run(outcome="GOOD"),
        a_run(record=2),
    ],
)
def test_what_json_would_turn_into_something_else_is_refused_by_the_encoder(run: Run) -> None:
    with pytest.raises(RecordError):
        encode_record(run)


@pytest.mark.parametrize(
    "field",
    [
        b'"colour":"red"',
        b'"new":{"deep":[1,{"a":null}]}',
        b'"new":1e999',
        b'"new":' + b"9" * 5000,
        b'"new":1.0,"newer":2',
    ],
)
def test_fields_of_a_newer_agent_are_no_reason_to_refuse(field: bytes) -> None:
    data = with_field(field)
    assert parse_run(data) == a_run()
    assert record_digest(data) != record_digest(GOOD)


@pytest.mark.parametrize(
    "field",
    [
        b'"run_id":"another"',
        b'"outcome":"FAIL"',
        b'"duration_s":1.5',
        b'"new":1,"new":1',
        b'"new":{"a":1,"a":2}',
        b'"new":[[{"a":1,"\\u0061":2}]]',
        b'"properties":{"a":"1","a":"2"}',
    ],
)
def test_a_key_that_stands_twice_is_refused(field: bytes) -> None:
    with pytest.raises(RecordError, match="twice"):
        parse_run(with_field(field))


@pytest.mark.parametrize(
    "field",
    [
        b'"new":NaN',
        b'"new":[Infinity]',
        b'"new":-Infinity',
        b'"new":"\xff"',
        b'"new":"\\ud800"',
        b'"new":01',
        b"\"new\":'x'",
        b'"message":"\\ud800"',
        b'"message":NaN',
        b'"message":1',
        b'"local_attempt":1.5',
        b'"local_attempt":true',
        b'"purpose":"fun"',
        b'"cause":"bad luck"',
        b'"steps":[{}]',
        b'"steps":{}',
        b'"properties":{"a":1}',
        b'"new":' + b"[" * 100_000 + b"]" * 100_000,
        b'"steps":' + b"[" * 100_000 + b"]" * 100_000,
        b'"new":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
    ids=lambda field: field[:24].decode(errors="replace"),
)
def test_what_is_no_json_or_no_run_is_refused(field: bytes) -> None:
    with pytest.raises(RecordError):
        parse_run(with_field(field))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"record":1', b'"record":2'),
        (b'"record":1', b'"record":true'),
        (b'"record":1', b'"record":1.5'),
        (b'"duration_s":1.5', b'"duration_s":NaN'),
        (b'"duration_s":1.5', b'"duration_s":1e999'),
        (b'"duration_s":1.5', b'"duration_s":"1.5"'),
        (b'"duration_s":1.5', b'"duration_s":true'),
        (b'"outcome":"PASS"', b'"outcome":"pass"'),
        (b'"serial_number":"LL-0001",', b""),
    ],
)
def test_a_field_of_another_type_is_refused(old: bytes, new: bytes) -> None:
    assert old in GOOD
    with pytest.raises(RecordError):
        parse_run(GOOD.replace(old, new))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xef\xbb\xbf" + GOOD,
        GOOD + GOOD,
        GOOD + b"x",
        GOOD.decode().encode("utf-16"),
    ],
)
def test_any_other_bytes_are_refused(data: bytes) -> None:
    for parse in (parse_run, parse_event):
        with pytest.raises(RecordError):
            parse(data)


def test_a_record_cut_at_any_byte_is_refused() -> None:
    for size in range(len(GOOD)):
        with pytest.raises(RecordError):
            parse_run(GOOD[:size])


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_seen_in_the_digest(at: int, byte: int) -> None:
    changed = GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]
    try:
        parse_run(changed)
    except RecordError:
        return
    assert (record_digest(changed) == record_digest(GOOD)) is (changed == GOOD)


def test_a_run_is_no_event_and_an_event_no_run() -> None:
    with pytest.raises(RecordError):
        parse_event(GOOD)
    with pytest.raises(RecordError):
        parse_run(encode_record(EVENT))


def test_a_record_beyond_its_size_is_refused_unread() -> None:
    with pytest.raises(RecordError, match="at most"):
        parse_run(with_field(b'"new":"' + b"x" * MAX_RECORD_BYTES + b'"'))


def test_more_than_64_properties_are_refused() -> None:
    at_most = a_run(properties={str(number): "" for number in range(64)})
    assert parse_run(encode_record(at_most)) == at_most
    too_many = msgspec.structs.replace(at_most, properties={str(number): "" for number in range(65)})
    with pytest.raises(RecordError, match="at most 64"):
        parse_run(encode_record(too_many))


def test_a_record_of_a_hundred_thousand_keys_is_read_in_linear_time() -> None:
    keys = b",".join(b'"%06d":1' % number for number in range(100_000))
    started = time.process_time()
    parse_run(with_field(b'"new":{' + keys + b"}"))
    with pytest.raises(RecordError, match="twice"):
        parse_run(with_field(b'"new":{' + keys + b',"099999":1}'))
    assert time.process_time() - started < 5.0  # comparing each with each takes minutes


def test_the_bytes_are_plain_json_that_anybody_can_read() -> None:
    read = json.loads(GOOD)
    assert read["record"] == 1
    assert read["serial_number"] == "LL-0001"
    assert "lot" not in read


def test_a_record_the_server_would_never_take_is_refused_when_it_is_made() -> None:
    run = a_run(message="x" * (MAX_RECORD_BYTES + 1))
    with pytest.raises(RecordError, match="at most"):
        encode_record(run)
