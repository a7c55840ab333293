"""The station's tables, one migration after the other. A migration that has been released is never edited."""

from typing import Any

from sqlite_utils import Database, Migrations

migrations = Migrations("lotline_station")

_FIRST = (
    """
    CREATE TABLE epoch (
        n INTEGER PRIMARY KEY,
        epoch TEXT NOT NULL UNIQUE,
        parent TEXT,
        parent_last_seq INTEGER,
        started_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        serial_number TEXT NOT NULL,
        part_number TEXT NOT NULL,
        operation TEXT NOT NULL,
        lot TEXT,
        purpose TEXT NOT NULL,
        started_at TEXT NOT NULL,
        header BLOB NOT NULL,
        closed_at TEXT,
        outcome TEXT,
        counts_as TEXT,
        duration_s REAL
    ) STRICT
    """,
    "CREATE INDEX run_by_unit ON run (serial_number, part_number, operation)",
    "CREATE INDEX run_by_close ON run (closed_at)",
    "CREATE INDEX run_open ON run (id) WHERE closed_at IS NULL",
    """
    CREATE TABLE journal (
        run INTEGER NOT NULL REFERENCES run (id),
        n INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (run, n)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE frame (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES run (id),
        n INTEGER NOT NULL,
        data_digest TEXT NOT NULL,
        data BLOB NOT NULL,
        UNIQUE (run, n)
    ) STRICT
    """,
    """
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY,
        epoch INTEGER NOT NULL REFERENCES epoch (n),
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('run', 'event')),
        record_id TEXT NOT NULL UNIQUE,
        digest TEXT NOT NULL,
        record BLOB NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'acknowledged', 'parked')),
        attempts INTEGER NOT NULL DEFAULT 0,
        next_attempt_at REAL NOT NULL DEFAULT 0,
        reason TEXT,
        created_at REAL NOT NULL,
        acknowledged_at REAL,
        generation TEXT,
        UNIQUE (epoch, seq)
    ) STRICT
    """,
    "CREATE INDEX outbox_pending ON outbox (id) WHERE state = 'pending'",
    "CREATE INDEX outbox_parked ON outbox (id) WHERE state = 'parked'",
    """
    CREATE TABLE archive (
        run INTEGER PRIMARY KEY REFERENCES run (id),
        file TEXT NOT NULL UNIQUE,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        sealed_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE document (
        digest TEXT PRIMARY KEY,
        body TEXT NOT NULL,
        sent_to TEXT
    ) STRICT
    """,
    "CREATE TABLE note (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    """
    CREATE TABLE facts (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        snapshot BLOB NOT NULL,
        as_of REAL NOT NULL
    ) STRICT
    """,
)


@migrations()
def first_line(db: Database) -> None:
    """Runs, their journal and frames, the outbox, the archive's index, the cached facts."""
    for statement in _FIRST:
        db.execute(statement)


@migrations()
def care(db: Database) -> None:
    """Records that somebody gave up, with a reason: they are set aside no longer, and stay."""
    db.execute("ALTER TABLE outbox ADD COLUMN discarded_at TEXT")
    db.execute("DROP INDEX outbox_parked")
    db.execute("CREATE INDEX outbox_parked ON outbox (id) WHERE state = 'parked' AND discarded_at IS NULL")


@migrations()
def retention(db: Database) -> None:
    """What the server holds and this station still does too, by when the server took it.

    A record whose bytes have left for the server alone is empty; its place and digest stay.
    """
    db.execute(
        "CREATE INDEX outbox_kept ON outbox (acknowledged_at) "
        "WHERE state = 'acknowledged' AND length(record) > 0"
    )


def migrate(connection: Any) -> None:
    """Bring a store of any age to today's schema. Each migration is one transaction."""
    migrations.apply(Database(connection))
