"""Changing what is planned of a lot: its fields, each change an event with its reason."""

from typing import Any

from fastapi.responses import Response

from lotline_server.core.caller import By
from lotline_server.core.errors import Refused
from lotline_server.core.web import Needs
from lotline_server.lots import changing, service
from lotline_server.lots.pages import planned
from lotline_server.lots.queries import LotRow
from lotline_server.web import forms, shown
from lotline_server.web.forms import Filled
from lotline_server.web.links import lot_url
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router

router = pages_router()

ALWAYS = ("target", "priority", "project", "notes", "customer_order", "planned_start", "planned_end")
BEFORE_RELEASE = ("kind", "consumption", "location")


def fields_of(lot: LotRow) -> tuple[str, ...]:
    """Give what may still be changed of a lot."""
    return ALWAYS if lot.released_at is not None else ALWAYS + BEFORE_RELEASE


def _present(lot: LotRow, name: str) -> str:
    value = getattr(lot, name)
    if name == "location" and value is None:
        return "Stock"
    return "" if value is None else str(value)


@router.get("/lots/{lot:path}/edit")
def edit_lot(lot: str, needs: Needs, page: Shown) -> Response:
    """Show the form that changes a lot."""
    return _form(lot, needs, page, None)


def _form(name: str, needs: Needs, page: Page, form: Filled | None) -> Response:
    with needs.database.read() as connection:
        lot = service.require_lot(connection, name)
        offered = planned.choices(connection)
    present = {each: _present(lot, each) for each in fields_of(lot)}
    if form is None:
        form = Filled(values=present | {f"was_{each}": text for each, text in present.items()})
    show = page.again if form.errors else page.html
    return show(
        "lot_edit.html", place="/lots", form=form, lot=lot, here=lot_url(name), fields=present, **offered
    )


@router.post("/lots/{lot:path}/edit")
def change_lot(lot: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Change what differs from what the form showed; nothing where somebody changed the same meanwhile."""
    with needs.database.read() as connection:
        found = service.require_lot(connection, lot)
        changed = tuple(
            name for name in fields_of(found) if not _same(form.text(name), form.text(f"was_{name}"))
        )
        wanted: dict[str, Any] = planned.read_plan(connection, form, changed)
    for name in changed:
        now = _present(found, name)
        if not _same(now, form.text(f"was_{name}")) and name not in form.errors:
            form.errors[name] = page.say(
                "Somebody changed this meanwhile, to “%(now)s”. Look at it, then save again.", now=now[:80]
            )
            form.values[f"was_{name}"] = now
    if form.errors:
        return _form(lot, needs, page, form)
    try:
        with needs.database.write() as connection:
            changing.change_lot(
                connection, lot=lot, reason=form.text("reason"), at=page.now, who=by.name, **wanted
            )
    except Refused as error:
        form.errors[""] = shown.sentence(error)
        return _form(lot, needs, page, form)
    return page.done(lot_url(lot), page.say("Lot %(lot)s was changed.", lot=lot))


def _same(one: str, other: str) -> bool:
    """Tell whether two texts say the same; a form sends line ends of its own."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
