"""F32: what the server cannot take is seen on both sides, and a person decides what becomes of it."""

import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.agent.configs import write_setup
from tests.agent.processes import agent
from tests.agent.records import header, record, scalar
from tests.agent.test_sync import Syncing
from tests.server.conftest import Served, serving

from lotline_agent.store.parked import ParkedError, discard, parked, retry
from lotline_agent.store.station_store import StationStore
from lotline_agent.store.verify import verify
from lotline_agent.store.wishes import Wish, answer, ask
from lotline_agent.sync.pairing import pair
from lotline_contract.record import parse_event
from lotline_server.ingest.completeness import completeness


class Line:
    """A server, a paired station, its worker, and a poison record among good ones."""

    def __init__(self, folder: Path, served: Served) -> None:
        self.folder, self.served = folder, served
        self.store = StationStore(folder / "data", floor_bytes=0, ballast_bytes=0)
        paired = pair(self.store.folder, served.url, "ST-1", served.code("ST-1"))
        self.syncing = Syncing(self.store, paired.server, paired.token)
        self.poison = ""
        self._stopped = False

    def record(self, poison: tuple[str, str]) -> None:
        """Record three units; in the second, a text is replaced behind the agent's back."""
        for n in range(1, 4):
            record(self.store, header(f"GW2-{n:06d}"), [scalar(0)])
        with self.store.database.durable() as connection:
            (data, self.poison) = connection.execute(
                "SELECT record, record_id FROM outbox WHERE seq = 2"
            ).fetchone()
            data = data.replace(poison[0].encode(), poison[1].encode())
            digest = hashlib.sha256(data).hexdigest()
            connection.execute("UPDATE outbox SET record = ?, digest = ? WHERE seq = 2", (data, digest))

    def stop(self) -> None:
        """End the station; twice is the same as once."""
        if not self._stopped:
            self._stopped = True
            self.syncing.worker.stop()
            self.store.close()

    def sync(self) -> None:
        self.syncing.worker.wake()
        self.syncing.wait(lambda view: view.state == "sent" and self.store.outbox.backlog().pending == 0)

    def states(self) -> dict[int, str]:
        with self.store.database.lock:
            return dict(self.store.database.connection.execute("SELECT seq, state FROM outbox").fetchall())

    def listed(self) -> list[tuple[str, bool]]:
        with self.store.database.lock:
            return [
                (each.record_id, each.given_up is not None) for each in parked(self.store.database.connection)
            ]

    def ask(self, command: str, *more: str, status: int = 0) -> str:
        with agent("parked", command, str(write_setup(self.folder)), *more) as it:
            assert it.wait(90) == status, it.output
            assert "Traceback" not in it.output
            return it.output


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    with serving(tmp_path / "server") as served:
        served.add_part()
        served.add_lot()
        made = Line(tmp_path, served)
        made.syncing.worker.start()
        yield made
        made.stop()


def test_f32_a_poison_record_stops_nobody_and_is_seen_with_its_reason_on_both_sides(line: Line) -> None:
    line.record(("{", ""))
    line.sync()
    assert line.states() == {1: "acknowledged", 2: "parked", 3: "acknowledged"}
    (here,) = parked(line.store.database.connection)
    ((there,),) = line.served.rows("SELECT reason FROM quarantine WHERE replayed_at IS NULL")
    assert here.record_id == line.poison
    assert here.reason == there
    assert "unreadable" in here.reason


def test_f32_tried_again_after_the_fix_it_is_there_once_on_both_sides(line: Line) -> None:
    line.record(('"GW2"', '"GW9"'))
    line.sync()
    assert line.listed() == [(line.poison, False)]
    line.served.add_part("GW9")
    retry(line.store.database, line.poison)
    line.sync()
    assert set(line.states().values()) == {"acknowledged"}
    assert line.served.rows("SELECT count(*) FROM runs") == [(3,)]
    assert line.served.rows("SELECT count(*) FROM quarantine WHERE replayed_at IS NULL") == [(0,)]


def test_f32_given_up_it_stays_here_is_offered_no_more_and_the_server_is_told_why(line: Line) -> None:
    line.record(("{", ""))
    line.sync()
    discard(
        line.store.database, line.store.epoch, line.poison, reason="a torn label", who="mira", station="ST-1"
    )
    line.sync()
    assert line.listed() == [(line.poison, True)]
    assert line.store.outbox.backlog().parked == 0
    ((text,),) = line.served.rows("SELECT text FROM activity WHERE what = 'record.discarded'")
    assert text == f"mira gave up record {line.poison} of GW2-000002 at ST-1: a torn label"
    (event,) = line.store.database.connection.execute(
        "SELECT record FROM outbox WHERE kind = 'event'"
    ).fetchone()
    told = parse_event(event)
    (digest,) = line.store.database.connection.execute("SELECT digest FROM outbox WHERE seq = 2").fetchone()
    assert (told.given_up, told.given_up_digest) == (line.poison, digest)
    with pytest.raises(ParkedError, match="was given up at"):
        retry(line.store.database, line.poison)
    # Not even a server restored from yesterday is offered it again.
    (epoch,) = line.store.outbox.epochs()
    assert line.store.outbox.reconcile({epoch.epoch: ((1, 1), (3, 4))}) == (0, 0)
    with line.served.opened.database.read() as connection:
        (held,) = [each for each in completeness(connection) if each.station == "ST-1"]
    assert (held.missing, held.quarantined) == (0, 1)
    look = verify(line.store.database.path, line.store.archive.folder, lambda _what, _done, _total: None)
    assert look.counts["discarded"] == 1


def test_giving_up_is_one_transaction_with_its_event(line: Line) -> None:
    """An event that cannot be recorded leaves the record set aside."""
    line.record(("{", ""))
    line.sync()
    with pytest.raises(Exception, match="FOREIGN KEY"):
        discard(line.store.database, 99, line.poison, reason="x", who="mira", station="ST-1")
    assert line.listed() == [(line.poison, False)]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_nothing_is_given_up_without_a_reason(line: Line, reason: str) -> None:
    line.record(("{", ""))
    line.sync()
    with pytest.raises(ParkedError, match="Say why"):
        discard(line.store.database, line.store.epoch, line.poison, reason=reason, who="mira", station="ST-1")
    assert line.listed() == [(line.poison, False)]


@pytest.mark.parametrize("which", ["sent", "unknown"])
def test_only_what_is_set_aside_can_be_tried_again_or_given_up(line: Line, which: str) -> None:
    line.record(("{", ""))
    line.sync()
    rows = line.store.database.connection.execute("SELECT record_id FROM outbox WHERE seq = 1").fetchone()
    key = rows[0] if which == "sent" else "nobody"
    with pytest.raises(ParkedError, match="is set aside here"):
        retry(line.store.database, key)
    with pytest.raises(ParkedError, match="is set aside here"):
        discard(line.store.database, line.store.epoch, key, reason="x", who="mira", station="ST-1")


def test_a_running_station_is_asked_by_a_file_and_grants_it_while_idle(line: Line) -> None:
    line.record(("{", ""))
    line.sync()
    wish = Wish(what="discard", record_id=line.poison, who="mira", station="ST-1", reason="a torn label")
    asked = ask(line.store.folder, wish)
    again = ask(line.store.folder, wish)
    (line.store.folder / "wishes" / "0.wish").write_bytes(b"no wish at all")
    assert line.store.rest(server=True, alarm=print)
    assert not asked.exists()
    assert answer(asked) is None
    assert "was given up at" in (answer(again) or "")
    assert line.listed() == [(line.poison, True)]
    assert not list((line.store.folder / "wishes").glob("*.wish"))


@pytest.mark.timeout(300)
def test_the_command_line_lists_exports_and_decides(line: Line) -> None:
    line.record(("{", ""))
    line.sync()
    said = line.ask("list")
    assert line.poison[:8] in said
    assert "unreadable" in said
    out = line.folder / "poison.json"
    line.ask("export", line.poison, str(out))
    (data,) = line.store.database.connection.execute("SELECT record FROM outbox WHERE seq = 2").fetchone()
    assert out.read_bytes() == data
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(line.ask, "retry", line.poison)
        while not asked.done():
            line.store.rest(server=True, alarm=print)
            time.sleep(0.02)
        assert "is offered to the server again" in asked.result()
    line.sync()
    line.stop()
    assert "is set aside here" in line.ask("retry", "nobody", status=1)
    assert "was given up" in line.ask("discard", line.poison, "--reason", "a torn label")
    assert "given up" in line.ask("list")
