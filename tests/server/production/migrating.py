"""Databases as older servers left them."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from lotline_server import migrations
from lotline_server.core.database import Database
from lotline_server.core.folder import DataFolder


def old_database(root: Path, revision: str, *statements: str) -> None:
    """Make a data folder whose database stands at a revision, with data in it."""
    folder = DataFolder(root)
    folder.create()
    database = Database(folder.database)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement in statements:
            connection.execute(sa.text(statement))
        connection.execute(sa.text("INSERT INTO meta VALUES ('server_generation', 'before')"))
    database.close()
