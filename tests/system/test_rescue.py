"""A station's records on a stick: rescued, taken in with the checks of the wire, and never counted twice."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.agent.configs import STATION, write_setup
from tests.agent.processes import agent
from tests.agent.records import header, record, scalar, vector, waveform
from tests.agent.test_sync import Syncing
from tests.server.conftest import Served, serving
from tests.system.serving import ask

from lotline_agent.store.station_store import DATABASE_NAME, StationStore
from lotline_agent.sync.pairing import Credentials, pair
from lotline_agent.sync.rescue import Rescued, RescueError, rescue
from lotline_drivers.readings import Waveform
from lotline_server.core.clock import utc_now
from lotline_server.core.errors import Conflict, Forbidden, Invalid
from lotline_server.core.frame_folder import FrameFolder
from lotline_server.ingest.bundle import Imported, Importing, answers_in_words
from lotline_server.ingest.service import Ingest
from lotline_server.runs.definitions import Definitions

SERIALS = "SELECT serial_number, count(*) FROM runs JOIN units ON units.id = unit GROUP BY 1 ORDER BY 1"


def quiet(_what: str, _done: int, _total: int) -> None:
    return


class Site:
    """A server, and a paired station with things to send that does not reach it: a stick goes between."""

    def __init__(self, folder: Path, served: Served) -> None:
        self.folder, self.served, self.stick = folder, served, folder / "stick"
        self.stick.mkdir()
        self.store = StationStore(folder / "data", floor_bytes=0, ballast_bytes=0)
        self.paired: Credentials = pair(self.store.folder, served.url, "ST-1", served.code("ST-1"))

    def rescue(self, *, everything: bool = False) -> Rescued:
        """Write a bundle, as the only one on the stick."""
        for old in self.stick.iterdir():
            old.unlink()
        path, archive = self.store.folder / DATABASE_NAME, self.store.folder / "archive"
        return rescue(path, archive, self.stick, "ST-1", self.paired.token, quiet, everything=everything)

    def take_in(self, path: Path, named: str | None = None) -> Imported:
        database = self.served.opened.database
        folder = self.served.opened.folder
        ingest = Ingest(
            database=database, folder=FrameFolder(folder.frames), definitions=Definitions(database)
        )
        importing = Importing(
            ingest=ingest, folder=folder, disk_floor_bytes=0, clock=utc_now, who="cli tester", told=quiet
        )
        return importing.take(path, named)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with serving(tmp_path / "server") as served:
        served.add_part()
        served.add_lot(serials=20, target=20)
        made = Site(tmp_path, served)
        yield made
        made.store.close()


def record_units(store: StationStore, first: int, count: int) -> None:
    for n in range(first, first + count):
        noise = waveform(200_000, seed=n)
        large = Waveform(codes=noise.codes, scale=2.5e-5, offset=0.0, uom="V", x0=0.0, dx=1e-6)
        record(store, header(f"GW2-{n:06d}"), [scalar(0), vector(1, waveform(100, seed=n)), vector(2, large)])


def test_a_bundle_brings_everything_once_and_the_wire_then_finds_duplicates(site: Site) -> None:
    """By both command lines, beside the running server; imported twice; then the station is online again."""
    store, data = site.store, str(site.served.opened.folder.root)
    store.keep_document("the plan of the day")
    record_units(store, 1, 4)
    store.archive.seal(store.archive.waiting()[0])
    station = STATION.replace("[panel]", f'[server]\nurl = "{site.paired.server}"\n\n[panel]')
    with agent("rescue", str(write_setup(site.folder, station)), str(site.stick)) as it:
        assert it.wait(60) == 0, it.output
        assert "4 records, 8 vectors, read back and whole" in it.output
        assert "lotline-server import-bundle ST-1-" in it.output
    (path,) = site.stick.iterdir()
    assert ask("import-bundle", str(path), "--data", data)[-1] == "ST-1\t4 stored"
    assert site.take_in(path).answers == {"duplicate": 4}
    syncing = Syncing(store, site.paired.server, site.paired.token)
    syncing.worker.start()
    syncing.wait_sent()
    syncing.worker.stop()
    assert {state for state, _ in syncing.states()} == {"acknowledged"}
    assert site.served.rows(SERIALS) == [(f"GW2-{n:06d}", 1) for n in range(1, 5)]
    assert site.served.rows("SELECT count(DISTINCT data_digest) FROM frames") == [(8,)]
    assert ("the plan of the day",) in site.served.rows("SELECT text FROM texts")
    assert site.served.rows("SELECT count(*) FROM activity WHERE what = 'bundle.imported'") == [(2,)]
    assert ask("completeness", "--data", data)[-1] == "ST-1\t4 records held\tprovably complete"


def test_only_what_the_server_lacks_is_rescued_and_with_all_everything(site: Site) -> None:
    record_units(site.store, 1, 2)
    rows = site.store.database.connection.execute("SELECT id FROM outbox").fetchall()
    site.store.outbox.acknowledge([rows[0][0]], "g")
    site.store.outbox.park(rows[1][0], "413")
    assert (site.rescue().records, site.rescue().frames) == (1, 2)
    assert (site.rescue(everything=True).records, site.rescue(everything=True).frames) == (2, 4)


def test_what_a_bundle_brings_meets_what_it_meets_on_the_wire(site: Site) -> None:
    """An unknown part, bytes that are no record, and another station's record go to quarantine; nothing is
    overwritten.
    """
    record_units(site.store, 1, 3)
    assert site.take_in(site.rescue().path).answers == {"stored": 3}
    changes = {1: ('"GW2"', '"GW9"'), 2: ("{", ""), 3: ("ST-1", "ST-2")}
    with site.store.database.durable() as connection:
        for seq, (old, new) in changes.items():
            (data,) = connection.execute("SELECT record FROM outbox WHERE seq = ?", (seq,)).fetchone()
            data = data.replace(old.encode(), new.encode())
            digest = hashlib.sha256(data).hexdigest()
            connection.execute("UPDATE outbox SET record = ?, digest = ? WHERE seq = ?", (data, digest, seq))
    done = site.take_in(site.rescue().path)
    assert answers_in_words(done) == "3 quarantined"
    for word in ("unknown_part", "unreadable", "station_mismatch"):
        assert any(word in line for line in done.open)
    assert site.served.rows(SERIALS) == [(f"GW2-{n:06d}", 1) for n in range(1, 4)]


def test_another_record_of_the_same_run_is_a_conflict_and_both_are_kept(site: Site) -> None:
    record_units(site.store, 1, 1)
    assert site.take_in(site.rescue().path).answers == {"stored": 1}
    with site.store.database.durable() as connection:
        (data,) = connection.execute("SELECT record FROM outbox").fetchone()
        data = data.replace(b'"operation":"FCT"', b'"operation":"ICT"')
        digest = hashlib.sha256(data).hexdigest()
        connection.execute("UPDATE outbox SET record = ?, digest = ?", (data, digest))
    assert site.take_in(site.rescue().path).answers == {"conflict": 1}
    assert site.served.rows("SELECT operation FROM runs") == [("FCT",)]
    assert site.served.rows("SELECT reason FROM quarantine") == [("conflict",)]


def test_a_bundle_that_was_changed_is_taken_by_nobody(site: Site) -> None:
    """Neither with one bit flipped, nor cut, nor where an administrator vouches for it."""
    record_units(site.store, 1, 1)
    path = site.rescue().path
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:]):
        path.write_bytes(broken)
        for named in (None, "ST-1"):
            with pytest.raises(Invalid, match="is no whole rescue bundle"):
                site.take_in(path, named)
    assert site.served.rows("SELECT 1 FROM records") == []


def test_a_bundle_without_the_stations_seal_needs_an_administrators_word(site: Site) -> None:
    """The station was paired again since: its old seal proves nothing, and somebody must know it."""
    record_units(site.store, 1, 1)
    path = site.rescue().path
    pair(site.folder / "elsewhere", site.served.url, "ST-1", site.served.code("ST-1"))
    with pytest.raises(Forbidden, match="nothing proves that this bundle is of station ST-1"):
        site.take_in(path)
    site.served.code("ST-2")
    with pytest.raises(Conflict, match="not of ST-2"):
        site.take_in(path, "ST-2")
    assert site.served.rows("SELECT 1 FROM records") == []
    assert site.take_in(path, "ST-1").answers == {"stored": 1}
    ((text,),) = site.served.rows("SELECT text FROM activity WHERE what = 'bundle.imported'")
    assert "vouched for by cli tester" in text


def test_another_station_cannot_seal_a_bundle_in_this_ones_name(site: Site) -> None:
    """Whose it is comes from the seal: the records then name a station that they do not come from."""
    record_units(site.store, 1, 1)
    other = pair(site.folder / "other", site.served.url, "ST-2", site.served.code("ST-2"))
    path, archive = site.store.folder / DATABASE_NAME, site.store.folder / "archive"
    bundle = rescue(path, archive, site.stick, "ST-1", other.token, quiet, everything=False).path
    done = site.take_in(bundle)
    assert (done.station, done.answers) == ("ST-2", {"quarantined": 1})
    assert "station_mismatch" in done.open[0]


def test_a_seal_with_the_right_key_and_another_secret_proves_nothing(site: Site) -> None:
    """The key's id is no secret: whoever has seen it must not speak for the station."""
    record_units(site.store, 1, 1)
    forged = site.paired.token.partition(".")[0] + ".a-guess"
    path, archive = site.store.folder / DATABASE_NAME, site.store.folder / "archive"
    bundle = rescue(path, archive, site.stick, "ST-1", forged, quiet, everything=False).path
    with pytest.raises(Forbidden, match="nothing proves"):
        site.take_in(bundle)
    assert site.served.rows("SELECT 1 FROM records") == []


def test_a_record_without_its_digest_is_named_and_stays_behind(site: Site) -> None:
    record_units(site.store, 1, 2)
    with site.store.database.durable() as connection:
        connection.execute(
            "UPDATE outbox SET digest = replace(digest, substr(digest, 1, 1), 'z') WHERE seq = 1"
        )
    rescued = site.rescue()
    assert (rescued.records, len(rescued.troubles)) == (1, 1)
    assert "is damaged" in rescued.troubles[0]


def test_f10_of_a_damaged_database_all_that_can_still_be_read_is_rescued(site: Site) -> None:
    for n in range(1, 41):
        record(site.store, header(f"GW2-{n:06d}"), [scalar(k) for k in range(30)])
    (data,) = site.store.database.connection.execute("SELECT record FROM outbox WHERE seq = 31").fetchone()
    site.store.close()
    path = site.store.folder / DATABASE_NAME
    whole = path.read_bytes()
    page = whole.index(data[-200:]) // 4096 * 4096
    broken = whole[:page] + bytes(range(256)) * 16 + whole[page + 4096 :]
    path.write_bytes(broken)
    rescued = site.rescue()
    assert rescued.troubles
    assert path.read_bytes() == broken
    assert 30 <= rescued.records < 40
    assert site.take_in(rescued.path).answers == {"stored": rescued.records}


def test_a_stick_that_is_full_leaves_no_half_bundle(site: Site, tmp_path: Path) -> None:
    record_units(site.store, 1, 1)

    def full(_what: str, _done: int, _total: int) -> None:
        raise OSError(28, "No space left on device")

    path, archive = site.store.folder / DATABASE_NAME, site.store.folder / "archive"
    with pytest.raises(RescueError, match="No space left on device"):
        rescue(path, archive, site.stick, "ST-1", None, full, everything=False)
    assert list(site.stick.iterdir()) == []
