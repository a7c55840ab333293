"""Changing a lot: its status, its target, what is planned. Who, when and why stays with the lot."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid
from lotline_server.core.plain_text import optional_text
from lotline_server.inventory.service import require_location
from lotline_server.lots import material, queries
from lotline_server.lots import material_queries as keys
from lotline_server.lots.material_queries import LotKey
from lotline_server.lots.procurement_queries import own_part_lines
from lotline_server.lots.queries import LotRow
from lotline_server.lots.settle import settle
from lotline_server.lots.statuses import CONSUMPTIONS, KINDS, OPEN, check_step
from lotline_server.projects import service as projects
from lotline_server.routes import queries as routes

MAX_TARGET = 10_000_000
MAX_NOTES = 20_000
MAX_REASON = 500


def set_status(
    connection: Connection, *, lot: str, status: str, at: datetime, who: str, reason: str | None = None
) -> None:
    """Give a lot another status. `released` of a lot with units under way makes it `in_production` again.

    Releasing pins the BOM and the route, and issues the material where it is consumed then. Raises NotFound;
    Conflict where the status may not follow; Invalid where a reason is missing.
    """
    key = material.require_key(connection, lot)
    said = optional_text(reason, "the reason", MAX_REASON)
    under_way = bool(keys.units_in(connection, key.id))
    wanted = status
    if status in OPEN and key.released_at is not None:
        wanted = "in_production" if under_way else "released"
    if wanted == key.status:
        return
    check_step(lot, key.status, wanted, said)
    if wanted == "cancelled" and under_way:
        raise Conflict(f"units of lot {lot} are under way: close it short instead")
    values: dict[str, Any] = {"status": wanted, "open": wanted in OPEN}
    releases = key.released_at is None and wanted in OPEN
    if releases:
        route = routes.current_route(connection, key.part)
        values |= {
            "released_at": at,
            "bom_revision": material.pin(connection, key),
            "route": None if route is None else route.id,
        }
    keys.set_lot(connection, key.id, **values)
    _event(connection, key, "status", key.status, wanted, said, at=at, who=who)
    if releases:
        on_release(connection, key, at=at, who=who)
    if wanted == "cancelled":
        material.take_issues_back(connection, key, at=at, who=who)
    changes.bump(connection, facts=True)


def on_release(connection: Connection, key: LotKey, *, at: datetime, who: str) -> None:
    """Do what follows from a lot's release: its material, where it is consumed now, and its units' stock."""
    if key.kind == "built_here" and key.consumption == "release":
        material.issue(connection, lot=key.lot, at=at, who=who)
    settle(connection, keys.units_in(connection, key.id), at=at, who=who)


def _event(  # noqa: PLR0917
    connection: Connection,
    key: LotKey,
    what: str,
    before: str | None,
    after: str | None,
    reason: str | None,
    *,
    at: datetime,
    who: str,
) -> None:
    keys.add_event(
        connection, lot=key.id, at=at, who=who, what=what, before=before, after=after, reason=reason
    )
    shown = (after or "nothing").replace("_", " ")
    text = f"Lot {key.lot} is {shown}" if what == "status" else f"Lot {key.lot}: {what} {before} → {after}"
    code = after if what == "status" else what
    note(
        connection,
        at=at,
        who=who,
        what=f"lot.{code}",
        subject=key.lot,
        text=text + (f": {reason}" if reason else ""),
        before={what: before},
        after={what: after} | ({"reason": reason} if reason else {}),
    )


def change_lot(
    connection: Connection,
    *,
    lot: str,
    at: datetime,
    who: str,
    reason: str | None = None,
    target: int | None = None,
    priority: int | None = None,
    project: str | None = None,
    notes: str | None = None,
    customer_order: str | None = None,
    planned_start: str | None = None,
    planned_end: str | None = None,
    kind: str | None = None,
    consumption: str | None = None,
    location: str | None = None,
) -> LotRow:
    """Change what is given: None leaves it, an empty text empties it. Each change is an event of the lot.

    kind, consumption, location: only before the lot is released. Raises NotFound, Conflict, Invalid.
    """
    key = material.require_key(connection, lot)
    before = queries.find_lot(connection, lot)
    assert before is not None  # noqa: S101 - its key was found
    said = optional_text(reason, "the reason", MAX_REASON)
    wanted = check_plan(
        target=target, priority=priority, notes=notes, customer_order=customer_order,
        planned_start=planned_start, planned_end=planned_end, kind=kind, consumption=consumption,
    )  # fmt: skip
    check_days(
        wanted.get("planned_start", before.planned_start), wanted.get("planned_end", before.planned_end)
    )
    values = {name: value for name, value in wanted.items() if getattr(before, name) != value}
    stored = dict(values)
    if location is not None and location != (before.location or "Stock"):
        stored["location"] = require_location(connection, location).id
        values["location"] = location
    if key.released_at is not None and values.keys() & {"kind", "consumption", "location"}:
        raise Conflict(f"lot {lot} is released: its kind, consumption and location stay as they are")
    delivered_by = (
        own_part_lines(connection, key.id) if values.get("kind", "built_outside") != "built_outside" else []
    )
    if delivered_by:
        raise Conflict(
            f"purchase order {delivered_by[0]} delivers units of lot {lot}: it stays a lot built outside, or "
            "they would enter stock twice"
        )
    if project is not None and project.strip() != (before.project or ""):
        resolved = projects.resolve(connection, project, at=at, who=who)
        values["project"] = stored["project"] = None if resolved is None else resolved.name
        stored["project_key"] = None if resolved is None else resolved.id
    if values:
        keys.set_lot(connection, key.id, **stored)
        for name, value in values.items():
            old = getattr(before, name)
            _event(connection, key, name, _text(old), _text(value), said, at=at, who=who)
        changes.bump(connection, facts=True)
    after = queries.find_lot(connection, lot)
    assert after is not None  # noqa: S101
    return after


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def check_plan(
    *,
    target: int | None = None,
    priority: int | None = None,
    notes: str | None = None,
    customer_order: str | None = None,
    planned_start: str | None = None,
    planned_end: str | None = None,
    kind: str | None = None,
    consumption: str | None = None,
) -> dict[str, Any]:
    """Give what is to be stored of what was given, by column. Raises Invalid."""
    values: dict[str, Any] = {}
    if target is not None:
        if not 1 <= target <= MAX_TARGET:
            raise Invalid(f"a lot's target must be 1 to {MAX_TARGET}, not {target}")
        values["target"] = target
    if priority is not None:
        if not -100 <= priority <= 100:
            raise Invalid(f"a lot's priority is -100 to 100, not {priority}")
        values["priority"] = priority
    if notes is not None:
        values["notes"] = optional_text(notes, "the notes", MAX_NOTES)
    if customer_order is not None:
        values["customer_order"] = optional_text(customer_order, "the customer order", 200)
    for name, day in (("planned_start", planned_start), ("planned_end", planned_end)):
        if day is not None:
            values[name] = check_day(day, name)
    for name, chosen, known in (("kind", kind, KINDS), ("consumption", consumption, CONSUMPTIONS)):
        if chosen is not None:
            if chosen not in known:
                raise Invalid(f"{name} {chosen[:40]!r} is not one of {', '.join(known)}")
            values[name] = chosen
    return values


def check_day(day: str, what: str) -> str | None:
    """Give a day as it is stored, 2026-11-23; None for an empty text. Raises Invalid."""
    if not day:
        return None
    try:
        found = date.fromisoformat(day)
    except ValueError as error:
        raise Invalid(f"{what} is a day such as 2026-11-23, not {day[:40]!r}") from error
    return found.isoformat()


def check_days(start: str | None, end: str | None) -> None:
    """Raise Invalid where a lot would end before it begins."""
    if start is not None and end is not None and end < start:
        raise Invalid(f"planned_end {end} lies before planned_start {start}")
