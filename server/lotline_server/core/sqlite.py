"""The one SQLite module of the server. Nobody imports sqlite3: its SQLite may be one that can corrupt a WAL,
and its exceptions are other classes than these.
"""

from pysqlite3 import dbapi2

module = dbapi2

Connection = module.Connection
DatabaseError = module.DatabaseError
OperationalError = module.OperationalError
connect = module.connect

FIXED_WAL = (3, 51, 3)
"""From here on two connections that write and checkpoint at once cannot damage a WAL."""

ADDS_CHECKS = (3, 53, 0)
"""From here on a CHECK can be added to a table that is there."""

if module.sqlite_version_info < ADDS_CHECKS:
    raise ImportError(
        f"SQLite {module.sqlite_version} is too old: it cannot add a CHECK, and one before "
        f"{'.'.join(map(str, FIXED_WAL))} can damage a database in WAL mode; "
        f"install pysqlite3 with SQLite {'.'.join(map(str, ADDS_CHECKS))} or newer"
    )

FULL = 13
"""SQLITE_FULL: the disk is."""
