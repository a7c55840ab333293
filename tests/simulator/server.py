"""The lot server in the simulator: its real ingest on a real database, which may die around any commit."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
from sqlalchemy import text
from sqlalchemy.engine import Connection

from lotline_contract.wire import Hello, Limits
from lotline_server.core import answers
from lotline_server.core.clock import utc_now
from lotline_server.core.database import Database, server_generation
from lotline_server.core.errors import NotFound, Refused
from lotline_server.core.folder import DataFolder
from lotline_server.core.frame_folder import FrameFolder
from lotline_server.core.web import Deps
from lotline_server.facts.service import Snapshots
from lotline_server.ingest import api
from lotline_server.ingest.service import Ingest
from lotline_server.lots import service as lots
from lotline_server.opening import open_data
from lotline_server.routes import service as routes
from lotline_server.runs.definitions import Definitions
from lotline_server.stations import enrolment

STATIONS = ("ST-1", "ST-2")
SMALL = Limits(batch_records=3, batch_bytes=20_000, inline_frame_bytes=200, blob_bytes=1_000_000)
"""So small that a handful of runs meets every bound."""


class ServerDied(Exception):
    """The server's process ended here; nobody gets an answer."""


_DATABASES: dict[Path, "MortalDatabase"] = {}
"""By path: a database that was closed opens its files anew, and keeps the statements it has compiled."""


class MortalDatabase(Database):
    """A database whose process dies at its next commit, just `before` or just `after` it."""

    dies: str | None = None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as connection:
            yield connection
            self._perhaps_die("before")
        self._perhaps_die("after")

    def _perhaps_die(self, moment: str) -> None:
        if self.dies == moment:
            self.dies = None
            raise ServerDied(f"{moment} its commit")


@dataclass(kw_only=True)
class Template:
    """A server's folder as each seed begins with it, and the tokens of its stations."""

    folder: Path
    tokens: dict[str, str]


def make_template(folder: Path) -> Template:
    """Make a server with one part, one lot and paired stations."""
    opened = open_data(folder, serve=True)
    tokens = {}
    with opened.database.write() as connection:
        routes.new_part(
            connection, part_number="GW2", name="Gateway", serial_prefix="GW2-", serial_digits=6,
            at=utc_now(), who="simulator",
        )  # fmt: skip
        lots.create_lot(
            connection, lot="L1", part_number="GW2", target=5, serials=5, at=utc_now(), who="simulator"
        )
        for name in STATIONS:
            code = enrolment.new_code(connection, name, at=utc_now(), who="simulator")
            _, _, tokens[name] = enrolment.pair(connection, code, at=utc_now(), agent_version="0")
    opened.close()
    return Template(folder=folder, tokens=tokens)


@dataclass(kw_only=True)
class Kept:
    """What a server holds at the end. runs: (run_id, digest) of each, as often as it is there.

    attempts: by serial number, over all operations. vectors: data digests that the runs name
    """

    runs: list[tuple[str, str]]
    quarantined: set[str]
    attempts: dict[str, int]
    vectors: set[str]
    frames: set[str]
    gaps: list[tuple[str, int, tuple[tuple[int, int], ...]]]


@dataclass(kw_only=True)
class SimServer:
    """One server on one folder. is_up: False while its process is dead."""

    root: Path
    is_up: bool = False
    deaths: int = 0
    was_restored: bool = False
    _backups: list[Path] = field(default_factory=list)

    def start(self) -> None:
        """Start the process on what its disk holds."""
        folder = DataFolder(self.root)
        self.database = _DATABASES.setdefault(folder.database, MortalDatabase(folder.database))
        self.database.dies = None
        frames = FrameFolder(folder.frames)
        frames.sweep()
        self.ingest = self.make_ingest(self.database, frames)
        with self.database.read() as connection:
            generation = server_generation(connection)
        self.deps = Deps(
            database=self.database,
            folder=folder,
            frames=frames,
            files=FrameFolder(folder.files, kind="file"),
            generation=generation,
            disk_floor_bytes=0,
        )
        self.snapshots = Snapshots()
        self.is_up = True

    def make_ingest(self, database: Database, frames: FrameFolder) -> Ingest:
        """Make the ingest; what a mutant replaces."""
        return Ingest(database=database, folder=frames, definitions=Definitions(database))

    def die(self) -> None:
        """End the process at once. What it had not committed is gone."""
        if self.is_up:
            self.is_up = False
            self.deaths += 1
            self.database.close()

    def back_up(self) -> None:
        """Copy the folder while nobody writes, as a backup has it."""
        was_up = self.is_up
        self.die()
        backup = self.root.parent / f"backup-{len(self._backups)}"
        shutil.copytree(self.root, backup)
        self._backups.append(backup)
        if was_up:
            self.start()

    def restore(self, choice: int) -> bool:
        """Put a backup in the place of the folder, under a new generation; False where there is none."""
        if not self._backups:
            return False
        self.die()
        shutil.rmtree(self.root)
        shutil.copytree(self._backups[choice % len(self._backups)], self.root)
        database = Database(DataFolder(self.root).database)
        with database.write() as connection:
            connection.execute(
                text("UPDATE meta SET value = lower(hex(randomblob(16))) WHERE key = 'server_generation'")
            )
        database.close()
        self.was_restored = True
        self.start()
        return True

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request as the real routes do. Raises ServerDied where the process ended meanwhile."""
        try:
            return self._answer(request)
        except Refused as refused:
            made = answers.refusal(refused)
            return httpx.Response(made.status_code, content=bytes(made.body), headers=dict(made.headers))
        except ServerDied:
            self.die()
            raise

    def _answer(self, request: httpx.Request) -> httpx.Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        with self.database.read() as connection:
            station = enrolment.station_of_token(connection, token)
        body = request.read()
        match request.method, request.url.path:
            case "POST", "/sync/v1/hello":
                said = api._read(body, Hello)
                answer = replace_limits(api._hello(self.deps, station, said))
                api._replay(self.ingest, station, self.deps.clock())
                return _json(answer)
            case "POST", "/sync/v1/records":
                return _json(api._records(self.deps, self.ingest, station, body))
            case "PUT", path if path.startswith("/sync/v1/blobs/"):
                return _json(api._put_blob(self.deps, self.ingest, station, path.rpartition("/")[2], body))
            case "GET", "/sync/v1/changes":
                cursor, encoded = self.snapshots.encoded(self.deps)
                asked = request.headers.get("if-none-match", "").strip('"')
                if asked == cursor:
                    return httpx.Response(304)
                return httpx.Response(200, content=encoded)
        raise NotFound(request.url.path)

    def places(self) -> set[tuple[str, int]]:
        """Give every (epoch, seq) that the disk holds now."""
        with self.database.read() as connection:
            rows = connection.execute(
                text(
                    "SELECT epochs.epoch, held.seq FROM epochs JOIN ("
                    "SELECT epoch, seq FROM records UNION ALL "
                    "SELECT epoch, seq FROM quarantine UNION ALL SELECT epoch, seq FROM also_held) AS held "
                    "ON held.epoch = epochs.id"
                )
            )
            return {(row[0], row[1]) for row in rows}

    def kept(self) -> Kept:
        """Read what is held, with SQL of the test's own."""
        with self.database.read() as connection:

            def rows(sql: str) -> list[tuple[object, ...]]:
                return [tuple(row) for row in connection.execute(text(sql))]

            gaps = []
            for key, epoch, last in rows("SELECT id, epoch, last_seq FROM epochs"):
                held = {
                    row[0]
                    for row in rows(
                        f"SELECT seq FROM records WHERE epoch = {key} "  # noqa: S608 - our own number
                        f"UNION SELECT seq FROM quarantine WHERE epoch = {key} "
                        f"UNION SELECT seq FROM also_held WHERE epoch = {key}"
                    )
                }
                missing = sorted(set(range(1, int(str(last)) + 1)) - held)
                if missing:
                    gaps.append((str(epoch), int(str(last)), tuple((each, each) for each in missing)))
            return Kept(
                runs=[
                    (str(run), str(digest))
                    for run, digest in rows(
                        "SELECT runs.run_id, lower(hex(records.digest)) FROM runs "
                        "JOIN records ON records.id = runs.id"
                    )
                ],
                quarantined={str(row[0]) for row in rows("SELECT record_id FROM quarantine")},
                attempts={
                    str(row[0]): int(str(row[1]))
                    for row in rows(
                        "SELECT serial_number, sum(attempts) FROM unit_operations "
                        "JOIN units ON units.id = unit_operations.unit GROUP BY serial_number"
                    )
                },
                vectors={_hex(row[0]) for row in rows("SELECT data_digest FROM vectors")},
                frames={_hex(row[0]) for row in rows("SELECT data_digest FROM frames")},
                gaps=gaps,
            )


def _hex(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _json(message: object) -> httpx.Response:
    return httpx.Response(200, content=msgspec.json.encode(message))


def replace_limits(answer: object) -> object:
    """Give a greeting's answer with the small limits."""
    return msgspec.structs.replace(answer, limits=SMALL)  # type: ignore[type-var]
