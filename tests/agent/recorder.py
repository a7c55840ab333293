"""A process that records units through the store's own API, and says on standard error how far it is.

Each mark is one write(2) to standard error, so that a tracer sees it between the system calls of the store.
"""

import os
import sys
from pathlib import Path

from tests.agent.records import Taken, finished, header, journal_all, scalar, unit, vector

from lotline_agent.store.errors import NotRecorded, StoreError
from lotline_agent.store.station_store import StationStore


def mark(*words: object) -> None:
    os.write(2, (" ".join(map(str, ("MARK", *words))) + "\n").encode())


def units(store: StationStore, count: int, rest: bool) -> None:
    """Record so many units of 50 scalars and 2 vectors; rest: idle work between them, as at a station."""
    readings = unit()
    for n in range(count):
        if rest:
            while store.rest(server=False, alarm=print):
                pass
        mark("begin", n)
        head = header(f"GW2-{n:06d}")
        journal = journal_all(store, head, readings)
        mark("journalled", n)
        journal.close(finished(head, readings))
        mark("closed", n)


def for_ever(store: StationStore) -> None:
    """Record until killed, naming each reading when it is journalled and each run when it is closed."""
    n = 0
    while True:
        head = header(f"GW2-{n:06d}")
        journal = store.begin(head)
        mark("run", head.run_id)
        taken: list[Taken] = []
        for k in range(5):
            taken.append(vector(k) if k == 3 else scalar(k, 3.3 + n * 1e-3))
            journal.add(*taken[-1])
            mark("reading", head.run_id, k)
        closed = journal.close(finished(head, taken))
        mark("closed", head.run_id, closed.seq)
        n += 1


def retry(store: StationStore) -> None:
    """Record one unit as the station does when the disk refuses; stops at a line on standard input."""
    readings = unit(5, 1)
    head = header()
    run = finished(head, readings)
    journal = journal_all(store, head, readings)
    mark("closing", head.run_id)
    try:
        closed = journal.close(run)
    except NotRecorded as error:
        mark("NOT RECORDED", error)
    else:
        mark("recorded", closed.seq)
        return
    for _ in sys.stdin:
        mark("ballast released", store.release_ballast())
        try:
            closed = journal.rewrite(run)
        except NotRecorded as error:
            mark("STILL NOT RECORDED", error)
        else:
            mark("recorded", closed.seq, "wal", Path(f"{store.database.path}-wal").stat().st_size)
            return


def main() -> None:
    folder, what, *more = sys.argv[1:]
    floor, ballast = (int(more.pop(0)), int(more.pop(0))) if what == "retry" else (0, 0)
    try:
        store = StationStore(Path(folder), floor_bytes=floor, ballast_bytes=ballast)
    except StoreError as error:
        sys.exit(str(error))
    mark("open")
    match what:
        case "units":
            units(store, int(more[0]), rest=more[1:] == ["rest"])
        case "for-ever":
            for_ever(store)
        case "retry":
            retry(store)
        case "hold":
            sys.stdin.readline()
    mark("end")
    store.close()


if __name__ == "__main__":
    main()
