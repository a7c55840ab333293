"""CSV for people's spreadsheets: a text cell can never become a formula, a number stays a number."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

Cell = str | float | int | bool | Decimal | None
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(cell: Cell) -> str | float | int:
    """Give a cell as it may be written: text that a spreadsheet would execute is quoted."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_DANGEROUS) else cell
    return cell


def write_csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Write a table as RFC 4180 has it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue()
