"""Every answer that ingest can give, each held to what the server keeps."""

import hashlib
import json

import numpy as np
import pytest
from tests.server.conftest import Served
from tests.server.making import LIMIT, batch, denied, number, place, run, vector, with_fields

from lotline_contract.frames import blob_name, encode_frame
from lotline_contract.outcome import Outcome, Purpose
from lotline_contract.record import Station, encode_record
from lotline_contract.wire import INLINE_FRAME_BYTES


def test_a_record_is_stored_verbatim_and_projected(served: Served) -> None:
    """The bytes that come back are the bytes that were sent, and SQL finds the value."""
    station = served.station()
    record = run(measurements=(number("3.3 V rail", 3.31),))
    (answer,) = station.send(record)
    assert answer.answer == "stored"
    verbatim = served.client.get(f"/api/v1/runs/{record.run_id}/record")
    assert verbatim.content == encode_record(record)
    assert verbatim.headers["x-lotline-digest"] == answer.digest
    assert served.rows(
        "SELECT serial_number, lot, measurement, value, uom, low, high, outcome FROM measurement_view"
    ) == [("GW2-000001", "L1", "3.3 V rail", 3.31, "V", 3.2, 3.4, "PASS")]


def test_records_of_one_plan_come_back_exact_from_a_shared_dictionary(served: Served) -> None:
    """Each of many is compressed against the first, and each is itself."""
    station = served.station()
    records = [run(f"GW2-00000{at}", measurements=(number("a", 3.2 + at / 50),)) for at in range(1, 6)]
    station.send(*records)
    for record in records:
        assert served.client.get(f"/api/v1/runs/{record.run_id}/record").content == encode_record(record)


def test_a_record_that_is_sent_again_is_a_duplicate_and_counts_once(served: Served) -> None:
    """A lost reply is answered by the same record once more."""
    station = served.station()
    sent = station.next(run())
    assert [answer.answer for _ in range(3) for answer in station.post_all([sent])] == [
        "stored", "duplicate", "duplicate",
    ]  # fmt: skip
    assert served.rows("SELECT count(*) FROM runs") == [(1,)]
    assert served.get("/lots/L1")["completed"] == 1


def test_a_record_that_stands_twice_in_one_batch_is_stored_once(served: Served) -> None:
    """The second of the two is a duplicate."""
    station = served.station()
    sent = station.next(run())
    assert [answer.answer for answer in station.post_all([sent, sent])] == ["stored", "duplicate"]


def test_another_record_in_the_same_place_is_a_conflict_and_both_are_kept(served: Served) -> None:
    """Nothing is overwritten; the second one's bytes are in quarantine."""
    station = served.station()
    first, second = run("GW2-000001"), run("GW2-000002")
    station.send(first)
    (answer,) = station.post_all([place(second, station.epoch, 1)])
    assert answer.answer == "conflict"
    assert station.post_all([place(second, station.epoch, 1)])[0].answer == "conflict"
    (waiting,) = served.get("/quarantine")
    assert waiting["reason"] == "conflict"
    kept = served.client.get(f"/api/v1/quarantine/{waiting['id']}/record").content
    assert kept == encode_record(second)
    assert served.client.get(f"/api/v1/runs/{first.run_id}/record").content == encode_record(first)


def test_a_run_id_with_other_content_is_a_conflict(served: Served) -> None:
    """The same name for something else is never believed."""
    station = served.station()
    first = run("GW2-000001")
    station.send(first)
    (answer,) = station.send(run("GW2-000002", run_id=first.run_id))
    assert answer.answer == "conflict"
    assert served.rows("SELECT count(*) FROM runs") == [(1,)]


def test_bytes_without_their_digest_are_to_be_sent_again(served: Served) -> None:
    """What was damaged on its way is neither kept nor acknowledged."""
    station = served.station()
    sent = station.next(run())
    damaged = batch([type(sent)(item=sent.item, data=sent.data.replace(b"3.3 V", b"3.4 V"))])
    assert b'"retry"' in station.post(damaged).content
    assert served.rows("SELECT (SELECT count(*) FROM records) + (SELECT count(*) FROM quarantine)") == [(0,)]
    assert station.post_all([sent])[0].answer == "stored"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "unreadable"),
        (b"\xff\xfe", "unreadable"),
        (b"[" * 100_000, "unreadable"),
        (with_fields(run(), duration_s=None).replace(b"null", b"NaN"), "unreadable"),
        (with_fields(run(), record=2), "unreadable"),
        (with_fields(run(), duration_s=-1), "bad_duration"),
        (with_fields(run(), started_at="yesterday"), "bad_time"),
        (with_fields(run(), serial_number="GW2\u202e-1"), "bad_serial_number"),
        (with_fields(run(), serial_number="#ABORT"), "bad_serial_number"),
        (with_fields(run(), outcome="SKIPPED"), "bad_outcome"),
        (with_fields(run(), operation="../x"), "bad_operation"),
        (with_fields(run(), properties={f"k{at}": "" for at in range(65)}), "unreadable"),
        (encode_record(run()).replace(b'"scan"', b'"scan":"x","scan"'), "unreadable"),
        (b" " * (2 * 1024 * 1024) + encode_record(run()), "unreadable"),
    ],
    ids=[
        "cut off", "no text", "deep", "NaN", "version 2", "negative duration", "no moment",
        "reversed serial", "command", "skipped", "path", "65 properties", "key twice", "oversize",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_quarantined_with_its_bytes_and_stops_nobody(
    standing: Served, data: bytes, reason: str
) -> None:
    """The poison record is durable and named; the one behind it in the batch is stored."""
    station = standing.station()
    good = run("GW2-000002")
    poison = station.next(data)
    if reason != "unreadable":
        run_id = json.loads(data)["run_id"]
        poison = place(data, station.epoch, 1, record_id=run_id)
    answers = station.post_all([poison, station.next(good)])
    assert [answer.answer for answer in answers] == ["quarantined", "stored"]
    assert (answers[0].reason or "").startswith(reason)
    waiting = standing.get("/quarantine", limit=1)[0]
    assert standing.client.get(f"/api/v1/quarantine/{waiting['id']}/record").content == data
    assert station.hello().have[station.epoch] == ((1, 2),)


def test_a_record_that_names_another_station_is_quarantined(served: Served) -> None:
    """The station is taken from the token, never from the body."""
    station = served.station()
    other = Station(name="FCT-02", utc_offset_min=0, config_digest="c" * 64)
    run_answer, event_answer = station.send(run(station=other), denied(station="FCT-02"))
    assert (run_answer.answer, event_answer.answer) == ("quarantined", "quarantined")
    assert (run_answer.reason or "").startswith("station_mismatch: ")
    assert (event_answer.reason or "").startswith("station_mismatch: ")
    assert served.rows("SELECT count(*) FROM runs") == [(0,)]


def test_a_record_under_another_id_is_quarantined(served: Served) -> None:
    """Envelope and record must agree."""
    station = served.station()
    (answer,) = station.post_all([place(run(), station.epoch, 1, record_id="something-else")])
    assert (answer.answer, (answer.reason or "")[:11]) == ("quarantined", "id_mismatch")


def test_an_unknown_part_waits_in_quarantine_until_the_part_is_there(served: Served) -> None:
    """The next hello after the part was added takes the record in, once."""
    station = served.station()
    record = run("MX-0001", part_number="MX", lot=None)
    (answer,) = station.send(record)
    assert (answer.reason or "").startswith("unknown_part: ")
    served.add_part("MX", serial_digits=4)
    station.hello()
    assert served.get("/units/MX-0001")["unit"]["status"] == "completed"
    assert served.get("/quarantine") == []
    assert station.post_all([place(record, station.epoch, 1)])[0].answer == "duplicate"


def test_a_quarantined_record_is_replayed_by_hand(served: Served) -> None:
    """The API offers it again and says what came of it."""
    station = served.station()
    station.send(run("MX-0001", part_number="MX"))
    (waiting,) = served.get("/quarantine")
    path = f"/api/v1/quarantine/{waiting['id']}/replay"
    assert served.client.post(path).json()["answer"] == "quarantined"
    served.add_part("MX", serial_digits=4)
    assert served.client.post(path).json() == {"answer": "stored", "reason": None}
    assert served.client.post(path).status_code == 404


def test_a_vector_that_nobody_sent_is_asked_for_and_then_taken(served: Served) -> None:
    """The answer names the data digest; with the frame the same record is stored."""
    station = served.station()
    measured, frame = vector("ripple", np.arange(100, dtype=np.int16))
    sent = station.next(run(measurements=(measured,)))
    (answer,) = station.post_all([sent])
    assert measured.vector is not None
    assert (answer.answer, answer.missing) == ("missing_blobs", (measured.vector.data_digest,))
    assert station.post_all([sent], [frame])[0].answer == "stored"


def test_a_large_frame_is_put_first_and_its_samples_come_back(served: Served) -> None:
    """It lies in the folder under its blob name, exactly as it came."""
    station = served.station()
    samples = np.random.default_rng(1).normal(size=100_000)
    measured, frame = vector("noise", samples)
    assert len(frame) > INLINE_FRAME_BYTES
    answer = station.put_blob(blob_name(frame), frame)
    assert measured.vector is not None
    assert answer.json() == {"blob": blob_name(frame), "data_digest": measured.vector.data_digest}
    assert station.put_blob(blob_name(frame), frame).status_code == 200
    assert station.send(run(measurements=(measured,)))[0].answer == "stored"
    got = served.client.get(f"/api/v1/vectors/{measured.vector.data_digest}")
    assert got.content == samples.tobytes()
    assert got.headers["x-lotline-dtype"] == "<f8"
    (stored,) = served.opened.folder.frames.glob("*/*")
    assert stored.read_bytes() == frame


def test_a_frame_encoded_again_satisfies_the_record(served: Served) -> None:
    """A record names its vectors by the digest of their samples, whatever compressor was used."""
    station = served.station()
    samples = np.arange(1000, dtype=np.int16)
    measured, frame = vector("ripple", samples)
    again, digest = encode_frame("another name", samples, scale=0.5)
    assert again != frame
    assert measured.vector is not None
    assert digest == measured.vector.data_digest
    assert station.send(run(measurements=(measured,)), frames=[again])[0].answer == "stored"


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_a_frame_that_is_not_what_the_record_says_is_quarantined(standing: Served, scale: float) -> None:
    """Another dtype or another scale would draw another waveform."""
    station = standing.station()
    measured, _ = vector("ripple", np.zeros(100, dtype=np.int16), scale=0.5)
    other = np.zeros(100, dtype=np.int16) if scale == 2.0 else np.zeros(50, dtype=np.int32)
    frame, _ = encode_frame("ripple", other, scale=scale)
    (answer,) = station.send(run(measurements=(measured,)), frames=[frame])
    assert (answer.answer, (answer.reason or "")[:9]) == ("quarantined", "bad_frame")


def test_two_vectors_of_equal_samples_and_different_scale_are_both_stored(served: Served) -> None:
    """Two silent channels have one data digest and two scales."""
    station = served.station()
    silent = np.zeros(100, dtype=np.int16)
    one, frame = vector("channel 1", silent, scale=0.5)
    two, _ = vector("channel 2", silent, scale=0.25)
    assert station.send(run(measurements=(one, two)), frames=[frame])[0].answer == "stored"


def test_a_damaged_frame_puts_its_record_in_quarantine_and_stops_nobody(served: Served) -> None:
    """The reason names the measurement and what is wrong."""
    station = served.station()
    measured, frame = vector("ripple", np.random.default_rng(2).normal(size=100))
    damaged = frame[:-1] + bytes([frame[-1] ^ 1])
    answers = station.send(run(measurements=(measured,)), run("GW2-000002"), frames=[damaged])
    assert [answer.answer for answer in answers] == ["quarantined", "stored"]
    assert (answers[0].reason or "").startswith("bad_frame: ripple")


def test_a_blob_that_is_no_frame_is_refused_with_the_reason(standing: Served) -> None:
    """422, and nothing is kept."""
    station = standing.station()
    before = standing.rows("SELECT count(*) FROM frames")
    answer = station.put_blob(hashlib.sha256(b"no frame").hexdigest(), b"no frame")
    assert answer.status_code == 422
    assert "no usable frame" in answer.json()["message"]
    assert station.put_blob("0" * 64, b"no frame").status_code == 422
    assert standing.rows("SELECT count(*) FROM frames") == before


def test_another_stations_blob_is_not_there(served: Served) -> None:
    """Guessing a digest proves nothing: it must be sent by the station itself."""
    first, second = served.station("FCT-01"), served.station("FCT-02")
    measured, frame = vector("noise", np.random.default_rng(1).normal(size=100_000))
    blob = blob_name(frame)
    first.put_blob(blob, frame)
    heads = [
        served.client.head(f"/sync/v1/blobs/{blob}", headers=each.headers).status_code
        for each in (first, second)
    ]
    assert heads == [200, 404]
    at_second = Station(name="FCT-02", utc_offset_min=0, config_digest="c" * 64)
    (answer,) = second.send(run(measurements=(measured,), station=at_second))
    assert answer.answer == "missing_blobs"


def test_fields_of_a_newer_agent_are_kept_in_the_record(served: Served) -> None:
    """They are ignored here and come back verbatim."""
    station = served.station()
    record = run()
    data = with_fields(record, humidity_percent=41.5, steps=[])
    (answer,) = station.post_all([place(data, station.epoch, 1, record_id=record.run_id)])
    assert answer.answer == "stored"
    assert served.client.get(f"/api/v1/runs/{record.run_id}/record").content == data


def test_a_clock_that_is_years_wrong_stops_no_record(served: Served) -> None:
    """Clocks only advise."""
    station = served.station()
    answers = station.send(
        run("GW2-000001", started_at="2091-01-01T00:00:00Z"),
        run("GW2-000002", started_at="1970-01-01T00:00:00"),
    )
    assert [answer.answer for answer in answers] == ["stored", "stored"]


def test_a_run_that_is_judged_otherwise_here_is_flagged_and_not_altered(served: Served) -> None:
    """The recorded outcome stands; the difference is said beside it."""
    station = served.station()
    wrong = number("3.3 V rail", 3.9, LIMIT)
    lying = type(wrong)(
        name=wrong.name, kind=wrong.kind, value=3.9, uom="V", limit=LIMIT, outcome=Outcome.PASS
    )
    record = run(measurements=(lying,))
    assert station.send(record)[0].answer == "stored"
    row = served.get(f"/runs/{record.run_id}")["row"]
    assert row["outcome"] == "PASS"
    assert row["judged_otherwise"].startswith("3.3 V rail: recorded PASS, judged again FAIL")


def test_a_denied_scan_is_stored_and_shown(served: Served) -> None:
    """It has its place in the sequence like any run."""
    station = served.station()
    assert station.send(denied())[0].answer == "stored"
    assert served.get("/activity", limit=1)[0]["text"] == ("FCT-01 refused 'GW2-999999': the lot is closed")


def test_texts_are_kept_by_their_digest_and_a_false_one_is_not(served: Served) -> None:
    """A plan's text can be shown at an audit."""
    station = served.station()
    text = "[plan]\nname = 'gateway'\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    station.post(batch([station.next(run())], texts={digest: text, "f" * 64: "something else"}))
    assert served.rows("SELECT digest, text FROM texts") == [(digest, text)]


def test_a_text_flag_and_nan_are_projected_as_what_they_are(served: Served) -> None:
    """Serial-like texts stay text, a flag is 1 or 0, and what was no number has none."""
    from lotline_contract.limits import Kind
    from lotline_contract.outcome import Cause
    from lotline_contract.record import Measurement

    station = served.station()
    measured = (
        Measurement(name="firmware", kind=Kind.TEXT, value="0012", record_only=True, outcome=Outcome.PASS),
        Measurement(name="led", kind=Kind.FLAG, value=True, record_only=True, outcome=Outcome.PASS),
        Measurement(
            name="current", kind=Kind.NUMBER, reading="nan", uom="A", limit=LIMIT, outcome=Outcome.ERROR,
            cause=Cause.BAD_READING,
        ),
    )  # fmt: skip
    assert station.send(run(outcome=Outcome.ERROR, measurements=measured))[0].answer == "stored"
    assert served.rows("SELECT measurement, value, text, outcome FROM measurement_view ORDER BY 1") == [
        ("current", None, "nan", "ERROR"), ("firmware", None, "0012", "PASS"), ("led", 1.0, None, "PASS"),
    ]  # fmt: skip


def test_only_production_runs_touch_a_unit(served: Served) -> None:
    """An engineering run is kept and leaves its unit planned."""
    station = served.station()
    station.send(run(purpose=Purpose.ENGINEERING), run("GW2-000002", purpose=Purpose.REFERENCE))
    assert served.get("/lots/L1")["planned"] == 5
    assert served.rows("SELECT count(*) FROM unit_operations") == [(0,)]


def test_a_batch_that_no_agent_would_write_is_refused_whole(served: Served) -> None:
    """422 says which rule it breaks, and nothing is stored."""
    station = served.station()
    for body in (b"", b"not zstd", batch([place(run(), "../..", 1)]), batch([place(run(), "e", 0)])):
        answer = station.post(body)
        assert answer.status_code == 422, body
    assert served.rows("SELECT count(*) FROM records") == [(0,)]
