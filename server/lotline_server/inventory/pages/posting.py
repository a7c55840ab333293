"""What people post: receipts, issues, adjustments and transfers, and what they take back."""

from typing import Literal, get_args
from uuid import uuid4

from fastapi.responses import Response

from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.web import Needs
from lotline_server.inventory import ledger_queries, queries, service
from lotline_server.inventory.pages.tables import KINDS
from lotline_server.parts.typed import typed_part
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.language import N_
from lotline_server.web.links import posting_url, stock_url
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import amount, sentence

router = pages_router()

MoveKind = Literal["receipt", "issue", "adjustment", "transfer"]
MOVES: tuple[MoveKind, ...] = get_args(MoveKind)
TITLES: dict[str, str] = {
    "receipt": N_("Receive into stock"),
    "issue": N_("Issue from stock"),
    "adjustment": N_("Adjust stock"),
    "transfer": N_("Transfer between locations"),
}
QUESTIONS: dict[str, str] = {
    "receipt": N_("How much came in."),
    "issue": N_("How much is taken out."),
    "adjustment": N_("The difference: −3 where three are missing, 3 where three are too many."),
    "transfer": N_("How much is moved."),
}


@router.get("/stock/move")
def new_posting(
    needs: Needs,
    page: Shown,
    *,
    kind: MoveKind = "receipt",
    part: str = "",
    location: str = "",
) -> Response:
    """Show the form of a posting."""
    values = {"kind": kind, "part_number": part, "location": location or "Stock", "request_id": uuid4().hex}
    return _form(needs, page, Filled(values=values), kind)


def _form(needs: Needs, page: Shown, form: Filled, kind: MoveKind) -> Response:
    with needs.database.read() as connection:
        locations = [each.name for each in queries.list_locations(connection)]
        part = queries.levels(connection, part_number=form.text("part_number"))
    return page.html(
        "stock_move.html",
        place="/stock",
        form=form,
        status=422 if form.errors else 200,
        kind=kind,
        titles=TITLES,
        questions=QUESTIONS,
        locations=locations,
        levels=part,
    )


@router.post("/stock/move")
def create_posting(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Post it, once, or show the form again with what is wrong."""
    wanted = form.text("kind")
    kind: MoveKind = next((each for each in MOVES if each == wanted), "receipt")
    form.need("part_number", page.say("Pick the part."))
    text = form.text("quantity").replace("−", "-")
    form.values["quantity"] = text
    quantity = form.amount("quantity", "the quantity")
    if kind == "adjustment":
        form.need("reason", page.say("An adjustment needs a reason."))
    if kind == "transfer":
        form.need("to_location", page.say("Pick where it is moved to."))
    posted = None
    number = ""
    if not form.errors:
        try:
            with needs.database.write() as connection:
                part = typed_part(connection, form.text("part_number"))
                number = part.part_number
                posted = service.post_by_hand(
                    connection,
                    kind=kind,
                    part_number=number,
                    quantity=quantity,
                    location=form.text("location"),
                    to_location=form.text("to_location") if kind == "transfer" else None,
                    reason=form.text("reason"),
                    reference=form.text("reference"),
                    request_id=form.text("request_id") or None,
                    at=page.now,
                    who=by.name,
                )
        except (Invalid, Conflict, NotFound) as error:
            form.errors["part_number" if not number else "quantity"] = sentence(error)
    if form.errors or posted is None:
        return _form(needs, page, form, kind)
    said = page.say("%(what)s of %(quantity)s of %(part)s was posted.", what=page.say(KINDS[kind]),
                    quantity=amount(quantity), part=number)  # fmt: skip
    return page.done(stock_url(number), said)


@router.get("/stock/postings/{posting}")
def show_posting(posting: int, needs: Needs, page: Shown) -> Response:
    """Show a posting with its lines."""
    return _posting(posting, needs, page)


def _posting(posting: int, needs: Needs, page: Shown, form: Filled | None = None) -> Response:
    with needs.database.read() as connection:
        found = service.require_posting(connection, posting)
        lines = ledger_queries.ledger(connection, posting=posting, limit=5000)
        taken_back_by = queries.reversal_of(connection, posting)
    return page.html(
        "stock_posting.html",
        place="/stock",
        form=form,
        status=422 if form is not None else 200,
        posting=found,
        what=KINDS.get(found.kind, found.kind),
        lines=lines,
        taken_back_by=taken_back_by,
        reversible=found.kind in service.MANUAL_KINDS and taken_back_by is None,
    )


@router.post("/stock/postings/{posting}/take-back")
def reverse_posting(posting: int, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Take a posting back, or show it again with what is wrong."""
    reason = form.need("reason", page.say("Say why it is taken back."))
    made = None
    if not form.errors:
        try:
            with needs.database.write() as connection:
                made = service.reverse(connection, posting=posting, reason=reason, at=page.now, who=by.name)
        except (Invalid, Conflict) as error:
            form.errors["reason"] = sentence(error)
    if form.errors or made is None:
        return _posting(posting, needs, page, form)
    return page.done(posting_url(made), page.say("Posting %(posting)s was taken back.", posting=posting))
