"""Writing down who did what."""

from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_server.activity import queries
from lotline_server.core.clock import to_micros


def note(connection: Connection, *, at: datetime, who: str, what: str, subject: str, text: str) -> None:
    """Append one entry to the caller's transaction: it is there exactly when the thing it tells of is."""
    queries.insert(connection, [(to_micros(at), who, what, subject, text)])
