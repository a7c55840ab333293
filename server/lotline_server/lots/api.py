"""Lots over HTTP."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from lotline_server.core.caller import By
from lotline_server.core.etags import Tag
from lotline_server.core.paging import Paged
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.inventory import ledger_queries
from lotline_server.lots import changing, material, material_queries, queries, scrap, service

router = APIRouter(prefix="/api/v1", tags=["lots"], route_class=StrictRoute)


class NewLot(Form):
    """A lot to be created. serials: how many serial numbers to create in it at once.

    planned: it waits for its release; otherwise it is released at once
    """

    lot: str
    part_number: str
    target: int
    project: str | None = None
    notes: str | None = None
    serials: int = 0
    planned: bool = False
    kind: str = "built_here"
    consumption: str = "completion"
    priority: int = 0
    customer_order: str | None = None
    planned_start: str | None = None
    planned_end: str | None = None
    location: str | None = None


class NewSerials(Form):
    """A block of serial numbers to be created."""

    count: int


class LotChange(Form):
    """What is to be changed; what is left out stays, an empty text empties it. reason: for the events."""

    open: bool | None = None
    status: str | None = None
    reason: str | None = None
    target: int | None = None
    priority: int | None = None
    project: str | None = None
    notes: str | None = None
    customer_order: str | None = None
    planned_start: str | None = None
    planned_end: str | None = None
    kind: str | None = None
    consumption: str | None = None
    location: str | None = None


class Scrapping(Form):
    """Why a unit is scrapped, or is not any more. part_number: where two parts use the serial number."""

    reason: str
    part_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """For how many units material was issued."""

    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """The serial numbers that were created."""

    lot: str
    serial_numbers: list[str]


@router.get("/lots")
def list_lots(
    needs: Needs,
    *,
    open_only: bool = False,
    part_number: str | None = None,
    project: str | None = None,
    status: Annotated[list[str] | None, Query()] = None,
    due_until: Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")] = None,
    pages: Paged,
) -> list[queries.LotRow]:
    """List lots with their progress, the newest first."""
    with needs.database.read() as connection:
        found = queries.list_lots(
            connection,
            only_open=open_only,
            part_number=part_number,
            project=project,
            statuses=status,
            due_until=due_until,
            after=pages.after(int),
            limit=pages.ask,
        )
    return pages.cut(found, lambda row: (row.id,))


@router.get("/lots/{lot:path}/units")
def list_lot_units(
    lot: str,
    needs: Needs,
    pages: Paged,
    *,
    status: str | None = None,
    held: bool = False,
    prefix: str = "",
) -> list[queries.UnitRow]:
    """List a lot's units by serial number. prefix: how it begins."""
    (after,) = pages.after(str) or (None,)
    with needs.database.read() as connection:
        service.require_lot(connection, lot)
        found = queries.lot_units(
            connection, lot, status=status, held=held, prefix=prefix, after=after, limit=pages.ask
        )
    return pages.cut(found, lambda row: (row.serial_number,))


@router.get("/lots/{lot:path}/material")
def get_material(lot: str, needs: Needs) -> material.Material:
    """Give what a lot needs of each component, and what of it is missing."""
    with needs.database.read() as connection:
        return material.material(connection, lot)


@router.get("/lots/{lot:path}/events")
def list_lot_events(lot: str, needs: Needs, pages: Paged) -> list[material_queries.LotEventRow]:
    """List who changed what of a lot, when and why, the newest first."""
    with needs.database.read() as connection:
        key = material.require_key(connection, lot)
        found = material_queries.events_of(connection, key.id, after=pages.after(int), limit=pages.ask)
    return pages.cut(found, lambda row: (row.id,))


@router.get("/lots/{lot:path}/ledger")
def list_lot_ledger(lot: str, needs: Needs, pages: Paged) -> list[ledger_queries.MovementRow]:
    """List what a lot did to stock, the newest first."""
    with needs.database.read() as connection:
        key = material.require_key(connection, lot)
        found = ledger_queries.ledger(connection, lot=key.id, after=pages.after(int, int), limit=pages.ask)
    return pages.cut(found, ledger_queries.place_of)


@router.get("/lots/{lot:path}")
def get_lot(lot: str, needs: Needs, tag: Tag) -> queries.LotRow:
    """Show one lot with its progress."""
    with needs.database.read() as connection:
        return tag.of(service.require_lot(connection, lot))


@router.post("/lots", status_code=201)
def create_lot(form: NewLot, needs: Needs, by: By) -> Created:
    """Create a lot."""
    with needs.database.write() as connection:
        serials = service.create_lot(
            connection,
            lot=form.lot,
            part_number=form.part_number,
            target=form.target,
            project=form.project,
            notes=form.notes,
            serials=form.serials,
            planned=form.planned,
            kind=form.kind,
            consumption=form.consumption,
            priority=form.priority,
            customer_order=form.customer_order,
            planned_start=form.planned_start,
            planned_end=form.planned_end,
            location=form.location,
            at=needs.clock(),
            who=by.name,
        )
    return Created(lot=form.lot, serial_numbers=serials)


@router.post("/lots/{lot:path}/serials", status_code=201)
def create_serials(lot: str, form: NewSerials, needs: Needs, by: By) -> Created:
    """Create a block of serial numbers in a lot."""
    with needs.database.write() as connection:
        serials = service.create_serials(connection, lot=lot, count=form.count, at=needs.clock(), who=by.name)
    return Created(lot=lot, serial_numbers=serials)


@router.patch("/lots/{lot:path}")
def change_lot(lot: str, form: LotChange, needs: Needs, by: By, tag: Tag) -> queries.LotRow:
    """Change a lot: what is planned first, then its status."""
    at = needs.clock()
    with needs.database.write() as connection:
        tag.check(service.require_lot(connection, lot))
        changing.change_lot(
            connection,
            lot=lot,
            at=at,
            who=by.name,
            **form.model_dump(exclude={"open", "status"}),
        )
        if form.status is not None:
            changing.set_status(
                connection, lot=lot, status=form.status, reason=form.reason, at=at, who=by.name
            )
        if form.open is not None:
            service.set_open(connection, lot=lot, is_open=form.open, at=at, who=by.name)
        return tag.of(service.require_lot(connection, lot))


@router.post("/lots/{lot:path}/issue")
def issue_material(lot: str, needs: Needs, by: By) -> Issued:
    """Issue what a lot consumed on release still needs, after its target rose or a unit was scrapped."""
    with needs.database.write() as connection:
        return Issued(units=material.issue(connection, lot=lot, at=needs.clock(), who=by.name))


@router.post("/units/{serial_number:path}/scrap")
def scrap_unit(serial_number: str, form: Scrapping, needs: Needs, by: By) -> queries.UnitRow:
    """Scrap a unit."""
    with needs.database.write() as connection:
        return scrap.set_scrapped(
            connection,
            serial_number=serial_number,
            part_number=form.part_number,
            scrapped=True,
            reason=form.reason,
            at=needs.clock(),
            who=by.name,
        )


@router.post("/units/{serial_number:path}/unscrap")
def unscrap_unit(serial_number: str, form: Scrapping, needs: Needs, by: By) -> queries.UnitRow:
    """Take a unit back from scrap: its runs say again where it stands."""
    with needs.database.write() as connection:
        return scrap.set_scrapped(
            connection,
            serial_number=serial_number,
            part_number=form.part_number,
            scrapped=False,
            reason=form.reason,
            at=needs.clock(),
            who=by.name,
        )
