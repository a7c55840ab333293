"""What a lot server speaks of, as it says it. Fields that a newer server adds are left out.

Decimals are exact, moments are aware. `tag`: the state it was read in, which a change sends back; empty where
it stood in a list. None has one meaning each: it was not said.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from lotline_contract.record import Run as Record


class _Thing(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Lot(_Thing, frozen=True):
    """A lot and its progress. planned_start, planned_end: days, such as 2026-11-23."""

    lot: str
    part_number: str
    part_name: str
    target: int
    status: str
    kind: str
    consumption: str
    priority: int
    open: bool
    created_at: datetime
    units: int
    planned: int
    in_progress: int
    completed: int
    failed: int
    scrapped: int
    project: str | None = None
    notes: str | None = None
    customer_order: str | None = None
    planned_start: str | None = None
    planned_end: str | None = None
    location: str | None = None
    released_at: datetime | None = None
    bom_revision: str | None = None
    tag: str = ""


class Part(_Thing, frozen=True):
    """A part with its route. next_serial: what comes next today; None where the counter is used up."""

    part_number: str
    name: str
    kind: str
    revision: str
    uom: str
    status: str
    serial_format: str
    created_at: datetime
    operations: tuple[str, ...]
    description: str | None = None
    project: str | None = None
    next_serial: str | None = None
    tag: str = ""


class Project(_Thing, frozen=True):
    """A project. active: it takes new lots."""

    name: str
    active: bool
    created_at: datetime
    description: str | None = None
    customer: str | None = None
    tag: str = ""


class Unit(_Thing, frozen=True):
    """A unit. lot: None where it belongs to none. hold: why no station may test it."""

    serial_number: str
    part_number: str
    status: str
    created_at: datetime
    lot: str | None = None
    completed_at: datetime | None = None
    hold: str | None = None


class Run(_Thing, frozen=True):
    """A run as lists show it. counts_as: PASS or FAIL; None where it leaves its unit alone."""

    run_id: str
    serial_number: str
    part_number: str
    operation: str
    purpose: str
    outcome: str
    station: str
    started_at: datetime
    ended_at: datetime
    received_at: datetime
    plan: str
    plan_version: str
    lot: str | None = None
    counts_as: str | None = None
    cause: str | None = None
    operator: str | None = None
    revision: str | None = None


class RunRecord(_Thing, frozen=True):
    """A run with its record as the station wrote it, steps and limits included. attempt: None if not."""

    row: Run
    record: Record
    attempt: int | None = None


class Operation(_Thing, frozen=True):
    """A unit at one operation: what counted first, what decides, how many attempts."""

    operation: str
    first_outcome: str
    first_run: str
    deciding_outcome: str
    deciding_run: str
    attempts: int


class UnitRecord(_Thing, frozen=True):
    """Everything of one unit. runs: the newest first."""

    unit: Unit
    route: tuple[str, ...]
    operations: tuple[Operation, ...]
    runs: tuple[RunRecord, ...]


class Supplier(_Thing, frozen=True):
    """A supplier."""

    name: str
    currency: str
    active: bool
    created_at: datetime
    contact: str | None = None
    lead_time_days: int | None = None


class OrderHead(_Thing, frozen=True):
    """A purchase order without its lines. open_lines: of how many something is still to come."""

    number: str
    supplier: str
    status: str
    currency: str
    created_at: datetime
    lines: int
    open_lines: int
    project: str | None = None
    notes: str | None = None
    next_delivery: str | None = None
    total: Decimal | None = None


class OrderLine(_Thing, frozen=True):
    """A line. price: for one uom, None where unknown. Deliveries are days."""

    position: int
    part_number: str
    name: str
    uom: str
    quantity: Decimal
    received: Decimal
    price: Decimal | None = None
    estimated_delivery: str | None = None
    actual_delivery: str | None = None


class LineView(_Thing, frozen=True):
    """A line with what follows from it. delays: the lots that wait for it."""

    line: OrderLine
    unassigned: Decimal
    late: bool
    delays: tuple[str, ...] = ()


class Order(_Thing, frozen=True):
    """A purchase order whole. total: of all lines that have a price, in its currency."""

    order: OrderHead
    lines: tuple[LineView, ...]
    total: Decimal
    unpriced: int
    tag: str = ""


class Level(_Thing, frozen=True):
    """How much of a part lies at a location. kind: stock, or untested."""

    part_number: str
    name: str
    uom: str
    location: str
    kind: str
    quantity: Decimal


class Movement(_Thing, frozen=True):
    """A line of the ledger with its posting. reverses, reversed_by: the postings it takes back, or is by."""

    posting: int
    position: int
    at: datetime
    who: str
    kind: str
    part_number: str
    uom: str
    location: str
    quantity: Decimal
    reason: str | None = None
    reference: str | None = None
    reverses: int | None = None
    reversed_by: int | None = None


class Hit(_Thing, frozen=True):
    """Something found: a lot, a part, a unit, an order. name: what it is called."""

    kind: str
    name: str
    detail: str
    part_number: str | None = None


class Activity(_Thing, frozen=True):
    """An entry of the activity log. what: a code such as lot.completed. before, after: the changed fields."""

    id: int
    at: datetime
    who: str
    what: str
    subject: str
    text: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class CreatedLot(_Thing, frozen=True):
    """The serial numbers that were created in a lot."""

    lot: str
    serial_numbers: tuple[str, ...]


class Posted(_Thing, frozen=True):
    """A posting that was made, with its lines of the ledger."""

    posting: int
    movements: tuple[Movement, ...]


class SupplierListing(_Thing, frozen=True):
    """A supplier as the list has it."""

    supplier: Supplier
