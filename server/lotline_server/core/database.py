"""The database: one writer behind one lock, readers beside it, and what the server calls itself."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core import dialect
from lotline_server.core.schema import meta


class Database:
    """One SQLite file. What `write` has returned from is on the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = dialect.sqlite_engine(str(path), writer=True)
        self._readers = dialect.sqlite_engine(str(path), writer=False)
        self._lock = threading.Lock()
        self._whole = threading.local()

    def is_whole(self) -> bool:
        """Tell whether this thread is inside `whole`: leaving a `write` commits nothing then, and nothing in
        memory may be built on what it wrote.
        """
        return getattr(self._whole, "connection", None) is not None

    @contextmanager
    def whole(self) -> Iterator[Connection]:
        """Make one transaction of all that this thread does until leaving: `write` and `read` inside are part
        of it.

        A `write` inside that fails is rolled back by itself, and the rest goes on.
        """
        with self.write() as connection:
            around = getattr(self._whole, "connection", None)
            self._whole.connection = connection
            try:
                yield connection
            finally:
                self._whole.connection = around

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Hold the one writer for one transaction: committed on leaving, rolled back on any exception."""
        around: Connection | None = getattr(self._whole, "connection", None)
        if around is not None:
            with around.begin_nested():
                yield around
            return
        with self._lock, self._writer.connect() as connection:
            try:
                with connection.begin():
                    yield connection
            except sa.exc.OperationalError:
                # After an I/O error nothing of this connection's cache can be believed: the next one is new.
                connection.invalidate()
                raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Hold a reader on one consistent state of the database."""
        around: Connection | None = getattr(self._whole, "connection", None)
        if around is not None:
            yield around
            return
        with self._readers.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            self._readers.dispose()
            self._writer.dispose()


def server_generation(connection: Connection) -> str:
    """Give the random name of this database's life; it changes when a backup is restored."""
    found = connection.execute(sa.select(meta.c.value).where(meta.c.key == "server_generation")).scalar_one()
    return str(found)


def ensure_generation(connection: Connection, fresh: str) -> None:
    """Name a new database's life; a database that has a name keeps it."""
    connection.execute(dialect.insert_ignore(connection, meta).values(key="server_generation", value=fresh))


def set_generation(connection: Connection, fresh: str) -> None:
    """Begin another life of this database: it was restored from a backup, and stations must notice."""
    connection.execute(sa.update(meta).where(meta.c.key == "server_generation").values(value=fresh))
