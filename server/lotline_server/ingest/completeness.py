"""How complete each station's sequence is: what it assigned against what is held."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from lotline_server.ingest import queries
from lotline_server.stations import queries as stations

MAX_GAPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochCompleteness:
    """One life of a station's agent. last_seq: the last it says it assigned, or the last that is held.

    complete_to: everything up to there is held. quarantined: how many of those held wait in quarantine
    gaps: the ranges [first, last] that nobody has sent, the first hundred of them
    """

    station: str
    epoch: str
    closed: bool
    last_seq: int
    held: int
    missing: int
    quarantined: int
    complete_to: int
    gaps: tuple[tuple[int, int], ...] = ()


def completeness(connection: Connection) -> list[EpochCompleteness]:
    """Give every epoch of every station, the newest first."""
    waiting = queries.waiting_by_epoch(connection)
    found = []
    for station, row in stations.all_epochs(connection):
        behind = queries.held_after(connection, row.id, row.have_to)
        complete_to = row.have_to
        for seq in behind:
            if seq != complete_to + 1:
                break
            complete_to = seq
        last_seq = max(row.last_seq, row.have_to, behind[-1] if behind else 0)
        held = row.have_to + len(behind)
        found.append(
            EpochCompleteness(
                station=station,
                epoch=row.epoch,
                closed=row.closed,
                last_seq=last_seq,
                held=held,
                missing=last_seq - held,
                quarantined=waiting.get(row.id, 0),
                complete_to=complete_to,
                gaps=_gaps(complete_to, behind, last_seq),
            )
        )
    return found


def _gaps(complete_to: int, held: Sequence[int], last_seq: int) -> tuple[tuple[int, int], ...]:
    gaps: list[tuple[int, int]] = []
    expected = complete_to + 1
    for seq in [*(seq for seq in held if seq > complete_to), last_seq + 1]:
        if seq > expected:
            gaps.append((expected, seq - 1))
            if len(gaps) == MAX_GAPS:
                break
        expected = seq + 1
    return tuple(gaps)
