"""Lots over HTTP."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.lots import queries, service

router = APIRouter(prefix="/api/v1", tags=["lots"], route_class=StrictRoute)


class NewLot(Form):
    """A lot to be created. serials: how many serial numbers to create in it at once."""

    lot: str
    part_number: str
    target: int
    project: str | None = None
    notes: str | None = None
    serials: int = 0


class NewSerials(Form):
    """A block of serial numbers to be created."""

    count: int


class LotChange(Form):
    """Opening or closing a lot."""

    open: bool


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
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> list[queries.LotRow]:
    """List lots with their progress, the newest first."""
    with needs.database.read() as connection:
        return queries.list_lots(
            connection,
            only_open=open_only,
            part_number=part_number,
            project=project,
            limit=limit,
            offset=offset,
        )


@router.get("/lots/{lot:path}/units")
def list_units(
    lot: str,
    needs: Needs,
    status: str | None = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> list[queries.UnitRow]:
    """List a lot's units by serial number; `after` pages on."""
    with needs.database.read() as connection:
        service.require_lot(connection, lot)
        return queries.lot_units(connection, lot, status=status, after=after, limit=limit)


@router.get("/lots/{lot:path}")
def get_lot(lot: str, needs: Needs) -> queries.LotRow:
    """Show one lot with its progress."""
    with needs.database.read() as connection:
        return service.require_lot(connection, lot)


@router.post("/lots", status_code=201)
def create_lot(form: NewLot, needs: Needs) -> Created:
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
            at=needs.clock(),
            who="api",
        )
    return Created(lot=form.lot, serial_numbers=serials)


@router.post("/lots/{lot:path}/serials", status_code=201)
def create_serials(lot: str, form: NewSerials, needs: Needs) -> Created:
    """Create a block of serial numbers in a lot."""
    with needs.database.write() as connection:
        serials = service.create_serials(connection, lot=lot, count=form.count, at=needs.clock(), who="api")
    return Created(lot=lot, serial_numbers=serials)


@router.patch("/lots/{lot:path}")
def change_lot(lot: str, form: LotChange, needs: Needs) -> queries.LotRow:
    """Open or close a lot."""
    with needs.database.write() as connection:
        service.set_open(connection, lot=lot, is_open=form.open, at=needs.clock(), who="api")
        return service.require_lot(connection, lot)
