"""What a lot needs, what of it is there, and what is missing."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.boms import service as boms
from lotline_server.boms.queries import BomLineRow
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.quantity import from_micro
from lotline_server.inventory import queries as inventory
from lotline_server.inventory import service as stock
from lotline_server.inventory.models import STOCK
from lotline_server.inventory.service import Posting
from lotline_server.lots import material_queries as queries
from lotline_server.lots.material_queries import LotKey
from lotline_server.lots.settle import recipe
from lotline_server.lots.statuses import per_unit_micro, units_to_issue

_LARGEST_MICRO = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A component of a lot, each quantity in its uom.

    needed: for the units whose material was not issued yet, attrition included. in_stock: at locations of
    kind stock. reserved: for all other lots under way; reserved_before: for those of them that come first
    (higher priority, then released earlier). shortage: what is missing when those have taken theirs
    """

    part_number: str
    name: str
    uom: str
    quantity: Decimal
    attrition: Decimal
    designators: str
    needed: Decimal
    in_stock: Decimal
    reserved: Decimal
    reserved_before: Decimal
    shortage: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where the part's BOM moved on since the lot was released. None: it does not stand there."""

    part_number: str
    pinned: str | None
    present: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The material of a lot. pinned: it is built to a BOM of its own, as released. enough: nothing is short.

    issued_units: for how many units the material left stock. units_to_issue: for how many it must still
    """

    lot: str
    pinned: bool
    bom_revision: str | None
    issued_units: int
    scrapped_units: int
    units_to_issue: int
    enough: bool
    components: list[Component]
    differences: list[Difference]


def require_key(connection: Connection, lot: str) -> LotKey:
    """Find a lot. Raises NotFound."""
    found = queries.find_key(connection, lot)
    if found is None:
        raise NotFound(f"lot {lot} does not exist")
    return found


def still_to_issue(lot: LotKey) -> int:
    """Give for how many units of a lot material is still needed."""
    return units_to_issue(
        status=lot.status, kind=lot.kind, target=lot.target, scrapped=lot.scrapped, issued=lot.issued
    )


def material(connection: Connection, lot: str) -> Material:
    """Give the material of a lot. Raises NotFound."""
    key = require_key(connection, lot)
    is_pinned = key.released_at is not None
    present = _present_lines(connection, key)
    lines = queries.pinned_lines(connection, key.id) if is_pinned else present
    found = _components(connection, key, lines)
    return Material(
        lot=lot,
        pinned=is_pinned,
        bom_revision=key.bom_revision,
        issued_units=key.issued,
        scrapped_units=key.scrapped,
        units_to_issue=still_to_issue(key),
        enough=all(each.shortage == 0 for each in found),
        components=found,
        differences=_differences(lines, present) if is_pinned and key.kind == "built_here" else [],
    )


def _present_lines(connection: Connection, key: LotKey) -> list[BomLineRow]:
    return boms.get_bom(connection, key.part_number).lines


def _components(connection: Connection, key: LotKey, lines: list[BomLineRow]) -> list[Component]:
    wanted = [line.part for line in lines]
    there = inventory.usable(connection, wanted)
    own = still_to_issue(key)
    others: dict[int, int] = {}
    before: dict[int, int] = {}
    for claim in queries.claims_on(connection, wanted):
        if claim.lot.id == key.id:
            continue
        micro = still_to_issue(claim.lot) * per_unit_micro(claim.quantity, claim.attrition)
        others[claim.component] = others.get(claim.component, 0) + micro
        if _place(claim.lot) < _place(key):
            before[claim.component] = before.get(claim.component, 0) + micro
    found = []
    for line in lines:
        needed = from_micro(own * per_unit_micro(line.quantity, line.attrition))
        in_stock = there.get(line.part, Decimal(0))
        reserved_before = from_micro(before.get(line.part, 0))
        free = max(Decimal(0), in_stock - reserved_before)
        found.append(
            Component(
                part_number=line.part_number,
                name=line.name,
                uom=line.uom,
                quantity=line.quantity,
                attrition=line.attrition,
                designators=line.designators,
                needed=needed,
                in_stock=in_stock,
                reserved=from_micro(others.get(line.part, 0)),
                reserved_before=reserved_before,
                shortage=max(Decimal(0), needed - free),
            )
        )
    return found


def _place(lot: LotKey) -> tuple[bool, int, float, int]:
    """Say who comes first: released before planned, then priority, then the earlier release."""
    released = lot.released_at
    return (released is None, -lot.priority, 0.0 if released is None else released.timestamp(), lot.id)


def _differences(pinned: list[BomLineRow], present: list[BomLineRow]) -> list[Difference]:
    def said(lines: list[BomLineRow]) -> dict[str, str]:
        return {
            line.part_number: (
                f"{line.quantity} {line.uom}, attrition {line.attrition} {line.designators}".rstrip()
            )
            for line in lines
        }

    before, after = said(pinned), said(present)
    return [
        Difference(part_number=number, pinned=before.get(number), present=after.get(number))
        for number in dict.fromkeys([*before, *after])
        if before.get(number) != after.get(number)
    ]


def pin(connection: Connection, key: LotKey) -> str | None:
    """Keep the part's present BOM for a lot that is being released. Gives its revision; None without one."""
    found = boms.get_bom(connection, key.part_number)
    queries.pin_bom(connection, key.id, found.lines)
    return None if found.bom is None else found.revision


def issue(connection: Connection, *, lot: str, at: datetime, who: str) -> int:
    """Issue the material that a lot consumed on release still needs, and give for how many units.

    Raises NotFound; Conflict where the lot is not released or its material leaves stock unit by unit.
    """
    key = require_key(connection, lot)
    if key.released_at is None or key.consumption != "release":
        raise Conflict(
            f"the material of lot {lot} leaves stock "
            + ("when it is released" if key.released_at is None else f"unit by unit, on {key.consumption}")
        )
    count = still_to_issue(key)
    if not count:
        return 0
    lines = recipe(connection, key.id, STOCK if key.location is None else key.location, count)
    if any(abs(line.micro) > _LARGEST_MICRO // 1000 for line in lines):
        raise Invalid(f"the material of {count} units is more than can be counted")
    posting = Posting(kind="lot_issue", lines=lines, reference=lot, lot=key.id, units=count)
    stock.post(connection, [posting], at=at, who=who)
    text = f"The material of {count} units of lot {lot} was issued"
    note(connection, at=at, who=who, what="lot.issued", subject=lot, text=text)
    changes.bump(connection, facts=False)
    return count


def take_issues_back(connection: Connection, key: LotKey, *, at: datetime, who: str) -> None:
    """Put the material of a lot that is cancelled back into stock."""
    open_issues = inventory.open_of_lot(connection, key.id, "lot_issue")
    taken_back = [(posting, key.id, None, count) for posting, count in open_issues]
    if taken_back:
        stock.post(connection, stock.counter_entries(connection, taken_back, "lot cancelled"), at=at, who=who)
