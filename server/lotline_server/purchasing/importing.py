"""Lines of an order from a table: every row's fate is shown before anything is written; all go in or none."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy.engine import Connection

from lotline_server.core.errors import Conflict, Invalid
from lotline_server.core.pasted import PastedRow, read_pasted
from lotline_server.parts import queries as parts
from lotline_server.purchasing.checks import check_amounts, check_day
from lotline_server.purchasing.service import MAX_LINES, add_line, require_order

_COLUMNS = {
    "part": ("part", "part_number", "part number", "component", "item", "teilenummer"),
    "quantity": ("quantity", "qty", "menge", "anzahl"),
    "price": ("price", "unit price", "preis", "einzelpreis"),
    "delivery": ("delivery", "expected", "estimated_delivery", "date", "liefertermin"),
}


@dataclass(slots=True, kw_only=True)
class ImportRow:
    """A row of the table. line: its line, counted from 1. problems: why nothing of the table is added."""

    line: int
    part_number: str
    name: str | None = None
    uom: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    estimated_delivery: str | None = None
    problems: list[str] = field(default_factory=list)


def preview(connection: Connection, *, order: str, text: str) -> list[ImportRow]:
    """Say what becomes of each row. Raises NotFound, Conflict where it is no draft, Invalid for no table."""
    found = require_order(connection, order)
    if found.status != "draft":
        raise Conflict(f"purchase order {order} is {found.status.replace('_', ' ')}: only a draft is edited")
    rows = read_rows(text)
    if found.lines + len(rows) > MAX_LINES:
        raise Invalid(f"an order has at most {MAX_LINES} lines")
    known = parts.find_parts(connection, [row.part_number for row in rows])
    for row in rows:
        part = known.get(row.part_number)
        if part is None:
            row.problems.append(f"part {row.part_number[:64]} does not exist")
            continue
        row.name, row.uom = part.name, part.uom
        if part.status == "obsolete":
            row.problems.append(f"part {row.part_number} is obsolete: it is not ordered any more")
        if row.quantity is not None:
            try:
                check_amounts(row.quantity, row.price, part.uom)
            except Invalid as error:
                row.problems.append(str(error))
    return rows


def add_rows(connection: Connection, *, order: str, text: str, at: datetime, who: str) -> int:
    """Add every row as a line and give how many there were. Raises as `preview` does, and Invalid where one
    of them cannot be added.
    """
    rows = preview(connection, order=order, text=text)
    for row in rows:
        if row.problems or row.quantity is None:
            raise Invalid(f"line {row.line}: {row.problems[0] if row.problems else 'it has no quantity'}")
        add_line(
            connection, order=order, part_number=row.part_number, quantity=row.quantity, price=row.price,
            estimated_delivery=row.estimated_delivery, at=at, who=who,
        )  # fmt: skip
    return len(rows)


def read_rows(text: str) -> list[ImportRow]:
    """Read a table with a heading; comma, semicolon or tab. Pure. Invalid where it is none."""
    found = read_pasted(text, _COLUMNS, needed=("part", "quantity"), most=MAX_LINES, whose="an order")
    if not found:
        raise Invalid("below its heading the table has no row")
    return [_row(each) for each in found]


def _row(found: PastedRow) -> ImportRow:
    row = ImportRow(line=found.line, part_number=found.text("part")[:200])
    for name in ("quantity", "price"):
        if found.text(name) or name == "quantity":
            try:
                setattr(row, name, found.number(name, f"the {name}"))
            except Invalid as error:
                row.problems.append(str(error))
    try:
        row.estimated_delivery = check_day(found.text("delivery"))
    except Invalid as error:
        row.problems.append(str(error))
    return row
