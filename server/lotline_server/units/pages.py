"""What people do with a unit on its page. Each form goes to an address of its own and names its unit in a
field: a serial number may hold anything, and two dots are no address.
"""

from collections.abc import Callable
from typing import Any

from fastapi.responses import Response

from lotline_contract.frames import Axis
from lotline_contract.limits import Limit
from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid, NotFound, Refused, TooLarge
from lotline_server.core.web import Deps, Needs
from lotline_server.history.pages import show
from lotline_server.ingest.attaching import attach_file
from lotline_server.ingest.by_hand import Attaching, Entered
from lotline_server.ingest.by_hand_api import Attaches, limit_of
from lotline_server.ingest.point_table import read_points
from lotline_server.lots import unit_actions
from lotline_server.units import genealogy
from lotline_server.web.forms import Filled, Sent, SentWithFile
from lotline_server.web.links import unit_url
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router

router = pages_router()

_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_DONE = {
    "mark": "%(serial)s was marked.",
    "withdraw": "The mark of %(serial)s was withdrawn.",
    "hold": "%(serial)s is on hold.",
    "release": "%(serial)s was released from hold.",
    "rework": "%(serial)s is open for test again.",
    "scrap": "%(serial)s was scrapped.",
    "unscrap": "%(serial)s was taken back from scrap.",
}


def _try(  # noqa: PLR0917
    needs: Deps, page: Page, form: Filled, opened: str, said: str, work: Callable[[], Any], field: str = ""
) -> Response:
    """Do the work of a form and go back to the unit, or show it again with what is wrong. field: beside which
    a refusal is shown.
    """
    serial, part = form.text("serial_number"), form.text("part")
    if not form.errors:
        try:
            work()
        except (Invalid, Conflict, TooLarge) as refused:
            form.errors[field] = _sentence(refused)
        except NotFound as refused:
            # Of the unit itself there is no page to show.
            if field == "":
                raise
            form.errors[field] = _sentence(refused)
    if form.errors:
        return show(serial, needs, page, part=part, form=form, opened=opened)
    return page.done(unit_url(serial, part), page.say(said, serial=serial))


def _sentence(refused: Refused) -> str:
    text = str(refused)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


@router.post("/unit/act")
def act(needs: Needs, by: By, page: Shown, form: Sent) -> Response:
    """Mark a unit, hold, release, rework or scrap it."""
    action = form.text("action")
    if action in unit_actions.PERMISSIONS:
        by.require(unit_actions.PERMISSIONS[action])
    reason = form.need(f"{action}_reason", page.say("Say why, for whoever reads this later."))
    serial = form.text("serial_number")
    if action == "scrap" and form.text("scrap_confirm") != serial:
        form.errors["scrap_confirm"] = page.say("Type %(serial)s to scrap this unit.", serial=serial)

    def work() -> None:
        is_mark = action == "mark"
        with needs.database.write() as connection:
            unit_actions.act(
                connection,
                action=action,
                serial_numbers=[serial],
                part_number=form.text("part") or None,
                reason=reason,
                mark=form.text("mark") or None if is_mark else None,
                operation=form.text("operation") or None if is_mark else None,
                at=needs.clock(),
                who=by.name,
            )

    return _try(needs, page, form, action, _DONE.get(action, ""), work, f"{action}_reason")


@router.post("/unit/data")
def attach_value(needs: Needs, by: By, page: Shown, form: Sent, by_hand: Attaches) -> Response:
    """Attach one value to a unit."""
    name = form.need("data_name", page.say("Say what was measured."))
    typed = form.need("data_value", page.say("A value is needed."))
    limit = _limit(page, form, "data")

    def work() -> None:
        entered = Entered(name=name, value=_value(typed), uom=form.text("data_uom") or None, limit=limit)
        _attach(needs, by_hand, form, "data", entered, by)

    return _try(needs, page, form, "data", "The value was attached to %(serial)s.", work, "data_value")


@router.post("/unit/vector")
def attach_vector(needs: Needs, by: By, page: Shown, sent: SentWithFile, by_hand: Attaches) -> Response:
    """Attach a vector to a unit, pasted or as a CSV file."""
    form = sent.form
    name = form.need("vector_name", page.say("Say what was measured."))
    limit = _limit(page, form, "vector")
    text = form.values.get("vector_csv", "")
    if sent.content and not text.strip():
        text = sent.content.decode("utf-8-sig", errors="replace")
    if not text.strip():
        form.errors["vector_csv"] = page.say("Paste the points, or choose a file.")

    def work() -> None:
        points = read_points(text, axis_uom=form.text("vector_axis_uom") or "s")
        axis: Axis | None = points.axis
        uom = form.text("vector_uom") or None
        entered = Entered(name=name, samples=points.samples, axis=axis, uom=uom, limit=limit)
        _attach(needs, by_hand, form, "vector", entered, by)

    return _try(needs, page, form, "vector", "The vector was attached to %(serial)s.", work, "vector_csv")


@router.post("/unit/file")
def attach_a_file(needs: Needs, by: By, page: Shown, sent: SentWithFile, by_hand: Attaches) -> Response:
    """Attach a file to a unit."""
    form = sent.form
    if not sent.name:
        form.errors["file"] = page.say("Choose a file.")

    def work() -> None:
        needs.folder.require_free(needs.disk_floor_bytes)
        attach_file(
            by_hand, needs.files, serial_number=form.text("serial_number"), name=sent.name,
            content=sent.content, part_number=form.text("part") or None, note=form.text("file_note") or None,
            at=needs.clock(), who=by.name,
        )  # fmt: skip

    return _try(needs, page, form, "file", "The file was attached to %(serial)s.", work, "file")


def _attach(  # noqa: PLR0917
    needs: Deps, by_hand: Attaches, form: Filled, prefix: str, entered: Entered, by: By
) -> None:
    operation = form.text(f"{prefix}_operation") or None
    what = Attaching(
        serial_number=form.text("serial_number"),
        part_number=form.text("part") or None,
        entered=[entered],
        purpose="engineering" if operation is None else "production",
        operation=operation,
        note=form.text(f"{prefix}_note") or None,
    )
    needs.folder.require_free(needs.disk_floor_bytes)
    by_hand.attach(what, at=needs.clock(), who=by.name)


def _value(typed: str) -> float | bool | str:
    """Read what was typed: a number, with a point or a comma; yes or no; else a text."""
    if typed.lower() in _FLAGS:
        return _FLAGS[typed.lower()]
    number = _number(typed)
    return typed if number is None else number


def _number(typed: str) -> float | None:
    plain = typed.replace("−", "-").replace("\u00a0", "")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        return None if "_" in plain else float(plain)
    except ValueError:
        return None


def _limit(page: Page, form: Filled, prefix: str) -> Limit | None:
    bounds: dict[str, float | None] = {}
    for side in ("low", "high"):
        typed = form.text(f"{prefix}_{side}")
        bounds[side] = _number(typed) if typed else None
        if typed and bounds[side] is None:
            form.errors[f"{prefix}_{side}"] = page.say("A limit is a number, such as 3.3.")
    return limit_of(bounds["low"], bounds["high"])


@router.post("/unit/sub-units")
def build_in(needs: Needs, by: By, page: Shown, form: Sent) -> Response:
    """Say that a unit sits in this one."""
    sub = form.need("sub_serial", page.say("Scan the unit that sits in this one."))

    def work() -> None:
        with needs.database.write() as connection:
            genealogy.build_in(
                connection,
                assembly=genealogy.find_member(
                    connection, form.text("serial_number"), form.text("part") or None
                ),
                unit=genealogy.find_member(connection, sub, form.text("sub_part") or None),
                place=form.text("sub_place") or None,
                reason=form.text("sub_reason") or None,
                at=needs.clock(),
                who=by.name,
            )

    return _try(needs, page, form, "sub", "The sub-unit was added to %(serial)s.", work, "sub_serial")


@router.post("/unit/sub-units/remove")
def take_out(needs: Needs, by: By, page: Shown, form: Sent) -> Response:
    """Take a unit out of this one, or replace it."""
    name = f"out_{form.text('link')}"
    reason = form.need(f"{name}_reason", page.say("Say why, for whoever reads this later."))
    other = form.text(f"{name}_by")

    def work() -> None:
        with needs.database.write() as connection:
            genealogy.take_out(
                connection,
                assembly=genealogy.find_member(
                    connection, form.text("serial_number"), form.text("part") or None
                ),
                unit=genealogy.find_member(
                    connection, form.text("sub_serial"), form.text("sub_part") or None
                ),
                replaced_by=genealogy.find_member(connection, other) if other else None,
                reason=reason,
                at=needs.clock(),
                who=by.name,
            )

    return _try(needs, page, form, name, "The sub-unit was taken out of %(serial)s.", work, f"{name}_by")
