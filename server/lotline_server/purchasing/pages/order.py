"""One purchase order: its lines, what is late and whom that delays, what arrived, and what was said of it."""

from urllib.parse import quote

from fastapi.responses import Response

from lotline_server.activity import queries as activity
from lotline_server.core.web import Needs
from lotline_server.lots import procurement
from lotline_server.lots.procurement import LineView
from lotline_server.purchasing.pages.tables import LINES, line_url
from lotline_server.purchasing.paper import order_pdf
from lotline_server.purchasing.statuses import COMING, ON_THE_WAY, following
from lotline_server.purchasing.suppliers import require_supplier
from lotline_server.site import queries as site
from lotline_server.web.forms import Filled
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import amount

router = pages_router()


@router.get("/purchasing/{number:path}/order.pdf")
def show_pdf(number: str, needs: Needs, page: Shown) -> Response:
    """Give the order as the supplier gets it."""
    with needs.database.read() as connection:
        view = procurement.order_view(connection, number, site.today(connection, page.now))
        supplier = require_supplier(connection, view.order.supplier)
        day = site.today(connection, page.now)
    name = quote(f"{number.replace('/', '-')}.pdf")
    headers = {"Content-Disposition": f"inline; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    return Response(
        order_pdf(view.order, [each.line for each in view.lines], supplier, day=day, at=page.now),
        media_type="application/pdf",
        headers=headers,
    )


@router.get("/purchasing/{number:path}")
def show_order(number: str, needs: Needs, page: Shown) -> Response:
    """Show one order."""
    return order_page(number, needs, page)


def order_page(number: str, needs: Needs, page: Shown, form: Filled | None = None) -> Response:
    """Show one order; with a form's errors where there are some."""
    with needs.database.read() as connection:
        found = procurement.order_view(connection, number, site.today(connection, page.now))
        said = [
            entry
            for entry in activity.latest(connection, limit=200, subject=number)
            if entry.what.startswith("order.")
        ]
    status = found.order.status
    asked = LINES.asked(page.request)
    view = asked.view(found.lines, matching=len(found.lines))
    return page.table(
        "order.html",
        view,
        place="/purchasing",
        form=form,
        status=422 if form is not None and form.errors else 200,
        found=found,
        order=found.order,
        delays=[(line_url(each), words) for each in found.lines for words in delay_words(page, each)],
        steps=following(status),
        is_draft=status == "draft",
        on_the_way=status in ON_THE_WAY,
        coming=status in COMING,
        history=said,
    )


def delay_words(page: Shown, view: LineView) -> list[str]:
    """Say of a line, in words, what it delays; nothing where it delays nothing and is not late."""
    line = view.line
    outstanding = f"{amount(line.quantity - line.received)} {line.uom}"
    lots = ", ".join(view.delays)
    if view.late:
        said = page.say_many(
            "Line %(line)s: %(quantity)s of %(part)s are %(num)s day late, expected on %(day)s.",
            "Line %(line)s: %(quantity)s of %(part)s are %(num)s days late, expected on %(day)s.",
            view.days_late, line=line.position, quantity=outstanding, part=line.part_number,
            day=line.estimated_delivery,
        )  # fmt: skip
    elif view.delays:
        said = page.say(
            "Line %(line)s: %(quantity)s of %(part)s are expected on %(day)s, after they are needed.",
            line=line.position, quantity=outstanding, part=line.part_number, day=line.estimated_delivery,
        )  # fmt: skip
    else:
        return []
    if view.delays:
        said += " " + page.say_many("This delays lot %(lots)s.", "This delays lots %(lots)s.",
                                    len(view.delays), lots=lots)  # fmt: skip
    promised, expected = line.promised_delivery, line.estimated_delivery
    if promised is not None and expected is not None and promised < expected:
        said += " " + page.say("It was promised for %(day)s.", day=promised)
    return [said]
