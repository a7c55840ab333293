"""Serial numbers that somebody else made: every row's fate is shown before anything is written."""

import csv
import dataclasses
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.engine import Connection

from lotline_contract.identity import normalise_serial
from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid
from lotline_server.lots import unit_queries
from lotline_server.lots.material import require_key
from lotline_server.lots.queries import UnitRow
from lotline_server.lots.service import MAX_BLOCK, insert_serials
from lotline_server.parts import queries as parts
from lotline_server.parts.serials import SerialFormat
from lotline_server.parts.service import format_of, require_part

_HEADINGS = frozenset({"serial_number", "serial number", "serial", "serials", "sn", "seriennummer"})

SerialFate = Literal["new", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialRow:
    """What becomes of a row. line: of the text. serial_number: in normal form. problem: why it is refused."""

    line: int
    serial_number: str
    fate: SerialFate
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialPreview:
    """All rows with their fates. digest: what to send back to have just this done. ok: no row is refused."""

    lot: str
    part_number: str
    format: str
    ok: bool
    digest: str
    new: int
    refused: int
    rows: list[SerialRow]


def read_serials(text: str) -> list[tuple[int, str]]:
    """Read (line, cell) of a pasted list, or of a CSV file in which one column is headed `serial_number`.

    Raises Invalid where it is neither.
    """
    text = text.removeprefix("\ufeff")
    rows: list[tuple[int, list[str]]] = []
    first = text.lstrip().splitlines()[0] if text.strip() else ""
    delimiter = max(";\t,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
            if len(rows) > MAX_BLOCK + 1:
                raise Invalid(f"at most {MAX_BLOCK} serial numbers are imported at once")
    except csv.Error as error:
        raise Invalid(f"line {reader.line_num} is not readable as CSV: {error}") from error
    if not rows:
        raise Invalid("there is no serial number in it")
    heading = [cell.strip().casefold() for cell in rows[0][1]]
    named = [at for at, cell in enumerate(heading) if cell in _HEADINGS]
    if len(named) > 1:
        raise Invalid("two columns are headed as serial numbers: leave one")
    if not named and any(len(cells) > 1 for _, cells in rows):
        raise Invalid("there is more than one column: head the one with the numbers `serial_number`")
    column, data = (named[0], rows[1:]) if named else (0, rows)
    if len(data) > MAX_BLOCK:
        raise Invalid(f"at most {MAX_BLOCK} serial numbers are imported at once, not {len(data)}")
    return [(line, cells[column] if column < len(cells) else "") for line, cells in data]


def preview_serials(connection: Connection, *, lot: str, text: str) -> SerialPreview:
    """Say what would become of every row; nothing is written. Raises NotFound, Invalid; Conflict for a lot
    that is over.
    """
    key = require_key(connection, lot)
    if key.status in {"completed", "closed_short", "cancelled"}:
        raise Conflict(f"lot {lot} is {key.status.replace('_', ' ')}: it takes no serial numbers")
    part = require_part(connection, key.part_number)
    read = read_serials(text)
    known = unit_queries.units_of_serials(connection, [_normal(cell)[0] for _, cell in read])
    rows = _fates(read, part.part_number, lot, format_of(part), known, _other_formats(connection, part.id))
    refused = sum(row.fate == "error" for row in rows)
    said = [lot, part.part_number, [dataclasses.astuple(row) for row in rows]]
    return SerialPreview(
        lot=lot,
        part_number=part.part_number,
        format=str(format_of(part)),
        ok=not refused and bool(rows),
        digest=hashlib.sha256(json.dumps(said).encode()).hexdigest(),
        new=len(rows) - refused,
        refused=refused,
        rows=rows,
    )


def _other_formats(connection: Connection, part: int) -> dict[str, SerialFormat]:
    return {each.part_number: format_of(each) for each in parts.all_parts(connection) if each.id != part}


def _normal(cell: str) -> tuple[str, str | None]:
    """Give a serial number in its normal form, and what is wrong with it."""
    try:
        return normalise_serial(cell), None
    except ValueError as error:
        return cell.strip()[:64], str(error)


def _fates(  # noqa: PLR0917
    read: Sequence[tuple[int, str]],
    part_number: str,
    lot: str,
    form: SerialFormat,
    known: Mapping[str, Sequence[UnitRow]],
    others: Mapping[str, SerialFormat],
) -> list[SerialRow]:
    first_line: dict[str, int] = {}
    rows = []
    for line, cell in read:
        serial, problem = _normal(cell)
        if problem is None and serial in first_line:
            problem = f"it stands in line {first_line[serial]} already"
        first_line.setdefault(serial, line)
        if problem is None:
            problem = _taken(known.get(serial, ()), part_number, lot)
        if problem is None and not form.fits(serial):
            whose = next((number for number, each in others.items() if each.fits(serial)), None)
            problem = f"it does not have the format {form}" + (f" but that of part {whose}" if whose else "")
        fate: SerialFate = "new" if problem is None else "error"
        rows.append(SerialRow(line=line, serial_number=serial, fate=fate, problem=problem))
    return rows


def _taken(units: Sequence[UnitRow], part_number: str, lot: str) -> str | None:
    for unit in units:
        if unit.part_number != part_number:
            return f"it is a unit of part {unit.part_number}"
        if unit.lot == lot:
            return "it is a unit of this lot already"
        return f"it is a unit of lot {unit.lot} already" if unit.lot else "it is a unit without a lot already"
    return None


def commit_serials(
    connection: Connection,
    *,
    lot: str,
    text: str,
    digest: str,
    at: datetime,
    who: str,
    leave_out_refused: bool = False,
) -> SerialPreview:
    """Do exactly what a preview said. Conflict where by now it would say something else; Invalid where rows
    are refused and not left out, or none is left.
    """
    found = preview_serials(connection, lot=lot, text=text)
    if found.digest != digest:
        raise Conflict("the import would no longer do what the preview showed: look at it again")
    if found.refused and not leave_out_refused:
        raise Invalid(f"{found.refused} rows are refused: mend them, or have them left out")
    fresh = [row.serial_number for row in found.rows if row.fate == "new"]
    if not fresh:
        raise Invalid("no serial number is left to import")
    key = require_key(connection, lot)
    insert_serials(connection, part=key.part, lot=key.id, serials=fresh, at=at)
    text = f"{len(fresh)} serial numbers were imported into lot {lot}: {fresh[0]} to {fresh[-1]}"
    note(connection, at=at, who=who, what="lot.serials", subject=lot, text=text)
    changes.bump(connection, facts=True)
    return found
