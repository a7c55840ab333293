"""Which unit sits in which, over HTTP."""

from fastapi import APIRouter

from lotline_server.core.caller import By
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.units import genealogy
from lotline_server.units.genealogy import Genealogy

router = APIRouter(prefix="/api/v1", tags=["units"], route_class=StrictRoute)


class BuiltIn(Form):
    """A unit that sits in an assembly. place: where in it, such as J4 or "left".

    part_number: of the unit, assembly_part: of the assembly; needed where two parts use the serial number
    """

    serial_number: str
    part_number: str | None = None
    assembly_part: str | None = None
    place: str | None = None
    reason: str | None = None


class TakenOut(Form):
    """A unit that is taken out, and why. replaced_by: the one that sits in its place from now on."""

    serial_number: str
    reason: str
    part_number: str | None = None
    assembly_part: str | None = None
    replaced_by: str | None = None
    replaced_by_part: str | None = None


@router.get("/units/{serial_number:path}/genealogy")
def get_genealogy(serial_number: str, needs: Needs, part: str | None = None) -> Genealogy:
    """Give what a unit sits in, what sits in it, and what did before."""
    with needs.database.read() as connection:
        unit = genealogy.find_member(connection, serial_number, part)
        return genealogy.genealogy(connection, unit.id)


@router.post("/units/{serial_number:path}/sub-units/remove")
def take_out(serial_number: str, form: TakenOut, needs: Needs, by: By) -> Genealogy:
    """Take a unit out of an assembly, or replace it by another."""
    with needs.database.write() as connection:
        assembly = genealogy.find_member(connection, serial_number, form.assembly_part)
        other = form.replaced_by
        genealogy.take_out(
            connection,
            assembly=assembly,
            unit=genealogy.find_member(connection, form.serial_number, form.part_number),
            replaced_by=None
            if other is None
            else genealogy.find_member(connection, other, form.replaced_by_part),
            reason=form.reason,
            at=needs.clock(),
            who=by.name,
        )
        return genealogy.genealogy(connection, assembly.id)


@router.post("/units/{serial_number:path}/sub-units", status_code=201)
def build_in(serial_number: str, form: BuiltIn, needs: Needs, by: By) -> Genealogy:
    """Say that a unit sits in this assembly."""
    with needs.database.write() as connection:
        assembly = genealogy.find_member(connection, serial_number, form.assembly_part)
        genealogy.build_in(
            connection,
            assembly=assembly,
            unit=genealogy.find_member(connection, form.serial_number, form.part_number),
            place=form.place,
            reason=form.reason,
            at=needs.clock(),
            who=by.name,
        )
        return genealogy.genealogy(connection, assembly.id)
