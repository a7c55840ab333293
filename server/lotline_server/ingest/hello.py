"""Hello: what lives a station's agent has had, and what of them the server holds."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_contract.wire import PROTOCOL, EpochState, Hello
from lotline_server.activity.service import note
from lotline_server.core.clock import parse_moment
from lotline_server.core.errors import Invalid, UpgradeNeeded
from lotline_server.ingest import queries
from lotline_server.stations import queries as stations
from lotline_server.stations.queries import EpochRow, TokenRow

MAX_EPOCHS = 1000
_MAX_WHOLE = 2**53


def check_hello(hello: Hello) -> None:
    """Raise UpgradeNeeded where the two sides share no protocol, Invalid for what cannot be kept."""
    if not hello.protocols[0] <= PROTOCOL <= hello.protocols[1]:
        raise UpgradeNeeded(f"this server speaks protocol {PROTOCOL}, the station {hello.protocols}")
    if len(hello.epochs) > MAX_EPOCHS:
        raise Invalid(f"{len(hello.epochs)} epochs; at most {MAX_EPOCHS}")
    for epoch in hello.epochs:
        check_place(epoch.epoch, max(epoch.last_seq, 1))
        if not 0 <= epoch.last_seq <= _MAX_WHOLE or len(epoch.parent or "") > 64:
            raise Invalid(f"epoch {epoch.epoch}: last_seq or parent is not usable")
        if epoch.parent_last_seq is not None and not 0 <= epoch.parent_last_seq <= _MAX_WHOLE:
            raise Invalid(f"epoch {epoch.epoch}: parent_last_seq is not usable")
    for whole in (hello.pending, hello.parked, hello.free_bytes or 0):
        if not 0 <= whole < 2**63:
            raise Invalid(f"{whole} is no count that can be kept")


def check_place(epoch: str, seq: int) -> None:
    """Raise Invalid for a name that could never have been assigned."""
    if not (1 <= len(epoch) <= 64 and epoch.isascii() and epoch.isalnum()):
        raise Invalid(f"{epoch[:64]!r} is no epoch")
    if not 1 <= seq <= _MAX_WHOLE:
        raise Invalid(f"{seq} is no sequence number")


def learn_epochs(
    connection: Connection, station: TokenRow, said: Sequence[EpochState], at: datetime
) -> list[int]:
    """Keep what a station says of its epochs and give the row ids of those whose place in the chain changed:
    the units that have runs in them must be derived anew.
    """
    known = {row.epoch: row for row in stations.station_epochs(connection, station.id)}
    for state in said:
        row = known.get(state.epoch)
        if row is None:
            _warn_of_fork(connection, station, state, known, at)
            key = stations.insert_epoch(
                connection,
                station.id,
                epoch=state.epoch,
                parent=state.parent,
                parent_last_seq=state.parent_last_seq,
                last_seq=state.last_seq,
                closed=state.closed,
                depth=0,
                have_to=0,
                first_seen_at=at,
            )
            known[state.epoch] = _row(key, state)
        elif (row.last_seq, row.closed, row.parent) != (state.last_seq, state.closed, state.parent):
            parent = row.parent if state.parent is None else state.parent
            stations.set_epoch(
                connection,
                row.id,
                last_seq=max(row.last_seq, state.last_seq),
                closed=state.closed,
                parent=parent,
                parent_last_seq=row.parent_last_seq if state.parent is None else state.parent_last_seq,
            )
            known[state.epoch] = _row(row.id, state, parent=parent, depth=row.depth)
    return _set_depths(connection, known)


def _row(key: int, state: EpochState, *, parent: str | None = None, depth: int = 0) -> EpochRow:
    return EpochRow(
        id=key,
        epoch=state.epoch,
        parent=parent or state.parent,
        parent_last_seq=state.parent_last_seq,
        last_seq=state.last_seq,
        closed=state.closed,
        depth=depth,
        have_to=0,
    )


def _set_depths(connection: Connection, known: dict[str, EpochRow]) -> list[int]:
    depths: dict[str, int] = {}
    for name in known:
        chain: dict[str, None] = {}
        at: str | None = name
        while at is not None and at in known and at not in depths and at not in chain:
            chain[at] = None
            at = known[at].parent
        depth = depths.get(at, -1) if at is not None else -1
        for each in reversed(chain):
            depth += 1
            depths[each] = depth
    changed = [row for row in known.values() if row.depth != depths[row.epoch]]
    for row in changed:
        stations.set_epoch(connection, row.id, depth=depths[row.epoch])
    return [row.id for row in changed]


def _warn_of_fork(
    connection: Connection, station: TokenRow, state: EpochState, known: dict[str, EpochRow], at: datetime
) -> None:
    if state.parent is None:
        return
    siblings = [row.epoch for row in known.values() if row.parent == state.parent]
    parent = known.get(state.parent)
    last_seq = state.parent_last_seq
    # By what is held, too: a greeting tells the last number of its own moment, and an old image an older one.
    behind = (
        parent is not None
        and last_seq is not None
        and (parent.last_seq > last_seq or bool(queries.held_after(connection, parent.id, last_seq)))
    )
    if siblings or behind:
        note(
            connection,
            at=at,
            who=f"station {station.name}",
            what="station.fork",
            subject=station.name,
            text=f"Station {station.name} continues from an older state of itself: a restored disk or a "
            "clone. Both branches are kept",
        )


def have_ranges(
    connection: Connection, station: TokenRow, names: Sequence[str]
) -> dict[str, tuple[tuple[int, int], ...]]:
    """Give for each epoch the ranges [first, last] of seq that are held, quarantine included.

    What is held without a gap from 1 on is remembered, so that only what lies behind is counted again.
    """
    have: dict[str, tuple[tuple[int, int], ...]] = {}
    for row in stations.find_epochs(connection, station.id, names):
        ranges = [[1, row.have_to]] if row.have_to else []
        for seq in queries.held_after(connection, row.id, row.have_to):
            if ranges and seq == ranges[-1][1] + 1:
                ranges[-1][1] = seq
            else:
                ranges.append([seq, seq])
        if ranges and ranges[0][0] == 1 and ranges[0][1] > row.have_to:
            stations.set_epoch(connection, row.id, have_to=ranges[0][1])
        have[row.epoch] = tuple((first, last) for first, last in ranges)
    return {name: have.get(name, ()) for name in names}


def clock_skew_s(said: str, at: datetime) -> float | None:
    """Give how far a station's clock is ahead; None where it said nothing readable. Skew is only shown."""
    try:
        return (parse_moment(said, 0) - at).total_seconds()
    except ValueError:
        return None
