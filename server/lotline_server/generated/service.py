"""Generating the factory: catalogue and purchases by the rules behind people's forms, runs in bulk."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.boms import service as boms
from lotline_server.core.clock import from_micros, to_micros
from lotline_server.core.database import Database
from lotline_server.core.errors import Invalid
from lotline_server.generated.factory import COMPONENTS, PRODUCTS, PROJECT, SPAN, SUPPLIERS
from lotline_server.generated.records import make_run
from lotline_server.generated.schedule import PlannedLot, PlannedRun, plan_lots, plan_runs
from lotline_server.generated.writing import RunWriter, station_name
from lotline_server.lots import changing, unit_actions
from lotline_server.lots import service as lots
from lotline_server.lots.derive import rederive
from lotline_server.parts import queries as parts
from lotline_server.projects import service as projects
from lotline_server.purchasing import receiving, suppliers
from lotline_server.purchasing import service as purchasing
from lotline_server.routes import service as routes
from lotline_server.units import queries as units

WHO = "generate-demo"
MOST_UNITS, MOST_LOTS = 10_000_000, 100_000
_BLOCK = 10_000
_CHUNK = 250
_USED = ("parts", "lots", "units", "stations", "records")

Progress = Callable[[int], None]
"""Is told how many units are done."""


def generate(
    database: Database, *, units: int, lots: int, now: datetime, seed: int = 1, progress: Progress
) -> None:
    """Fill an empty database with a year of production. Raises Invalid where it is not empty, or for numbers
    that make no factory. A lot at a time is committed.
    """
    if not 1 <= lots <= MOST_LOTS or not lots <= units <= MOST_UNITS:
        raise Invalid(
            f"1 to {MOST_LOTS:,} lots with together at least as many and at most {MOST_UNITS:,} units"
        )
    with database.read() as connection:
        for table in _USED:
            if connection.execute(sa.select(1).select_from(sa.table(table)).limit(1)).first():
                raise Invalid(f"this data folder is in use: it has {table} already; give an empty one")
    begin = now - SPAN - timedelta(days=14)
    with database.write() as connection:
        _catalogue(connection, begin)
    writer = RunWriter(database, seed, since_us=to_micros(begin))
    done = 0
    for planned in plan_lots(units, lots, now, seed):
        with database.write() as connection:
            _build(connection, writer, planned, now, seed)
        done += planned.units
        progress(done)
    with database.write() as connection:
        writer.finish(connection, now_us=to_micros(now))


def _catalogue(connection: Connection, at: datetime) -> None:
    projects.add_project(connection, name=PROJECT, customer="Everybody", at=at, who=WHO)
    for number, name in COMPONENTS.items():
        routes.new_part(connection, part_number=number, name=name, kind="part", at=at, who=WHO)
    for each in PRODUCTS:
        routes.new_part(
            connection, part_number=each.number, name=each.name, kind=each.kind, project=PROJECT,
            serial_prefix=f"{each.number}-", serial_digits=8, operations=each.operations, at=at, who=WHO,
        )  # fmt: skip
        table = "component,quantity\n" + "".join(f"{part},{count}\n" for part, count in each.bom)
        preview = boms.preview_import(connection, part_number=each.number, text=table)
        boms.commit_import(
            connection, part_number=each.number, text=table, digest=preview.digest, at=at, who=WHO
        )
    for name in SUPPLIERS:
        suppliers.add_supplier(connection, name=name, lead_time_days=21, at=at, who=WHO)


def _build(connection: Connection, writer: RunWriter, planned: PlannedLot, now: datetime, seed: int) -> None:
    name = f"LOT-{planned.number + 1:05d}"
    created = min(planned.start - timedelta(days=7), now)
    is_begun = planned.start < now
    if planned.built_here:
        _buy(connection, planned, created, arrives=planned.start - timedelta(days=2), now=now)
    lots.create_lot(
        connection, lot=name, part_number=planned.product.number, target=planned.units, at=created, who=WHO,
        kind="built_here" if planned.built_here else "test_only", planned=not is_begun, project=PROJECT,
        planned_start=planned.start.date().isoformat(),
        planned_end=(planned.start + planned.length).date().isoformat(),
    )  # fmt: skip
    serials: list[str] = []
    while len(serials) < planned.units:
        count = min(planned.units - len(serials), _BLOCK)
        serials += lots.create_serials(connection, lot=name, count=count, at=created, who=WHO)
    if is_begun:
        _test(connection, writer, planned, name, serials, now, seed)


def _test(  # noqa: PLR0917
    connection: Connection, writer: RunWriter, planned: PlannedLot, name: str, serials: list[str],
    now: datetime, seed: int,
) -> None:  # fmt: skip
    runs, scrapped = plan_runs(planned, now, seed)
    part = parts.part_keys(connection)[planned.product.number]
    found = units.find_units(connection, serials)
    keys = [found[serial, part] for serial in serials]
    for start in range(0, len(runs), 4 * _CHUNK):
        chunk = runs[start : start + 4 * _CHUNK]
        made = [
            (
                each,
                make_run(
                    planned.product, name, station_name(each.operation, planned.line), serials[each.unit],
                    each.operation, each.outcome, each.in_full, each.started_us, writer.chance,
                ),
                keys[each.unit],
            )
            for each in chunk
        ]  # fmt: skip
        writer.write(connection, made)
    last = _last_runs(runs)
    begun = sorted(last, key=lambda unit: last[unit])
    for start in range(0, len(begun), _CHUNK):
        chunk_of_units = begun[start : start + _CHUNK]
        at = from_micros(last[chunk_of_units[-1]])
        rederive(connection, [keys[unit] for unit in chunk_of_units], at=at, who=WHO)
    end = planned.start + planned.length
    if scrapped:
        gone = [serials[unit] for unit in scrapped]
        unit_actions.act(
            connection, action="scrap", serial_numbers=gone, reason="failed twice", at=end, who=WHO,
            part_number=planned.product.number,
        )  # fmt: skip
    if end < now:
        lots.set_open(connection, lot=name, is_open=False, at=end, who=WHO)
    elif planned.number % 5 == 0:
        reason = "the solder paste is looked at"
        changing.set_status(connection, lot=name, status="on_hold", reason=reason, at=now, who=WHO)


def _last_runs(runs: list[PlannedRun]) -> dict[int, int]:
    """Give when each unit's last run was."""
    return {run.unit: run.started_us for run in runs}


def _buy(
    connection: Connection, planned: PlannedLot, at: datetime, *, arrives: datetime, now: datetime
) -> None:
    """Order a lot's material, and receive it where it has arrived by now."""
    order = f"PO-{planned.number + 1:05d}"
    supplier = SUPPLIERS[planned.number % len(SUPPLIERS)]
    ordered = min(at, arrives) - timedelta(days=5)
    purchasing.add_order(connection, number=order, supplier=supplier, project=PROJECT, at=ordered, who=WHO)
    due = arrives.date().isoformat()
    for part, count in planned.product.bom:
        quantity = Decimal(count * planned.units)
        purchasing.add_line(
            connection, order=order, part_number=part, quantity=quantity, price=Decimal("0.05"),
            estimated_delivery=due, at=ordered, who=WHO,
        )  # fmt: skip
    for status in ("sent", "confirmed"):
        purchasing.set_status(connection, order=order, status=status, at=ordered, who=WHO)
    if arrives > now:
        return
    for position, (_, count) in enumerate(planned.product.bom, start=1):
        receiving.receive(
            connection, order=order, position=position, receipt_id=f"{order}-{position}",
            quantity=Decimal(count * planned.units), at=arrives, who=WHO,
        )  # fmt: skip
