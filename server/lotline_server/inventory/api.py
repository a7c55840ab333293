"""Stock over HTTP."""

from dataclasses import dataclass

from fastapi import APIRouter

from lotline_server.core.caller import By
from lotline_server.core.paging import Paged
from lotline_server.core.quantity import Amount, parse_amount
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.inventory import counting, ledger_queries, queries, service
from lotline_server.inventory.counting import Counted, Found
from lotline_server.inventory.ledger_queries import MovementRow
from lotline_server.inventory.queries import LevelRow, LocationRow

router = APIRouter(prefix="/api/v1", tags=["stock"], route_class=StrictRoute)


class NewPosting(Form):
    """What a person did. quantity: a decimal as text, or a whole number; of a count what was found, of an
    adjustment the difference. request_id: a repetition with it changes nothing
    """

    kind: service.ManualKind
    part_number: str
    quantity: Amount
    location: str = "Stock"
    to_location: str | None = None
    reason: str | None = None
    reference: str | None = None
    request_id: str | None = None


class FoundPart(Form):
    """What was counted of a part. seen: what the count sheet said; a part that moved since is refused."""

    part_number: str
    quantity: Amount
    seen: Amount | None = None


class NewCount(Form):
    """The count of a location. post: False only shows the differences. request_id: a repetition with it
    changes nothing
    """

    location: str
    lines: list[FoundPart]
    reason: str | None = None
    request_id: str | None = None
    post: bool = True


class NewLocation(Form):
    """A location to be created."""

    name: str


class Reversal(Form):
    """Why a posting is taken back."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A posting with its lines of the ledger."""

    posting: int
    movements: list[MovementRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongSum:
    """A level that is not the sum of its ledger, both in millionths. part, location: row ids."""

    part: int
    location: int
    level: int
    ledger: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Whether every level is the sum of its ledger. wrong: where it is not."""

    ok: bool
    wrong: list[WrongSum]


@router.get("/locations")
def list_locations(needs: Needs, pages: Paged) -> list[LocationRow]:
    """List the locations."""
    with needs.database.read() as connection:
        found = queries.list_locations(connection)
    return pages.among(found, lambda row: (row.id,))


@router.post("/locations", status_code=201)
def create_location(form: NewLocation, needs: Needs, by: By) -> LocationRow:
    """Create a location."""
    with needs.database.write() as connection:
        return service.add_location(connection, name=form.name, at=needs.clock(), who=by.name)


@router.get("/stock")
def list_stock(
    needs: Needs,
    *,
    q: str = "",
    part_number: str | None = None,
    location: str | None = None,
    pages: Paged,
) -> list[LevelRow]:
    """List what lies where, by part number; `q` is how that begins."""
    with needs.database.read() as connection:
        found = queries.levels(
            connection,
            part_number=part_number,
            beginning=q,
            location=location,
            after=pages.after(str, str),
            limit=pages.ask,
        )
    return pages.cut(found, lambda row: (row.part_number, row.location))


@router.get("/stock/ledger")
def list_ledger(
    needs: Needs,
    *,
    part_number: str | None = None,
    location: str | None = None,
    pages: Paged,
) -> list[MovementRow]:
    """List the lines of the ledger, the newest first."""
    with needs.database.read() as connection:
        found = ledger_queries.ledger(
            connection,
            part_number=part_number,
            location=location,
            after=pages.after(int, int),
            limit=pages.ask,
        )
    return pages.cut(found, ledger_queries.place_of)


@router.get("/stock/check")
def check_stock(needs: Needs) -> Checked:
    """Hold every level against the sum of its ledger."""
    with needs.database.read() as connection:
        wrong = [
            WrongSum(part=part, location=location, level=level, ledger=ledger)
            for part, location, level, ledger in queries.wrong_sums(connection)
        ]
    return Checked(ok=not wrong, wrong=wrong)


@router.post("/stock/postings", status_code=201)
def create_posting(form: NewPosting, needs: Needs, by: By) -> Posted:
    """Post a receipt, an issue, an adjustment, a count or a transfer."""
    with needs.database.write() as connection:
        posting = service.post_by_hand(
            connection,
            kind=form.kind,
            part_number=form.part_number,
            quantity=parse_amount(form.quantity, "quantity"),
            location=form.location,
            to_location=form.to_location,
            reason=form.reason,
            reference=form.reference,
            request_id=form.request_id,
            at=needs.clock(),
            who=by.name,
        )
        return Posted(posting=posting, movements=ledger_queries.ledger(connection, posting=posting))


@router.post("/stock/counts", status_code=201)
def create_count(form: NewCount, needs: Needs, by: By) -> Counted:
    """Count a location: see the differences, or post them all at once."""
    found = [
        Found(
            part_number=each.part_number,
            quantity=parse_amount(each.quantity, f"what was counted of {each.part_number[:64]}"),
            seen=None if each.seen is None else parse_amount(each.seen, "seen"),
        )
        for each in form.lines
    ]
    if not form.post:
        with needs.database.read() as connection:
            lines = counting.differences(connection, form.location, found)
        return Counted(location=form.location, lines=lines, posting=None)
    with needs.database.write() as connection:
        return counting.count(
            connection, location=form.location, found=found, reason=form.reason,
            request_id=form.request_id, at=needs.clock(), who=by.name,
        )  # fmt: skip


@router.post("/stock/postings/{posting}/reverse", status_code=201)
def reverse_posting(posting: int, form: Reversal, needs: Needs, by: By) -> Posted:
    """Take a posting back by a counter-entry."""
    with needs.database.write() as connection:
        made = service.reverse(connection, posting=posting, reason=form.reason, at=needs.clock(), who=by.name)
        return Posted(posting=made, movements=ledger_queries.ledger(connection, posting=made))
