"""The schema's history. A database is brought up to date when the server starts."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from lotline_server.core.errors import StartRefused


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str | None:
    """Give the revision this server's code needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current(connection: Connection) -> str | None:
    """Give the revision of a database; None where it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(connection: Connection) -> None:
    """Bring the database up to date, all in the caller's transaction.

    Raises StartRefused where a newer server has written it: an older one would not understand it; and where
    it holds what the update does not allow.
    """
    found = current(connection)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise StartRefused(f"this database was written by a newer lotline-server (schema {found}); update it")
    if found != head():
        try:
            command.upgrade(_config(connection), "head")
        except sa.exc.IntegrityError as error:
            raise StartRefused(
                "this database holds what must not be, so it is left as it was; what stopped its update: "
                f"{str(error.statement)[:300]}"
            ) from error


def is_empty(connection: Connection) -> bool:
    """Tell whether the database has no table at all."""
    return not sa.inspect(connection).get_table_names()
