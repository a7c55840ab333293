"""The one writer connection behind one lock, and the two levels of durability.

`durable` commits at FULL: it returns when its bytes are on the disk, and it asks SQLite whether that is so.
`journal` steps down to NORMAL; a power cut then costs at most the readings of the run in progress.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lotline_agent.store import sqlite
from lotline_agent.store.errors import StoreDamaged, StoreError, StoreMisconfigured
from lotline_agent.store.schema import migrate

_FULL = 2
_IO_ERROR = 10
_GROWN_FRAMES = 1000
_SETTINGS = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", _FULL),
    ("foreign_keys", "ON", 1),
    ("busy_timeout", "5000", 5000),
    ("trusted_schema", "OFF", 0),
    ("wal_autocheckpoint", "0", 0),
)


class Database:
    """A station's SQLite file, opened, checked and at today's schema.

    is_doubtful: the disk has failed, in whoever's transaction. A page may then be clean in the cache and
        absent on the disk, and the commits behind such a hole would be lost with it, however well they went:
        nothing is to be believed until `reopen` and `settle`
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.is_doubtful = False
        self._connection = self._open()

    def _open(self) -> sqlite.Connection:
        try:
            self._refuse_damage()
            connection = sqlite.connect(str(self.path), isolation_level=None, check_same_thread=False)
            try:
                self._set_up(connection)
            except BaseException:
                connection.close()
                raise
        except sqlite.OperationalError as error:
            raise StoreError(f"The station's database {self.path} cannot be opened: {error}") from error
        except sqlite.DatabaseError as error:
            raise StoreDamaged(self._damage(str(error))) from error
        self._level = "FULL"
        return connection

    def _refuse_damage(self) -> None:
        """Look before anything can write: a writer that closes would bring the WAL into a damaged file."""
        if not self.path.exists():
            return
        reader = open_reader(self.path)
        try:
            verdict = reader.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            reader.close()
        if verdict != "ok":
            raise StoreDamaged(self._damage(verdict))

    def _set_up(self, connection: sqlite.Connection) -> None:
        for name, value, expected in _SETTINGS:
            connection.execute(f"PRAGMA {name} = {value}")
            found = connection.execute(f"PRAGMA {name}").fetchone()[0]
            if found != expected:
                raise StoreMisconfigured(
                    f"SQLite keeps {name} at {found!r} where {expected!r} is needed for {self.path}. "
                    "Is the folder on a network drive? Records need a local disk."
                )
        migrate(connection)

    def _damage(self, what: str) -> str:
        return (
            f"The station's database {self.path} is damaged ({' '.join(what.split())}). Nothing was changed. "
            "Keep a copy of the folder, then give the station a new data folder; what the server has is safe "
            "there."
        )

    @property
    def connection(self) -> sqlite.Connection:
        """The writer connection; touch it only while holding the lock."""
        return self._connection

    def journal(self, statement: str, parameters: tuple[object, ...]) -> int:
        """Commit one statement at NORMAL: safe from a crash of this process. Gives the last row's id."""
        with self.lock:
            try:
                self._set_level("NORMAL")
                return self._connection.execute(statement, parameters).lastrowid or 0
            except sqlite.OperationalError as error:
                self._doubt(error)
                raise

    def _doubt(self, error: BaseException) -> None:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == _IO_ERROR:
            self.is_doubtful = True

    def _set_level(self, level: str) -> None:
        """Step to a level of durability, between transactions; most calls find it there already."""
        if level != self._level:
            self._connection.execute(f"PRAGMA synchronous = {level}")
            self._level = level

    @contextmanager
    def durable(self) -> Iterator[sqlite.Connection]:
        """One transaction; when the block has been left without an exception, it is on the disk."""
        with self.lock:
            connection = self._connection
            self._set_level("FULL")
            if connection.execute("PRAGMA synchronous").fetchone()[0] != _FULL:
                raise StoreMisconfigured("a run may only be closed at synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                self._doubt(error)
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def reader(self) -> sqlite.Connection:
        """Open a read-only connection for the calling thread; the caller closes it."""
        return open_reader(self.path)

    def reopen(self) -> None:
        """Close the file and open it anew, as after an I/O error: its cache is not to be believed."""
        with self.lock:
            self.close()
            self._connection = self._open()

    def checkpoint(self, mode: str = "PASSIVE") -> bool:
        """Bring the WAL's pages into the database file; True where all of them went."""
        with self.lock:
            try:
                busy, log, moved = self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
            except sqlite.OperationalError as error:
                self._doubt(error)
                raise
            return not busy and log == moved

    def settle(self) -> None:
        """Bring all of the WAL into the database file, which is then believed; or raise StoreError."""
        with self.lock:
            if not self.checkpoint("TRUNCATE"):
                raise StoreError("The database file could not be brought up to date.")
            self.is_doubtful = False

    def grown(self) -> bool:
        """Tell whether the WAL holds enough to be worth a checkpoint; moves nothing.

        The first commit behind a checkpoint syncs the WAL's new header, so one a unit would double its syncs.
        """
        with self.lock:
            _, log, moved = self._connection.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
            return bool(log - moved >= _GROWN_FRAMES)

    def close(self) -> None:
        """Close the connection; the file is complete as it stands."""
        with self.lock:
            self._connection.close()


def open_reader(path: Path) -> sqlite.Connection:
    """Open a station's database read-only: never creates, writes or checkpoints."""
    connection = sqlite.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute("PRAGMA query_only = ON")
    return connection
