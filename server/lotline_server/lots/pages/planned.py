"""The fields that say what is planned of a lot, as forms send them: read, with what is wrong by field."""

from typing import Any

from sqlalchemy.engine import Connection

from lotline_server.core.errors import Refused
from lotline_server.inventory import queries as inventory
from lotline_server.inventory.service import require_location
from lotline_server.lots.changing import check_days, check_plan
from lotline_server.lots.pages import words
from lotline_server.projects import queries as projects
from lotline_server.web import shown
from lotline_server.web.forms import Filled

CHOICES = ("kind", "consumption", "location")
"""What is not sent of these is as usual."""
MAX_PROJECT = 200


def whole_number(form: Filled, name: str, what: str, *, empty: int | None = None) -> int | None:
    """Read a whole number that may be negative; None, with an error noted, where it is none."""
    text = form.text(name)
    if not text and empty is not None:
        return empty
    digits = text.removeprefix("-").removeprefix("−")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        form.errors[name] = f"{what} is a whole number." + (f" You typed “{text[:40]}”." if text else "")
        return None
    return -int(digits) if len(digits) < len(text) else int(digits)


def read_plan(connection: Connection, form: Filled, names: tuple[str, ...]) -> dict[str, Any]:
    """Give what was sent of these fields; notes an error beside each that is no good."""
    found: dict[str, Any] = {}
    numbers = {"target": "The target", "priority": "The priority"}
    for name in names:
        if name in CHOICES and not form.text(name):
            continue
        if name in numbers:
            value = whole_number(form, name, numbers[name], empty=0 if name == "priority" else None)
            if value is None:
                continue
            found[name] = value
        else:
            found[name] = form.text(name)
        try:
            if name == "location":
                require_location(connection, found[name] or "Stock")
            elif name != "project":
                check_plan(**{name: found[name]})
            elif len(found[name]) > MAX_PROJECT:
                form.errors[name] = f"At most {MAX_PROJECT} characters; these are {len(found[name])}."
        except Refused as error:
            form.errors[name] = shown.sentence(error)
    if not form.errors:
        try:
            check_days(found.get("planned_start") or None, found.get("planned_end") or None)
        except Refused:
            form.errors["planned_end"] = "A lot is not due before it begins."
    return found


def choices(connection: Connection) -> dict[str, Any]:
    """Give what the selects and suggestions of such a form offer."""
    return {
        "kinds": words.KINDS,
        "consumptions": words.CONSUMPTIONS,
        "locations": [each.name for each in inventory.list_locations(connection) if each.kind == "stock"],
        "projects": [each.name for each in projects.list_projects(connection, only_active=True)],
    }
