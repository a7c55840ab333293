"""The counters of commits."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.changes.models import change_counters
from lotline_server.core.dialect import insert_ignore
from lotline_server.core.prepared import Prepared

_READ = Prepared(
    sa.select(change_counters.c.value).where(change_counters.c.name == sa.bindparam("name")), ("name",)
)


def ensure(connection: Connection) -> None:
    """Have both counters, at 0 in a new database."""
    for name in ("facts", "all"):
        connection.execute(insert_ignore(connection, change_counters).values(name=name, value=0))


def bump(connection: Connection, *, facts: bool) -> None:
    """Say that this transaction changes something worth a look; facts: also what stations are told."""
    names = ("facts", "all") if facts else ("all",)
    connection.execute(
        sa.update(change_counters)
        .where(change_counters.c.name.in_(names))
        .values(value=change_counters.c.value + 1)
    )


def read(connection: Connection, name: str) -> int:
    """Give a counter, `facts` or `all`."""
    return int(_READ.all(connection, (name,))[0][0])
