"""What people say of units over HTTP: one call for one unit or for thousands, all of them or none."""

from dataclasses import dataclass

from fastapi import APIRouter

from lotline_server.core.caller import By
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.lots import unit_actions
from lotline_server.lots.unit_actions import Acted

router = APIRouter(prefix="/api/v1", tags=["units"], route_class=StrictRoute)


class UnitActions(Form):
    """One action for some units. action: mark, withdraw, hold, release, rework, scrap or unscrap.

    mark: in_progress, completed or failed. operation: where they are marked; without it the whole route
    part_number: needed where two parts use one of the serial numbers
    """

    action: str
    serial_numbers: list[str]
    reason: str
    part_number: str | None = None
    mark: str | None = None
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The units, each as it is now, in the order they were named."""

    action: str
    units: list[Acted]


@router.post("/units/actions")
def act(form: UnitActions, needs: Needs, by: By) -> Done:
    """Do one thing with units, all of them or none. Where units stand in the way the answer is 409, and
    `problems` says why by serial number; nothing was changed then.
    """
    if form.action in unit_actions.PERMISSIONS:
        by.require(unit_actions.PERMISSIONS[form.action])
    with needs.database.write() as connection:
        acted = unit_actions.act(connection, at=needs.clock(), who=by.name, **form.model_dump())
    return Done(action=form.action, units=acted)
