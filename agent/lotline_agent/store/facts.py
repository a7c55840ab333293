"""What the server last said of lots, parts, units and routes, kept so that the station works without it."""

import time
from typing import NamedTuple

import msgspec

from lotline_agent.store.database import Database
from lotline_contract.wire import LotFact, PartFact, Snapshot, UnitFact


class Facts(NamedTuple):
    """The cached snapshot, ready to be asked. as_of: when the server said so, Unix seconds, our clock.

    units: by serial number, which two parts may share. units_of: those of each lot
    """

    snapshot: Snapshot
    as_of: float
    lots: dict[str, LotFact]
    parts: dict[str, PartFact]
    units: dict[str, tuple[UnitFact, ...]]
    units_of: dict[str, list[UnitFact]]

    def age_s(self) -> float:
        """Give the facts' age in seconds, never negative."""
        return max(0.0, time.time() - self.as_of)


def index_facts(snapshot: Snapshot, as_of: float) -> Facts:
    """Make a snapshot ready to be asked."""
    units: dict[str, tuple[UnitFact, ...]] = {}
    units_of: dict[str, list[UnitFact]] = {}
    for unit in snapshot.units:
        if unit.lot is not None:
            units_of.setdefault(unit.lot, []).append(unit)
        units[unit.serial_number] = (*units.get(unit.serial_number, ()), unit)
    return Facts(
        snapshot,
        as_of,
        {lot.lot: lot for lot in snapshot.lots},
        {part.part_number: part for part in snapshot.parts},
        units,
        units_of,
    )


class FactsCache:
    """The one row that holds the facts, and their indexed form in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._facts = self._load()

    def _load(self) -> Facts | None:
        with self._database.lock:
            row = self._database.connection.execute("SELECT snapshot, as_of FROM facts").fetchone()
        if row is None:
            return None
        try:
            return index_facts(msgspec.json.decode(row[0], type=Snapshot), row[1])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            # Of an agent that knew other fields. It is a cache: the server is asked for all of it again.
            return None

    def get(self) -> Facts | None:
        """Give the facts; None where the server has never said any."""
        return self._facts

    def put(self, snapshot: Snapshot) -> None:
        """Keep what the server says now."""
        now = time.time()
        self._database.journal(
            "INSERT OR REPLACE INTO facts (one, snapshot, as_of) VALUES (1, ?, ?)",
            (msgspec.json.encode(snapshot), now),
        )
        self._facts = index_facts(snapshot, now)

    def confirm(self) -> None:
        """Note that the server says the same as before, now."""
        if self._facts is not None:
            now = time.time()
            self._database.journal("UPDATE facts SET as_of = ?", (now,))
            self._facts = self._facts._replace(as_of=now)
