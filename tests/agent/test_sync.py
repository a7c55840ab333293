"""The sync against a real socket: only what an answer names is acknowledged, and nothing stops a station."""

import io
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import h5py
import msgspec
import numpy as np
import pytest
import structlog
from tests.agent.lot_server import (
    TOKEN,
    Call,
    LotServer,
    Misbehave,
    Reply,
    answer,
    captive_portal,
    compressed_nonsense,
    cut_line,
    lost_reply,
    refusal,
    truncated,
)
from tests.agent.records import header, record, scalar, vector

from lotline_agent.ports import SyncView
from lotline_agent.store.outbox import Outbox
from lotline_agent.store.station_store import StationStore
from lotline_agent.sync.client import ServerClient
from lotline_agent.sync.pairing import PairingRefused, pair, read_credentials
from lotline_agent.sync.worker import SyncWorker
from lotline_contract.record import Event
from lotline_contract.wire import Item, ItemAnswer, Limits, Snapshot, UnitFact, unpack_batch

OUTAGES: dict[str, Misbehave] = {
    "a captive portal": captive_portal,
    "a truncated body": truncated,
    "a lost reply": lost_reply,
    "a cut line": cut_line,
    "broken compression": compressed_nonsense,
    "404 of an older server": refusal(404, "no such call"),
    "500": refusal(500, "broken"),
    "502 of a proxy": lambda _call: Reply(502, b"<html>Bad Gateway</html>"),
    "400 of a proxy": lambda _call: Reply(400, b"<html>Bad Request</html>"),
    "404 of a proxy": lambda _call: Reply(404, b"<html>Not Found</html>"),
    "422 of a stranger": lambda _call: Reply(422, b'{"detail": "no"}'),
    "a redirect": lambda _call: Reply(302, b"", (("Location", "http://127.0.0.1:9/login"),)),
    "an empty 200": lambda _call: Reply(200),
    "200 with null": lambda _call: Reply(200, b"null"),
    "a bare 304": lambda _call: Reply(304),
    "429": refusal(429, "slow down"),
    "507": refusal(507, "the disk is full"),
}


class Syncing:
    """A store whose worker runs; `shown` is what the badge said, in order."""

    def __init__(self, store: StationStore, url: str, token: str = TOKEN) -> None:
        self.store = store
        self.shown: list[SyncView] = []
        self._changed = threading.Condition()
        self.worker = SyncWorker(
            store, ServerClient(url, token), self._show, period_s=0.05, wait_s=lambda _n: 0.05, refused_s=0.1
        )

    def _show(self, view: SyncView) -> None:
        with self._changed:
            self.shown.append(view)
            self._changed.notify_all()

    def wait(self, fits: Callable[[SyncView], object], timeout_s: float = 20.0) -> SyncView:
        """Wait for a badge that is shown from now on."""
        with self._changed:
            since = len(self.shown)
            found = self._changed.wait_for(
                lambda: next((view for view in self.shown[since:] if fits(view)), None), timeout_s
            )
        assert found is not None, self.shown[-3:]
        return found

    def wait_sent(self) -> None:
        self.wait(lambda view: view.state == "sent" and view.waiting == 0)

    def states(self) -> list[tuple[str, str | None]]:
        with self.store.database.lock:
            rows = self.store.database.connection.execute("SELECT state, reason FROM outbox ORDER BY id")
            return list(rows.fetchall())


@pytest.fixture
def server() -> Iterator[LotServer]:
    with LotServer() as running:
        yield running


Sync = Callable[..., Syncing]


@pytest.fixture
def sync(store: StationStore, server: LotServer) -> Iterator[Sync]:
    """Start a worker on the store; ended with the test."""
    started: list[Syncing] = []

    def make(*, token: str = TOKEN, store: StationStore = store) -> Syncing:
        started.append(Syncing(store, server.url, token))
        started[-1].worker.start()
        return started[-1]

    yield make
    for each in started:
        each.worker.stop()


def units(store: StationStore, count: int, *, first: int = 1) -> list[str]:
    """Record so many units of one scalar; gives their serial numbers."""
    serials = [f"GW2-{n:06d}" for n in range(first, first + count)]
    for serial in serials:
        record(store, header(serial), [scalar(0)])
    return serials


def test_everything_recorded_arrives_in_its_order_with_its_exact_bytes(
    store: StationStore, server: LotServer, sync: Sync
) -> None:
    serials = units(store, 5)
    store.put_event(
        Event(record=1, event_id="e1", event="denied", station="ST-1", at="t", scan="x", reasons=("no",))
    )
    sync().wait_sent()
    assert server.serials() == serials
    mine = store.database.connection.execute("SELECT digest, record FROM outbox ORDER BY id").fetchall()
    assert [(item.digest, data) for item, data in server.records.values()] == mine
    assert [item.seq for item, _ in server.records.values()] == [1, 2, 3, 4, 5, 6]


def test_a_run_recorded_later_is_sent_when_the_worker_is_woken(
    store: StationStore, server: LotServer, sync: Sync
) -> None:
    syncing = sync()
    syncing.wait_sent()
    units(store, 1)
    syncing.worker.wake()
    server.wait(lambda: len(server.records) == 1)


def test_a_worker_whose_scheduler_stands_still_looks_again_when_nudged(
    store: StationStore, server: LotServer, sync: Sync
) -> None:
    syncing = sync()
    syncing.wait_sent()
    # As with a wall clock that was put back: no look would come for as long.
    syncing.worker._scheduler.pause_job("sync")
    units(store, 1)
    nudging = threading.Event()

    def nudge() -> None:
        while not nudging.wait(0.05):
            syncing.worker.nudge()

    helper = threading.Thread(target=nudge)
    helper.start()
    try:
        server.wait(lambda: len(server.records) == 1)
    finally:
        nudging.set()
        helper.join()


@pytest.mark.parametrize(
    ("call", "outage"),
    [
        *(("records", outage) for outage in OUTAGES),
        *(("hello", outage) for outage in ("a captive portal", "a truncated body", "a cut line", "500")),
        *(("changes", outage) for outage in ("a captive portal", "a truncated body", "a cut line")),
    ],
)
def test_an_outage_acknowledges_nothing_and_everything_arrives_once_behind_it(
    store: StationStore, server: LotServer, sync: Sync, outage: str, call: str
) -> None:
    serials = units(store, 3)
    seen: list[list[tuple[str, str | None]]] = []
    syncing = Syncing(store, server.url)

    def outage_then_look(request: Call) -> Reply | None:
        seen.append(syncing.states())
        return OUTAGES[outage](request)

    server.faults[call] = [outage_then_look, outage_then_look]
    syncing.worker.start()
    try:
        server.wait(lambda: len(seen) == 2)
        syncing.wait_sent()
    finally:
        syncing.worker.stop()
    if call != "changes":
        assert {state for state, _ in seen[1]} == {"pending"}
    assert server.serials() == serials
    assert {state for state, _ in syncing.states()} == {"acknowledged"}


def test_a_200_that_names_nothing_acknowledges_nothing(store: StationStore, server: LotServer) -> None:
    units(store, 2)
    syncing = Syncing(store, server.url)
    nothing = b'{"server_generation": "generation-1", "answers": []}'
    behind_it: list[list[tuple[str, str | None]]] = []
    server.faults["records"] = [
        lambda _call: Reply(200, nothing),
        lambda _call: behind_it.append(syncing.states()),  # type: ignore[func-returns-value]
    ]
    syncing.worker.start()
    try:
        server.wait(lambda: len(server.records) == 2)
        syncing.wait_sent()
    finally:
        syncing.worker.stop()
    assert behind_it == [[("pending", "the server did not name it")] * 2]


@pytest.mark.parametrize("wrong", ["digest", "seq", "id", "epoch"])
def test_an_answer_that_names_another_record_acknowledges_nothing(
    store: StationStore, server: LotServer, sync: Sync, wrong: str
) -> None:
    units(store, 1)
    other = {"seq": 99}.get(wrong, "other")
    server.judge = lambda item: msgspec.structs.replace(answer(item, "stored"), **{wrong: other})
    syncing = sync()
    server.wait_calls("records", 2)
    assert [state for state, _ in syncing.states()] == ["pending"]
    server.judge = lambda _item: None
    syncing.wait_sent()


def test_of_a_partial_answer_only_what_is_named_is_acknowledged_and_the_rest_is_sent_again(
    store: StationStore, server: LotServer, sync: Sync
) -> None:
    units(store, 6)
    words = {2: "quarantined", 3: "conflict", 4: "retry", 5: "missing_blobs"}

    def judge(item: Item) -> ItemAnswer | None:
        return answer(item, words[item.seq], reason=f"why {item.seq}") if item.seq in words else None

    server.judge = judge
    syncing = sync()
    server.wait_calls("records", 3)
    states = syncing.states()
    assert [state for state, _ in states] == [
        "acknowledged",
        "parked",
        "parked",
        "pending",
        "pending",
        "acknowledged",
    ]
    assert [reason for _, reason in states] == [None, "why 2", "why 3", "why 4", "why 5", None]
    server.judge = lambda _item: None
    view = syncing.wait(lambda view: view.waiting == 0)
    assert (view.parked, "2 set aside" in view.text) == (2, True)
    sequence = [item.seq for item, _ in server.records.values()]
    assert (sequence[:2], sorted(sequence[2:])) == ([1, 6], [4, 5])


def test_a_lost_reply_is_answered_duplicate_and_the_record_is_there_once(
    store: StationStore, server: LotServer, sync: Sync
) -> None:
    units(store, 1)
    words: list[str] = []
    judged = server._take
    server._take = lambda item, data: (words.append((said := judged(item, data)).answer), said)[1]  # type: ignore[method-assign]
    # The hello behind the lost reply does not know the record, as after a delayed request.
    server.faults["records"] = [lost_reply]
    sync().wait_sent()
    assert words == ["stored", "duplicate"]
    assert len(server.records) == 1


def test_413_halves_until_it_fits(store: StationStore, server: LotServer, sync: Sync) -> None:
    serials = units(store, 9)
    too_large = refusal(413, "too large")

    def at_most_two(call: Call) -> Reply | None:
        return too_large(call) if len(unpack_batch(call.body).records) > 2 else None

    server.faults["records"] = [at_most_two] * 30
    syncing = sync()
    syncing.wait_sent()
    assert server.serials() == serials
    assert {state for state, _ in syncing.states()} == {"acknowledged"}


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_poison_record_is_bisected_and_parked_and_stops_nobody(
    store: StationStore, server: LotServer, sync: Sync, status: int
) -> None:
    serials = units(store, 7)

    def poison(call: Call) -> Reply | None:
        bad = any(item.seq == 4 for item in unpack_batch(call.body).envelope.items)
        return refusal(status, "record 4 is poison")(call) if bad else None

    server.faults["records"] = [poison] * 30
    syncing = sync()
    view = syncing.wait(lambda view: view.waiting == 0)
    assert view.parked == 1
    assert server.serials() == serials[:3] + serials[4:]
    assert syncing.states()[3] == ("parked", f"the server answered {status}: record 4 is poison")


def test_a_record_of_ours_that_cannot_be_read_is_parked_and_stops_nobody(
    store: StationStore, server: LotServer, sync: Sync
) -> None:
    serials = units(store, 3)
    with store.database.durable() as connection:
        poison = b'{"data_digest": "not a run at all"}'
        connection.execute("UPDATE outbox SET record = ? WHERE seq = 2", (poison,))
    syncing = sync()
    view = syncing.wait(lambda view: view.waiting == 0)
    assert view.parked == 1
    assert server.serials() == [serials[0], serials[2]]


def test_a_large_frame_is_put_before_its_record_and_small_ones_travel_with_it(
    store: StationStore, server: LotServer, sync: Sync
) -> None:
    noise = np.random.default_rng(1).normal(0, 0.01, 100_000)
    large, small = vector(1, noise), vector(2)
    record(store, header(), [large, small])
    sync().wait_sent()
    assert large[1] is not None
    assert small[1] is not None
    assert set(server.frames) == {large[1][1], small[1][1]}
    names = [call.path.split("/")[3] for call in server.calls]
    assert [name for name in names if name in {"blobs", "records"}] == ["blobs", "records"]
    (batch,) = [unpack_batch(call.body) for call in server.calls if call.path.endswith("records")]
    assert batch.frames == (small[1][0],)


@pytest.mark.parametrize("outage", [cut_line, lost_reply, truncated, captive_portal, refusal(507, "full")])
def test_an_upload_that_is_cut_is_made_again_and_its_record_waits(
    store: StationStore, server: LotServer, sync: Sync, outage: Misbehave
) -> None:
    record(store, header(), [vector(1, np.random.default_rng(1).normal(0, 0.01, 100_000))])
    server.faults["blobs"] = [outage, outage]
    sync().wait_sent()
    assert (len(server.frames), len(server.records)) == (1, 1)
    assert server.count("records") == 1


def test_a_frame_the_server_refuses_parks_its_record_and_stops_nobody(
    store: StationStore, server: LotServer, sync: Sync
) -> None:
    record(store, header("GW2-000001"), [vector(1, np.random.default_rng(1).normal(0, 0.01, 100_000))])
    units(store, 2, first=2)
    server.faults["blobs"] = [refusal(413, "a frame of at most 8 MB")] * 10
    syncing = sync()
    view = syncing.wait(lambda view: view.waiting == 0)
    assert view.parked == 1
    assert server.serials() == ["GW2-000002", "GW2-000003"]
    assert syncing.states()[0] == ("parked", "the server answered 413: a frame of at most 8 MB")


def test_frames_the_server_lacks_are_put_again_from_the_archive(
    store: StationStore, server: LotServer, sync: Sync
) -> None:
    taken = vector(1)
    assert taken[1] is not None
    record(store, header(), [taken])
    syncing = sync()
    syncing.wait_sent()
    while store.rest(server=True, alarm=print):
        pass
    assert store.database.connection.execute("SELECT count(*) FROM frame").fetchone() == (0,)
    # The server is restored from a backup of before this run.
    server.records.clear()
    server.frames.clear()
    server.generation = "generation-2"
    server.snapshot = msgspec.structs.replace(server.snapshot, server_generation="generation-2", cursor="2")
    server.wait(lambda: len(server.records) == 1)
    assert list(server.frames) == [taken[1][1]]
    syncing.wait_sent()


def _no_hdf5(file: Path) -> None:
    file.write_bytes(b"no HDF5 at all" * 100)


def _a_name_without_its_dataset(file: Path) -> None:
    with h5py.File(file, "a") as archive:
        archive["ripple"] = h5py.SoftLink("/nowhere")


@pytest.mark.parametrize("damage", [_no_hdf5, _a_name_without_its_dataset])
def test_a_damaged_archive_file_keeps_its_own_record_waiting_and_no_other(
    store: StationStore, server: LotServer, sync: Sync, damage: Callable[[Path], None]
) -> None:
    record(store, header("GW2-000001"), [vector(1)])
    while store.rest(server=False, alarm=print):
        pass
    (file,) = store.archive.folder.rglob("*.h5")
    damage(file)
    units(store, 2, first=2)
    syncing = sync()
    server.wait(lambda: len(server.records) == 2)
    syncing.wait(lambda view: view.waiting == 1)
    assert server.serials() == ["GW2-000002", "GW2-000003"]


@pytest.mark.parametrize("status", [401, 403, 426])
def test_a_refused_station_stops_sending_says_so_and_goes_on_recording(
    store: StationStore, server: LotServer, sync: Sync, status: int
) -> None:
    units(store, 1)
    server.faults["hello"] = [refusal(status, "the token was revoked")] * 3
    syncing = sync()
    view = syncing.wait(lambda view: view.state == "refused")
    assert "the token was revoked" in view.text
    assert view.waiting == 1
    assert server.count("records") == 0
    units(store, 2, first=2)
    syncing.wait_sent()
    assert len(server.records) == 3


def test_a_wrong_token_sends_no_record(store: StationStore, server: LotServer, sync: Sync) -> None:
    units(store, 1)
    syncing = sync(token="another")  # noqa: S106
    syncing.wait(lambda view: view.state == "refused")
    assert (server.count("records"), len(server.records)) == (0, 0)


def test_503_with_retry_after_is_waited_for(store: StationStore, server: LotServer, sync: Sync) -> None:
    units(store, 1)
    server.faults["hello"] = [refusal(503, "migrating", Retry_After="1")]
    syncing = sync()
    syncing.wait(lambda view: view.state == "away")
    syncing.wait_sent()
    first, second = [call.at for call in server.calls if call.path.endswith("hello")][:2]
    assert second - first >= 0.95


@pytest.mark.parametrize("text", ["soon", "-1", "Wed, 21 Oct 2099 07:28:00 GMT", "²", ""])
def test_a_retry_after_that_is_no_number_of_seconds_is_ignored(
    store: StationStore, server: LotServer, sync: Sync, text: str
) -> None:
    units(store, 1)
    raw = (("Retry-After", text.encode().decode("latin-1")),)
    server.faults["hello"] = [lambda _call: Reply(503, b"", raw)]
    sync().wait_sent()


def test_a_server_that_is_away_is_named_with_what_waits(store: StationStore) -> None:
    units(store, 3)
    syncing = Syncing(store, "http://127.0.0.1:9")
    syncing.worker.start()
    try:
        view = syncing.wait(lambda view: view.state == "away")
    finally:
        syncing.worker.stop()
    assert view.text.startswith("3 waiting, server away since ")


@pytest.mark.parametrize("noticed", ["by its answer to a batch", "by its facts", "by a new greeting"])
def test_a_server_restored_from_a_backup_is_offered_everything_it_lacks(
    store: StationStore, server: LotServer, sync: Sync, noticed: str
) -> None:
    serials = units(store, 5)
    syncing = sync()
    syncing.wait_sent()
    # Yesterday's backup: it holds the first two, and has another generation.
    for key in list(server.records)[2:]:
        del server.records[key]
    match noticed:
        case "by its answer to a batch":
            server.generation = "generation-2"
            serials += units(store, 1, first=6)
        case "by its facts":
            server.generation = "generation-2"
            server.snapshot = msgspec.structs.replace(
                server.snapshot, server_generation="generation-2", cursor="2"
            )
        case _:
            server.generation = "generation-2"
            server.faults["changes"] = [cut_line]
    server.wait(lambda: sorted(server.serials()) == serials)
    syncing.wait_sent()


def test_what_was_parked_is_not_offered_again_by_itself(
    store: StationStore, server: LotServer, sync: Sync
) -> None:
    units(store, 1)
    server.judge = lambda item: answer(item, "quarantined", reason="bad")
    syncing = sync()
    syncing.wait(lambda view: view.parked == 1)
    server.faults["changes"] = [cut_line]
    server.wait_calls("hello", 1)
    server.wait_calls("changes", 2)
    assert syncing.states() == [("parked", "bad")]


def test_epochs_of_earlier_starts_are_greeted_until_the_server_holds_them_whole(
    data: Path, server: LotServer, open_store: Callable[..., StationStore]
) -> None:
    first = open_store()
    units(first, 2)
    first.close()
    second = open_store()
    units(second, 1, first=3)
    syncing = Syncing(second, server.url)
    syncing.worker.start()
    try:
        syncing.wait_sent()
        server.faults["changes"] = [cut_line]
        server.wait_calls("hello", 1)
        syncing.wait_sent()
    finally:
        syncing.worker.stop()
    assert [item.seq for item, _ in server.records.values()] == [1, 2, 1]


def test_a_server_put_back_from_a_copy_under_its_old_name_is_offered_closed_epochs_too(
    data: Path, server: LotServer, open_store: Callable[..., StationStore]
) -> None:
    first = open_store()
    serials = units(first, 3)
    first.close()
    syncing = Syncing(open_store(), server.url)
    syncing.worker.start()
    try:
        syncing.wait_sent()
        # Greeted once more, so that what was sent has been seen to be held.
        server.faults["changes"] = [cut_line]
        server.wait_calls("hello", 1)
        syncing.wait_sent()
        for key in list(server.records)[1:]:
            del server.records[key]
        server.faults["changes"] = [cut_line]
        server.wait(lambda: sorted(server.serials()) == serials)
    finally:
        syncing.worker.stop()


def test_a_station_that_was_started_thousands_of_times_is_still_served(
    store: StationStore, server: LotServer, sync: Sync
) -> None:
    with store.database.durable() as connection:
        connection.executemany(
            "INSERT INTO epoch (epoch, started_at) VALUES (?, '2026-11-23T08:00:00Z')",
            [(f"{n:032x}",) for n in range(2500)],
        )
    units(store, 1)
    sync().wait_sent()
    assert len(server.records) == 1


def test_a_backlog_of_waveforms_is_never_in_memory_at_once(
    store: StationStore, server: LotServer, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = [vector(n) for n in range(12)]
    frame_bytes = max(len(each[1][0]) for each in taken if each[1] is not None)
    for n, each in enumerate(taken):
        record(store, header(f"GW2-{n:06d}"), [each])
    asked: list[int] = []
    frames = Outbox.frames

    def watched(self: Outbox, record_ids: Sequence[str]) -> dict[str, bytes]:
        found = frames(self, record_ids)
        asked.append(sum(map(len, found.values())))
        return found

    monkeypatch.setattr(Outbox, "frames", watched)
    server.limits = Limits(batch_bytes=3 * frame_bytes)
    sync().wait_sent()
    assert len(server.records) == 12
    assert max(asked) <= frame_bytes


def test_facts_are_cached_and_survive_the_servers_absence(
    server: LotServer, open_store: Callable[..., StationStore]
) -> None:
    unit = UnitFact(serial_number="GW2-1", part_number="GW2", status="planned", lot="L1")
    server.snapshot = Snapshot(server_generation="generation-1", cursor="7", as_of="t", units=(unit,))
    store = open_store()
    syncing = Syncing(store, server.url)
    syncing.worker.start()
    syncing.wait_sent()
    server.wait_calls("changes", 2)
    syncing.worker.stop()
    store.close()
    facts = open_store().facts.get()
    assert facts is not None
    assert facts.units == {"GW2-1": (unit,)}
    assert any(call.headers.get("If-None-Match") == '"7"' for call in server.calls)


def test_texts_of_plans_are_sent_once(store: StationStore, server: LotServer, sync: Sync) -> None:
    digest = store.keep_document("the plan's text")
    units(store, 1)
    syncing = sync()
    syncing.wait_sent()
    assert server.texts == {digest: "the plan's text"}
    units(store, 1, first=2)
    syncing.worker.wake()
    server.wait(lambda: len(server.records) == 2)
    batches = [unpack_batch(call.body) for call in server.calls if call.path.endswith("records")]
    assert [len(batch.envelope.texts) for batch in batches] == [1, 0]


def test_the_servers_limits_bound_a_batch(store: StationStore, server: LotServer, sync: Sync) -> None:
    units(store, 7)
    server.limits = Limits(batch_records=3)
    sync().wait_sent()
    sizes = [len(unpack_batch(call.body).records) for call in server.calls if "records" in call.path]
    assert sizes == [3, 3, 1]


def test_the_token_is_in_no_log_and_on_no_screen(
    store: StationStore, server: LotServer, caplog: pytest.LogCaptureFixture
) -> None:
    written = io.StringIO()
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written), cache_logger_on_first_use=False)
    caplog.set_level(logging.DEBUG)
    units(store, 2)
    server.faults = {
        "hello": [refusal(401, "no"), cut_line, captive_portal],
        "records": [refusal(422, "no"), cut_line],
    }
    syncing = Syncing(store, server.url)
    try:
        syncing.worker.start()
        syncing.wait_sent()
    finally:
        syncing.worker.stop()
        structlog.configure(**before)
    assert "sync_refused" in written.getvalue()
    assert caplog.text
    assert TOKEN not in written.getvalue() + caplog.text + repr(syncing.shown) + repr(syncing.worker.__dict__)


def test_stopping_waits_for_the_request_under_way(store: StationStore, server: LotServer, sync: Sync) -> None:
    units(store, 1)
    arrived, go_on = threading.Event(), threading.Event()

    def slow(_call: Call) -> None:
        arrived.set()
        go_on.wait(20)

    server.faults["records"] = [slow]
    syncing = Syncing(store, server.url)
    syncing.worker.start()
    assert arrived.wait(20)
    stopping = threading.Thread(target=syncing.worker.stop)
    stopping.start()
    go_on.set()
    stopping.join(20)
    assert [state for state, _ in syncing.states()] == ["acknowledged"]


def test_pairing_keeps_the_token_where_only_its_owner_reads_it(server: LotServer, data: Path) -> None:
    credentials = pair(data, server.url, "ST-1", " 1234-5678\n")
    assert read_credentials(data) == credentials
    assert credentials.token == TOKEN
    assert (data / "server-token.json").stat().st_mode & 0o777 == 0o600
    assert list(data.glob("*.tmp")) == []


def test_a_code_for_another_station_is_refused_and_nothing_is_kept(server: LotServer, data: Path) -> None:
    with pytest.raises(PairingRefused, match="is for station ST-1, and this configuration is station ST-2"):
        pair(data, server.url, "ST-2", "1234-5678")
    assert read_credentials(data) is None


def test_a_damaged_token_file_is_no_pairing(data: Path) -> None:
    data.mkdir()
    for content in (b"", b"{", b"[]", b'{"server": 1}', b"\xff"):
        (data / "server-token.json").write_bytes(content)
        assert read_credentials(data) is None
