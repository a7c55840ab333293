"""The labels of a lot's units."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy.engine import Connection

from lotline_server.core.errors import Invalid, NotFound
from lotline_server.labels.papers import Paper, paper_of
from lotline_server.labels.pdf import MAX_LABELS, Label, labels_pdf
from lotline_server.labels.symbols import CODES, Code
from lotline_server.lots import queries, unit_queries
from lotline_server.lots.queries import LotRow, UnitRow
from lotline_server.lots.service import require_lot

Line = Literal["serial_number", "part_number", "part_name", "lot", "project", "customer_order"]
LINES: tuple[Line, ...] = get_args(Line)
MAX_TEXT = 60


def lot_labels(
    connection: Connection,
    *,
    lot: str,
    code: str,
    size: str,
    lines: Sequence[str],
    at: datetime,
    text: str = "",
    serials: Sequence[str] = (),
    status: str | None = None,
    held: bool = False,
    prefix: str = "",
    after: str | None = None,
    offset: int = 0,
    limit: int = MAX_LABELS,
    dpi: int = 300,
    skip: int = 0,
) -> bytes:
    """Draw the labels of a lot's units as PDF: of the serials that are named, else of what the filters let
    through behind `after` or `offset`, at most `limit`. text: a line of its own, below the others.

    Raises NotFound, Invalid.
    """
    found = require_lot(connection, lot)
    known_code = check_code(code)
    _check_lines(lines, text)
    units = _units(
        connection, lot, serials, limit, status=status, held=held, prefix=prefix, after=after, offset=offset
    )
    if not units:
        raise Invalid(f"lot {lot} has no such unit: nothing to print")
    paper: Paper = paper_of(size)
    labels = [_label(unit, found, lines, text.strip()) for unit in units]
    return labels_pdf(labels, paper, known_code, dpi=dpi, skip=skip, title=f"Labels of lot {lot}", at=at)


def first_label(
    connection: Connection,
    *,
    lot: str,
    lines: Sequence[str],
    text: str,
    serials: Sequence[str],
    **filters: Any,
) -> Label:
    """Give what would stand on the first of these labels. Raises as `lot_labels`."""
    found = require_lot(connection, lot)
    _check_lines(lines, text)
    units = _units(connection, lot, serials[:1], 1, **filters)
    if not units:
        raise Invalid(f"lot {lot} has no such unit: nothing to print")
    return _label(units[0], found, lines, text.strip())


def check_code(code: str) -> Code:
    """Give a code by its name. Raises Invalid."""
    if code not in CODES:
        raise Invalid(f"code {code[:40]!r} is not one of {', '.join(CODES)}")
    return code


def _check_lines(lines: Sequence[str], text: str) -> None:
    strange = [line for line in lines if line not in LINES]
    if strange:
        raise Invalid(f"line {strange[0][:40]!r} is not one of {', '.join(LINES)}")
    if len(text) > MAX_TEXT:
        raise Invalid(f"a label's own text has at most {MAX_TEXT} characters, not {len(text)}")


def _units(
    connection: Connection, lot: str, serials: Sequence[str], limit: int, **filters: Any
) -> list[UnitRow]:
    if not 1 <= limit <= MAX_LABELS or len(serials) > MAX_LABELS:
        raise Invalid(f"a PDF has 1 to {MAX_LABELS} labels: print more in several")
    if not serials:
        return queries.lot_units(connection, lot, limit=limit, **filters)
    known = unit_queries.units_of_serials(connection, serials)
    found = [unit for serial in serials for unit in known.get(serial, ()) if unit.lot == lot]
    if len(set(serials)) < len(serials):
        raise Invalid("a serial number is named twice: each unit has one label")
    there = {unit.serial_number for unit in found}
    for serial in serials:
        if serial not in there:
            raise NotFound(f"{serial[:64]!r} is no unit of lot {lot}")
    return found


def _label(unit: UnitRow, lot: LotRow, lines: Sequence[str], text: str) -> Label:
    said = {
        "serial_number": unit.serial_number,
        "part_number": unit.part_number,
        "part_name": lot.part_name,
        "lot": lot.lot,
        "project": lot.project,
        "customer_order": lot.customer_order,
    }
    chosen = [said[line] for line in LINES if line in lines] + [text]
    return Label(code=unit.serial_number, lines=tuple(line for line in chosen if line))
