"""Tables as people paste them: a heading, rows, and numbers that are read and never guessed. Pure."""

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lotline_server.core.errors import Invalid
from lotline_server.core.quantity import parse_amount

_EITHER = re.compile(r"[1-9][0-9]{0,2}([.,])[0-9]{3}(\1[0-9]{3})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class PastedRow:
    """A row. line: of the text, counted from 1. cells: by the column's own name, without space around them.

    comma: something else sets the columns apart, so a comma may be a number's point
    """

    line: int
    cells: Mapping[str, str]
    comma: bool

    def text(self, name: str) -> str:
        """Give a cell; empty where the row or the table does not have it."""
        return self.cells.get(name, "")

    def number(self, name: str, what: str) -> Decimal:
        """Read a cell as a number. Raises Invalid; see `read_number`."""
        return read_number(self.text(name), what, comma=self.comma)


def read_pasted(
    text: str, columns: Mapping[str, Collection[str]], *, needed: Sequence[str], most: int, whose: str
) -> list[PastedRow]:
    """Read a table with a heading; comma, semicolon or tab. Rows without any text are left out.

    columns: by their own names, how they may be headed, in small letters; other columns are left out. needed:
    those that must be there. most: how many rows; whose: of what, as the refusal says it ("a BOM")
    Raises Invalid where it is no such table at all.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise Invalid("the table is empty")
    heading = text.lstrip("\r\n").splitlines()[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[PastedRow] = []
    places: dict[str, int] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if places is None:
                places = _places(cells, columns, needed)
                continue
            if len(rows) == most:
                raise Invalid(f"{whose} has at most {most} rows")
            found = {name: cells[at].strip() for name, at in places.items() if at < len(cells)}
            rows.append(PastedRow(line=reader.line_num, cells=found, comma=delimiter != ","))
    except csv.Error as error:
        raise Invalid(f"line {reader.line_num} is not readable as CSV: {error}") from error
    return rows


def _places(
    heads: Sequence[str], columns: Mapping[str, Collection[str]], needed: Sequence[str]
) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, head in enumerate(heads):
        for name, known in columns.items():
            if head.strip().casefold() in known:
                if name in found:
                    raise Invalid(f"two columns of the table are the {name}: {heads[found[name]]} and {head}")
                found[name] = at
    missing = [name for name in needed if name not in found]
    if missing:
        raise Invalid(
            f"the first line must name the columns; {' and '.join(missing)} is missing "
            f"(known: {', '.join(columns)})"
        )
    return found


def read_number(text: str, what: str, *, comma: bool) -> Decimal:
    """Read a number. comma: the table sets its columns apart by something else, so a comma may be its point,
    and a point may set thousands apart: 1.250 is refused there, since it may be either. Raises Invalid.
    """
    if comma and _EITHER.fullmatch(text):
        whole = re.sub(r"[.,]", "", text)
        raise Invalid(f"{what} {text} may set thousands apart: write {whole}, or {text}0 for a fraction")
    return parse_amount(text.replace(",", ".") if comma else text, what)
