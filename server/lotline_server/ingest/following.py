"""What follows from runs that came in, beside where their units stand: what was scanned into an assembly, and
conflicts that quality decides. A run is kept in any case; it is the unit that goes on hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from lotline_contract.record import Run
from lotline_server.activity.service import note
from lotline_server.core.clock import from_micros, parse_moment, to_micros
from lotline_server.stations.queries import MANUAL, TokenRow
from lotline_server.units import event_queries as events
from lotline_server.units import genealogy
from lotline_server.units import genealogy_queries as members
from lotline_server.units import queries as units
from lotline_server.units import service as unit_rules
from lotline_server.units.service import RouteOf

MARGIN = timedelta(seconds=5)
"""A record that was being stored while the facts were taken is not in them; hardly one takes so long."""
SERVER = "lot server"
"""In whose name a unit goes on hold by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A run that was just stored. key: its row id. counts: PASS or FAIL where it counts for its unit."""

    key: int
    unit: int
    run: Run
    started_us: int
    counts: str | None


def follow(
    connection: Connection,
    arrived: Sequence[Arrived],
    *,
    station: TokenRow,
    route_of: RouteOf,
    part_keys: Mapping[str, int],
    at: datetime,
    who: str,
) -> None:
    """Take in what runs say beside their measurements. Comes after their units were derived.

    arrived: in the order of the station's sequence
    """
    for each in arrived:
        if each.run.sub_units:
            _take_sub_units(connection, each, part_keys, at=at, who=who)
    if any(each.counts is not None for each in arrived) and station.station_id != MANUAL:
        _hold_what_is_in_no_proven_order(connection, arrived, station, at=at)
    failed = {each.unit for each in arrived if each.counts == "FAIL"}
    if failed:
        _hold_what_failed_after_completion(connection, arrived, failed, route_of, at=at)


def _hold_what_failed_after_completion(
    connection: Connection,
    arrived: Sequence[Arrived],
    failed: set[int],
    route_of: RouteOf,
    *,
    at: datetime,
) -> None:
    for unit in units.find_keys(connection, sorted(failed)):
        came = [each for each in arrived if each.unit == unit.id]
        completed_before = unit_rules.completed_before(
            connection, unit.id, route_of(unit.part, unit.lot), [(each.key, each.counts) for each in came]
        )
        if completed_before is None or (unit.hold or "").startswith("conflict:"):
            continue
        run = next(each.run for each in came if each.key == completed_before)
        hold(
            connection, unit.id, unit.serial_number, unit.hold,
            f"conflict: {run.station.name} failed it at {run.operation} after it was completed", at=at,
        )  # fmt: skip


def _hold_what_is_in_no_proven_order(
    connection: Connection, arrived: Sequence[Arrived], station: TokenRow, *, at: datetime
) -> None:
    """Hold units that two stations judged differently where nothing proves which of them was the later.

    A run is proven to be later than another station's where the facts that it knew are younger than that
    run's arrival, or where a person opened the unit for test again in between.
    """
    last = {(each.unit, each.run.operation): each for each in arrived if each.counts is not None}
    rivals = units.last_at_other_stations(connection, sorted({unit for unit, _ in last}), station.id)
    for (unit, operation), others in rivals.items():
        mine = last.get((unit, operation))
        if mine is None:
            continue
        known_us = _facts_us(mine.run)
        reworked_us = [said[3] for said in units.said_of(connection, [unit]) if said[2] == "rework"]
        for name, counts, received_us in others:
            is_later = known_us > received_us or any(
                received_us <= rework_us < mine.started_us for rework_us in reworked_us
            )
            if counts != mine.counts and not is_later:
                (found,) = units.find_keys(connection, [unit])
                why = (
                    f"conflict: {name} and {station.name} disagree at {operation}, "
                    "and nothing proves which of them tested it last"
                )
                hold(connection, unit, found.serial_number, found.hold, why, at=at)
                break


def _facts_us(run: Run) -> int:
    """Give the moment up to which its station surely knew what the server held; 0 where it did not say."""
    said = None if run.interlock is None else run.interlock.facts_as_of
    if said is None:
        return 0
    try:
        return to_micros(parse_moment(said, 0) - MARGIN)
    except (ValueError, OverflowError):
        return 0


def _take_sub_units(
    connection: Connection, each: Arrived, part_keys: Mapping[str, int], *, at: datetime, who: str
) -> None:
    run = each.run
    (assembly,) = members.find_members(connection, run.serial_number, run.part_number)
    found = []
    for scan in run.sub_units:
        same = members.find_members(connection, scan.serial_number, scan.part_number)
        part = None if scan.part_number is None else part_keys.get(scan.part_number)
        if not same and part is not None:
            row = (scan.serial_number, part, None, True, "planned", False, to_micros(at))
            units.insert_units.many(connection, [row])
            same = members.find_members(connection, scan.serial_number, scan.part_number)
        if len(same) == 1:
            found.append(same[0])
        else:
            why = "fits several parts" if same else "is unknown, and its part was not scanned"
            note(
                connection, at=at, who=who, what="unit.sub_unit_unclear", subject=run.serial_number,
                text=f"{scan.serial_number} was scanned into {run.serial_number}, and {why}",
            )  # fmt: skip
    problems = genealogy.scanned(
        connection, assembly=assembly, found=found, run=each.key, started=from_micros(each.started_us),
        at=at, who=who,
    )  # fmt: skip
    if problems:
        hold(
            connection, assembly.id, assembly.serial_number, assembly.hold,
            f"conflict: {'; '.join(problems)}"[:500], at=at,
        )  # fmt: skip


def hold(
    connection: Connection, unit: int, serial_number: str, present: str | None, why: str, *, at: datetime
) -> None:
    """Put a unit on hold as a conflict that quality decides. One that is on hold stays so, with both reasons
    in its events.
    """
    row = (unit, to_micros(at), SERVER, "held", why, None, None, None, None)
    events.insert_events.many(connection, [row])
    if present is None:
        units.set_hold(connection, [unit], why)
    note(
        connection, at=at, who=SERVER, what="unit.held", subject=serial_number,
        text=f"{serial_number} was put on hold: {why}", before={"hold": present}, after={"hold": why},
    )  # fmt: skip
