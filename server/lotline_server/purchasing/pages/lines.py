"""One line of an order: its quantity, price and day, and how much of it is for which lot."""

from collections.abc import Callable
from decimal import Decimal

from fastapi.responses import Response
from sqlalchemy.engine import Connection

from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.web import Needs
from lotline_server.lots import ordering, procurement
from lotline_server.lots import queries as lots
from lotline_server.purchasing.pages.order import delay_words
from lotline_server.purchasing.service import require_line
from lotline_server.purchasing.statuses import COMING
from lotline_server.site import queries as site
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.links import order_url
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import sentence

router = pages_router()

MAX_LOTS = 200


@router.get("/purchasing/{number:path}/lines/{position}")
def show_line(number: str, position: int, needs: Needs, page: Shown) -> Response:
    """Show one line."""
    return _line(number, position, needs, page)


def _line(number: str, position: int, needs: Needs, page: Shown, form: Filled | None = None) -> Response:
    with needs.database.read() as connection:
        line = require_line(connection, number, position)
        (view,) = procurement.line_views(connection, [line], site.today(connection, page.now))
        open_lots = lots.list_lots(connection, only_open=True, limit=MAX_LOTS)
    return page.html(
        "order_line.html",
        place="/purchasing",
        form=form,
        status=422 if form is not None and form.errors else 200,
        view=view,
        line=line,
        here=f"{order_url(number)}/lines/{position}",
        delays=delay_words(page, view),
        is_draft=line.status == "draft",
        coming=line.status in COMING and line.received < line.quantity,
        lots=[lot.lot for lot in open_lots],
    )


@router.post("/purchasing/{number:path}/lines/{position}/change")
def change_line(  # noqa: PLR0917
    number: str, position: int, needs: Needs, by: By, page: Shown, form: forms.Sent
) -> Response:
    """Change a line."""
    quantity = form.amount("quantity", "the quantity") if "quantity" in form.values else None
    price = form.amount("price", "the price") if form.text("price") else None

    def write(connection: Connection) -> None:
        if form.outdated(require_line(connection, number, position)):
            return
        ordering.change_line(
            connection, order=number, position=position, quantity=quantity, price=price,
            estimated_delivery=form.text("estimated_delivery"), at=page.now, who=by.name,
        )  # fmt: skip

    if not _written(needs, form, "quantity", write):
        return _line(number, position, needs, page, form)
    return page.done(order_url(number), page.say("Line %(line)s was changed.", line=position))


@router.post("/purchasing/{number:path}/lines/{position}/remove")
def remove_line(  # noqa: PLR0917
    number: str, position: int, needs: Needs, by: By, page: Shown, form: forms.Sent
) -> Response:
    """Take a line off a draft."""

    def write(connection: Connection) -> None:
        ordering.remove_line(connection, order=number, position=position, at=page.now, who=by.name)

    if not _written(needs, form, "", write):
        return _line(number, position, needs, page, form)
    return page.done(f"{order_url(number)}/edit", page.say("Line %(line)s was removed.", line=position))


@router.post("/purchasing/{number:path}/lines/{position}/lots")
def assign_line(  # noqa: PLR0917
    number: str, position: int, needs: Needs, by: By, page: Shown, form: forms.Sent
) -> Response:
    """Say how much of a line is for a lot."""
    lot = form.need("lot", page.say("Pick the lot."))
    quantity = form.amount("share", "the quantity") if not form.errors else Decimal(0)

    def write(connection: Connection) -> None:
        ordering.assign(
            connection, order=number, position=position, lot=lot, quantity=quantity, at=page.now, who=by.name
        )

    if not _written(needs, form, "share", write):
        return _line(number, position, needs, page, form)
    said = page.say("Line %(line)s: what is for lot %(lot)s was changed.", line=position, lot=lot)
    return page.done(f"{order_url(number)}/lines/{position}", said)


def _written(needs: Needs, form: Filled, field: str, write: Callable[[Connection], None]) -> bool:
    """Do it in one transaction; tell whether it was done, and note beside a field what is wrong."""
    if not form.errors:
        try:
            with needs.database.write() as connection:
                write(connection)
        except (Invalid, Conflict, NotFound) as error:
            form.errors[field] = sentence(error)
    return not form.errors
