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

if module.sqlite_version_info < FIXED_WAL:
    raise ImportError(
        f"SQLite {module.sqlite_version} can damage a database in WAL mode; "
        f"install pysqlite3 with SQLite {'.'.join(map(str, FIXED_WAL))} or newer"
    )

FULL = 13
"""SQLITE_FULL: the disk is."""
