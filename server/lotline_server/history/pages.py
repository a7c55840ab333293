"""The unit: everything that was ever measured on it and said of it, its latest run open."""

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response

from lotline_contract.look import N_, Mark
from lotline_server.activity import queries as activity
from lotline_server.core.strict_json import StrictRoute
from lotline_server.core.web import Deps, Needs
from lotline_server.history import service
from lotline_server.history.service import UnitRecord
from lotline_server.lots import queries as lots
from lotline_server.lots import unit_actions
from lotline_server.parts import queries as parts
from lotline_server.stations.queries import MANUAL
from lotline_server.web import marks, traveler, traveler_pdf
from lotline_server.web.forms import Filled
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router
from lotline_server.web.run_view import run_view
from lotline_server.web.traveler import Line

router = pages_router()
api = APIRouter(prefix="/api/v1", tags=["units"], route_class=StrictRoute)
"""What of the API is drawn by the shell."""

DRAWN_RUNS = 12
"""How many runs come with their measurements; each older one is a line that opens on a page of its own."""


_LABELS = {
    "name": N_("Measurement"), "value": N_("Value"), "low": N_("Lower limit"), "high": N_("Upper limit"),
    "csv": N_("Points"), "file": N_("File"), "reason": N_("Reason"), "confirm": N_("Serial number"),
    "serial": N_("Serial number"), "by": N_("Replaced by"),
}  # fmt: skip
"""What a field of one of the unit's forms is called, by the end of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """An operation of the unit's route. detail: what stands below its name."""

    operation: str
    mark: Mark
    detail: str


@router.get("/units")
def unit_by_query(
    needs: Needs, page: Shown, serial_number: str = "", part: str = "", run: str = ""
) -> Response:
    """Show a unit whose serial number no address can hold as a folder, such as two dots."""
    return show(serial_number, needs, page, part=part, run=run)


@router.get("/traveler")
def show_traveler(needs: Needs, page: Shown, serial_number: str, part: str = "") -> Response:
    """Show everything of one unit on one page, as it is printed."""
    with needs.database.read() as connection:
        found = service.unit_record(connection, serial_number, part or None)
        drawn = traveler.make(connection, needs, found)
    return page.html("traveler.html", place="/lots", traveler=drawn, unit=found.unit, dots=dots(found, page))


@router.get("/traveler.pdf")
def give_pdf(needs: Needs, page: Shown, serial_number: str, part: str = "") -> Response:
    """Give everything of one unit as a PDF."""
    return _pdf(serial_number, part, needs, page)


@api.get("/travelers/{serial_number:path}", response_class=Response)
def get_traveler(serial_number: str, needs: Needs, page: Shown, part: str = "") -> Response:
    """Give everything of one unit as a PDF. A serial number of several parts needs `?part=`."""
    return _pdf(serial_number, part, needs, page)


def _pdf(serial_number: str, part: str, needs: Deps, page: Page) -> Response:
    with needs.database.read() as connection:
        found = service.unit_record(connection, serial_number, part or None)
        drawn = traveler.make(connection, needs, found)
    route = [Line(name=each.operation, mark=each.mark, detail=each.detail) for each in dots(found, page)]
    name = "".join(each if each.isascii() and each.isalnum() else "_" for each in found.unit.serial_number)
    return Response(
        traveler_pdf.draw(drawn, route, page.language, at=needs.clock()),
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="traveler-{name}.pdf"'},
    )


@router.get("/units/{serial_number:path}")
def show_unit(serial_number: str, needs: Needs, page: Shown, part: str = "", run: str = "") -> Response:
    """Show everything of one unit. run: the one that is to be open; otherwise the latest."""
    return show(serial_number, needs, page, part=part, run=run)


def show(
    serial_number: str,
    needs: Deps,
    page: Page,
    *,
    part: str = "",
    run: str = "",
    form: Filled | None = None,
    opened: str = "",
) -> Response:
    """Show a unit. form, opened: a form of it that was not taken, and which one that is."""
    with needs.database.read() as connection:
        same = lots.units_of_serial(connection, serial_number)
        if len(same) > 1 and not part:
            return page.html("unit_choice.html", serial_number=serial_number, units=same)
        found = service.unit_record(connection, serial_number, part or None)
        built = parts.find_part(connection, found.unit.part_number)
        latest = activity.latest(connection, limit=8, subject=serial_number)
        may_be = unit_actions.possible(connection, serial_number, found.unit.part_number)
        asked = run if any(each.row.run_id == run for each in found.runs) else ""
        # What somebody attached does not push aside what a station measured.
        latest_run = next((each for each in found.runs if each.row.station != MANUAL), None)
        latest_run = latest_run or next(iter(found.runs), None)
        wanted = asked or ("" if latest_run is None else latest_run.row.run_id)
        drawn = [each for at, each in enumerate(found.runs) if at < DRAWN_RUNS or each.row.run_id == wanted]
        views = [run_view(connection, needs, each, is_open=each.row.run_id == wanted) for each in drawn]
    return page.html(
        "unit.html",
        place="/lots",
        status=422 if form is not None else 200,
        form=form,
        opened=opened,
        labels={}
        if form is None
        else {name: page.say(_LABELS.get(name.rpartition("_")[2], name)) for name in form.errors},
        unit=found.unit,
        part=built,
        route=found.route,
        mark=marks.status_mark(found.unit.status),
        dots=dots(found, page),
        runs=views,
        more=found.runs[DRAWN_RUNS:],
        how_many=len(found.runs),
        events=found.events,
        genealogy=found.genealogy,
        actions=may_be,
        activity=latest,
        several=len(same) > 1,
    )


def _labels(form: Filled | None, page: Page) -> dict[str, str]:
    names = [] if form is None else list(form.errors)
    return {name: page.say(_LABELS.get(name.rpartition("_")[2], name)) for name in names}


def dots(found: UnitRecord, page: Page) -> list[Dot]:
    """Give the operations of a unit's route as a line of dots, behind them those that are on it no more."""
    running = {each.row.operation for each in found.runs if each.row.purpose == "production"}
    line = [_dot(each, page, is_running=each.operation in running) for each in found.standing]
    for old in found.operations:
        if old.operation not in found.route:
            detail = page.say_many(
                "%(num)s attempt, not on its route", "%(num)s attempts, not on its route", old.attempts
            )
            line.append(
                Dot(operation=old.operation, mark=marks.outcome_mark(old.deciding_outcome), detail=detail)
            )
    return line


def _dot(each: service.StandingRow, page: Page, *, is_running: bool) -> Dot:
    attempts = page.say_many("%(num)s attempt", "%(num)s attempts", each.attempts)
    if each.verdict is None:
        mark = marks.STATUSES["in_progress" if is_running else "planned"]
        detail = page.say("optional") if each.optional else page.say("to do")
        if each.attempts:
            mark, detail = marks.REWORKED, attempts
        elif is_running:
            detail = page.say("not decided")
        return Dot(operation=each.operation, mark=mark, detail=detail)
    mark = marks.outcome_mark(each.verdict)
    if each.by == "mark":
        return Dot(operation=each.operation, mark=mark, detail=page.say("marked by hand"))
    detail = page.say("at once") if each.attempts == 1 and each.verdict == "PASS" else attempts
    return Dot(operation=each.operation, mark=mark, detail=detail)
