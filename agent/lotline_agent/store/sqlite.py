"""The one SQLite module of the agent.

Debian 12's own SQLite can corrupt a WAL (fixed in 3.51.3); the wheel brings a newer one. Its exceptions are
other classes than the standard library's, so nobody imports that one.
"""

from pysqlite3 import dbapi2 as sqlite3

Connection = sqlite3.Connection
Cursor = sqlite3.Cursor
Error = sqlite3.Error
DatabaseError = sqlite3.DatabaseError
OperationalError = sqlite3.OperationalError
connect = sqlite3.connect
VERSION: str = sqlite3.sqlite_version

__all__ = ["VERSION", "Connection", "Cursor", "DatabaseError", "Error", "OperationalError", "connect"]
