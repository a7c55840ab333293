"""Counting a location: a sheet to print and fill in, its differences, and one posting for all of them."""

from uuid import uuid4

from fastapi.responses import Response

from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.quantity import parse_amount
from lotline_server.core.web import Needs
from lotline_server.inventory import counting, queries
from lotline_server.inventory.counting import CountedLine, Found
from lotline_server.parts import queries as parts
from lotline_server.parts.typed import typed_part
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.links import posting_url
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import sentence

router = pages_router()

A_SHEET = 200
"""More parts than this are counted in several sheets, each a range of part numbers."""


@router.get("/stock/count")
def new_count(
    needs: Needs,
    page: Shown,
    *,
    location: str = "Stock",
    after: str = "",
    empty: bool = False,
) -> Response:
    """Show a location's count sheet. empty: with the parts that should not be there any more, too."""
    with needs.database.read() as connection:
        found = queries.levels(
            connection, location=location, after=(after, location) if after else None, limit=A_SHEET
        )
    values = {"request_id": uuid4().hex, "next": found[-1].part_number if len(found) == A_SHEET else ""}
    for line in found:
        if line.quantity or empty:
            values[f"seen:{line.part_number}"] = f"{line.quantity:f}"
    return _form(needs, page, Filled(values=values), location)


def _form(
    needs: Needs,
    page: Shown,
    form: Filled,
    location: str,
    differences: list[CountedLine] | None = None,
) -> Response:
    numbers = [name.removeprefix("seen:") for name in form.values if name.startswith("seen:")]
    with needs.database.read() as connection:
        known = parts.find_parts(connection, numbers)
        locations = [each.name for each in queries.list_locations(connection)]
    by_part = {line.part_number: line for line in differences or ()}
    lines = [(known[each], by_part.get(each)) for each in numbers if each in known]
    return page.html(
        "stock_count.html",
        place="/stock",
        form=form,
        status=422 if form.errors else 200,
        location=location,
        locations=locations,
        lines=lines,
        differences=differences,
        wrong=sum(bool(line.difference) for line in differences or ()),
    )


@router.post("/stock/count")
def create_count(needs: Needs, by: By, page: Shown, form: forms.SentLong) -> Response:
    """Show the differences, or post them; or the sheet again with what is wrong."""
    location = form.text("location")
    found = _read(form)
    _add_part(needs, form)
    differences = None
    posted = None
    if not form.errors and form.text("do") != "add":
        if not found:
            form.errors[""] = page.say("Nothing was counted yet: type what you found into at least one line.")
        try:
            if form.text("do") == "post" and not form.errors:
                with needs.database.write() as connection:
                    posted = counting.count(
                        connection, location=location, found=found, reason=form.text("reason"),
                        request_id=form.text("request_id") or None, at=page.now, who=by.name,
                    )  # fmt: skip
            elif not form.errors:
                with needs.database.read() as connection:
                    differences = counting.differences(connection, location, found)
        except Conflict as error:
            form.errors[""] = sentence(error)
            _look_again(needs, form, location)
        except (Invalid, NotFound) as error:
            form.errors[""] = sentence(error)
    if posted is None:
        return _form(needs, page, form, location, differences)
    wrong = sum(bool(line.difference) for line in posted.lines)
    said = page.say_many(
        "%(location)s was counted: %(wrong)s of %(num)s part was not as it should be.",
        "%(location)s was counted: %(wrong)s of %(num)s parts were not as they should be.",
        len(posted.lines), location=location, wrong=wrong,
    )  # fmt: skip
    return page.done(posting_url(posted.posting or 0), said)


def _read(form: Filled) -> list[Found]:
    """Read what was counted; a line that was left empty was not counted."""
    found = []
    for name in [each for each in form.values if each.startswith("seen:")]:
        part = name.removeprefix("seen:")
        text = form.text(f"found:{part}")
        if text:
            try:
                quantity = parse_amount(text, f"what was counted of {part}", low=0)
                seen = parse_amount(form.text(name), "what should be there")
            except Invalid as error:
                form.errors[f"found:{part}"] = sentence(error)
                continue
            found.append(Found(part_number=part, quantity=quantity, seen=seen))
    return found


def _add_part(needs: Needs, form: Filled) -> None:
    """Put a part onto the sheet that nobody expected there."""
    typed = form.text("part_number")
    if not typed:
        return
    try:
        with needs.database.read() as connection:
            part = typed_part(connection, typed)
    except Invalid as error:
        form.errors["part_number"] = sentence(error)
        return
    form.values.setdefault(f"seen:{part.part_number}", "0")
    form.values["part_number"] = ""
    form.values["do"] = "add"


def _look_again(needs: Needs, form: Filled, location: str) -> None:
    """Show what the ledger says now beside what was counted."""
    with needs.database.read() as connection:
        lines = queries.levels(connection, location=location, limit=10_000)
    there = {line.part_number: line.quantity for line in lines}
    for name in [each for each in form.values if each.startswith("seen:")]:
        form.values[name] = f"{there.get(name.removeprefix('seen:'), 0):f}"
