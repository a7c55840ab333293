"""Lines of an order from a table: every row's fate is shown before anything is written; all go in or none."""

import csv
import io
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy.engine import Connection

from lotline_server.core.errors import Conflict, Invalid
from lotline_server.core.quantity import parse_amount
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
    text = text.removeprefix("\ufeff").strip()
    if not text:
        raise Invalid("the table is empty")
    heading = text.splitlines()[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[ImportRow] = []
    columns: dict[str, int] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = _columns(cells)
            else:
                rows.append(_row(reader.line_num, cells, columns, comma=delimiter != ","))
    except csv.Error as error:
        raise Invalid(f"line {reader.line_num} is not readable as a table: {error}") from error
    if not rows:
        raise Invalid("below its heading the table has no row")
    return rows


def _columns(cells: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        for name, known in _COLUMNS.items():
            if cell.strip().casefold() in known:
                if name in found:
                    raise Invalid(f"two columns of the table are the {name}")
                found[name] = at
    missing = [name for name in ("part", "quantity") if name not in found]
    if missing:
        raise Invalid(
            f"the first line must name the columns; {' and '.join(missing)} is missing "
            "(known: part, quantity, price, delivery)"
        )
    return found


def _row(line: int, cells: list[str], columns: dict[str, int], *, comma: bool) -> ImportRow:
    def cell(name: str) -> str:
        at = columns.get(name)
        return cells[at].strip() if at is not None and at < len(cells) else ""

    row = ImportRow(line=line, part_number=cell("part")[:200])
    for name in ("quantity", "price"):
        text = cell(name).replace(",", ".") if comma else cell(name)
        if text or name == "quantity":
            try:
                setattr(row, name, parse_amount(text, f"the {name}"))
            except Invalid as error:
                row.problems.append(str(error))
    try:
        row.estimated_delivery = check_day(cell("delivery"))
    except Invalid as error:
        row.problems.append(str(error))
    return row
