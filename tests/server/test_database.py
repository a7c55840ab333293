"""The database: what it is set to, where its schema comes from, what it refuses."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from tests.server.conftest import Served

from lotline_server import migrations
from lotline_server.app import open_data
from lotline_server.core import sqlite
from lotline_server.core.database import Database
from lotline_server.core.errors import StartRefused
from lotline_server.core.prepared import insert_prepared
from lotline_server.runs.models import MEASUREMENT_VIEW
from lotline_server.schema import metadata


def test_migrations_and_metadata_agree(tmp_path: Path) -> None:
    """A database made by the migrations has exactly the tables, columns and indexes the code speaks of."""
    opened = open_data(tmp_path, serve=True)
    with opened.database.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
        view = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE type = 'view'").scalar_one()
        strict = connection.exec_driver_sql("PRAGMA table_list").all()
    opened.close()
    assert view.strip() == MEASUREMENT_VIEW.strip()
    assert {row[1] for row in strict if row[2] == "table" and not row[5]} <= {
        "sqlite_schema", "sqlite_temp_schema", "alembic_version",
    }  # fmt: skip


def test_a_database_of_a_newer_server_is_refused_and_left_alone(tmp_path: Path) -> None:
    """An older server would not understand it."""
    open_data(tmp_path, serve=True).close()
    database = Database(tmp_path / "lotline.sqlite3")
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(StartRefused, match="newer lotline-server"):
        open_data(tmp_path, serve=True)


def test_a_failed_migration_leaves_nothing_half_made(tmp_path: Path) -> None:
    """All of it is one transaction."""
    database = Database(tmp_path / "lotline.sqlite3")

    def migrate_and_die() -> None:
        with database.write() as connection:
            migrations.upgrade(connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        migrate_and_die()
    with database.read() as connection:
        assert migrations.is_empty(connection)
    database.close()


@pytest.mark.parametrize("writer", [True, False])
def test_every_connection_is_set_as_the_promise_needs(tmp_path: Path, writer: bool) -> None:
    """WAL, FULL, foreign keys; readers cannot write."""
    database = Database(tmp_path / "lotline.sqlite3")
    with database.write() if writer else database.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "query_only")
        }
    database.close()
    assert found == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0,
        "query_only": 0 if writer else 1,
    }  # fmt: skip


def test_a_transaction_that_fails_leaves_nothing(served: Served) -> None:
    """And the writer goes on."""

    def change_and_die() -> None:
        with served.opened.database.write() as connection:
            connection.execute(sa.text("UPDATE lots SET target = 99"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_die()
    assert served.get("/lots/L1")["target"] == 5
    served.add_lot("L2")


@pytest.mark.parametrize("statement", ["UPDATE activity SET text = ''", "DELETE FROM activity"])
def test_the_activity_log_is_append_only(served: Served, statement: str) -> None:
    """Whoever asks, the database refuses."""
    before = served.rows("SELECT * FROM activity")
    with (
        pytest.raises(sa.exc.IntegrityError, match="append-only"),
        served.opened.database.write() as connection,
    ):
        connection.execute(sa.text(statement))
    assert served.rows("SELECT * FROM activity") == before != []


def test_the_sqlite_that_is_used_is_one_that_keeps_a_wal_whole() -> None:
    """Not the one that came with Python or the system, which may be older."""
    assert sqlite.module.sqlite_version_info >= sqlite.FIXED_WAL
    assert sqlite.module is not sqlite3


def test_nobody_imports_the_other_sqlite() -> None:
    """One module exports SQLite."""
    package = Path(migrations.__file__).parents[1]
    guilty = [path for path in package.rglob("*.py") if "import sqlite3" in path.read_text(encoding="utf-8")]
    assert guilty == []


def test_a_prepared_statement_raises_what_everybody_is_ready_for(tmp_path: Path) -> None:
    """A refusal by SQLAlchemy's name sets one record aside; by the driver's own it was a 500, for ever."""
    table = sa.Table("one", sa.MetaData(), sa.Column("key", sa.Integer, primary_key=True))
    database = Database(tmp_path / "lotline.sqlite3")
    insert = insert_prepared(table, "key")
    with database.write() as connection:
        table.create(connection)
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        insert.many(connection, [(1,), (1,)])
    with pytest.raises(sa.exc.OperationalError), database.read() as connection:
        insert.many(connection, [(1,)])
    database.close()
