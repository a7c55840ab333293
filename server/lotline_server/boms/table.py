"""A BOM as a CSV file brings it: read into rows, each with what is wrong with it. Pure."""

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from lotline_server.core.errors import Invalid
from lotline_server.core.pasted import PastedRow, read_number, read_pasted
from lotline_server.core.quantity import from_micro, to_micro

MAX_ROWS = 5_000
MAX_QUANTITY = Decimal(1_000_000)
MAX_DESIGNATORS = 5_000

_COLUMNS = {
    "component": ("component", "part_number", "part number", "part", "pn", "item", "mpn", "teilenummer"),
    "quantity": ("quantity", "qty", "menge", "anzahl"),
    "attrition": ("attrition", "scrap", "loss", "ausschuss"),
    "designators": ("designators", "designator", "references", "reference", "refdes", "ref"),
}
_RANGE = re.compile(r"([A-Za-z_]+)([0-9]{1,5})\s*-\s*([A-Za-z_]*)([0-9]{1,5})")
_ENDS = re.compile(r"([A-Za-z_]+)(0|[1-9][0-9]{0,4})")
_DESIGNATOR = re.compile(r"[A-Za-z0-9_.+/-]{1,32}")


@dataclass(slots=True, kw_only=True)
class TableRow:
    """A row of the file. line: its line, counted from 1. What could not be read is None and in `problems`."""

    line: int
    component: str
    quantity: Decimal | None = None
    attrition: Decimal | None = None
    designators: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)


def read_table(text: str) -> list[TableRow]:
    """Read a CSV file with a heading; comma, semicolon or tab. Empty rows are left out. Invalid where it is
    no such file at all; what is wrong with one row stands in that row.
    """
    found = read_pasted(text, _COLUMNS, needed=("component", "quantity"), most=MAX_ROWS, whose="a BOM")
    return [_row(each) for each in found]


def _row(found: PastedRow) -> TableRow:
    row = TableRow(line=found.line, component=found.text("component")[:200])
    if not row.component:
        row.problems.append("no component is named")
    try:
        row.quantity = found.number("quantity", "the quantity")
        if row.quantity <= 0 or row.quantity > MAX_QUANTITY:
            row.problems.append(
                f"the quantity must be more than 0 and at most {MAX_QUANTITY}, not {row.quantity}"
            )
    except Invalid as error:
        row.problems.append(str(error))
    try:
        row.attrition = _attrition(found.text("attrition"), comma=found.comma)
    except Invalid as error:
        row.problems.append(str(error))
    try:
        row.designators = expand(found.text("designators"))
    except Invalid as error:
        row.problems.append(str(error))
    return row


def read_attrition(text: str) -> Decimal:
    """Read an attrition as a person types it: 0.5%, 0.005 or nothing. Raises Invalid."""
    return _attrition(text.strip(), comma=False)


def _attrition(text: str, *, comma: bool) -> Decimal:
    if not text:
        return Decimal(0)
    share = text.removesuffix("%").rstrip()
    value = read_number(share, "the attrition", comma=comma)
    if text.endswith("%"):
        try:
            value = from_micro(to_micro(value / 100))
        except ValueError as error:
            raise Invalid(f"the attrition {text} is finer than a millionth") from error
    if not 0 <= value <= 1:
        raise Invalid(f"the attrition must be 0 to 1, or 0% to 100%, not {text}")
    return value


def expand(text: str) -> tuple[str, ...]:
    """Read reference designators: R1, R2 R3; R5-R8. Invalid for what is none or stands twice."""
    found: list[str] = []
    joined = re.sub(r"([0-9])\s*-\s*([A-Za-z]*[0-9])", r"\1-\2", text)
    for piece in re.split(r"[\s,;]+", joined.strip()):
        if not piece:
            continue
        span = _RANGE.fullmatch(piece)
        if span is not None and span[3] in {"", span[1]}:
            first, last = int(span[2]), int(span[4])
            if last < first:
                raise Invalid(f"the designators {piece} run backwards")
            if last - first >= MAX_DESIGNATORS:
                raise Invalid(f"the designators {piece} are more than {MAX_DESIGNATORS}")
            found += [f"{span[1]}{number}" for number in range(first, last + 1)]
        elif _DESIGNATOR.fullmatch(piece):
            found.append(piece)
        else:
            raise Invalid(f"{piece[:40]!r} is no reference designator")
        if len(found) > MAX_DESIGNATORS:
            raise Invalid(f"a row has at most {MAX_DESIGNATORS} designators")
    twice = sorted(each for each, times in Counter(found).items() if times > 1)
    if twice:
        raise Invalid(f"{', '.join(twice[:5])} stands twice")
    return tuple(found)


def ranged(designators: str) -> str:
    """Write designators as people do, for `expand` to read back: R1,R2,R3,C7 becomes R1-R3, C7."""
    written: list[str] = []
    run: list[tuple[str, int]] = []
    for each in [*filter(None, designators.split(",")), ""]:
        found = _ENDS.fullmatch(each)
        follows = (
            found is not None and bool(run) and run[-1][0] == found[1] and int(found[2]) == run[-1][1] + 1
        )
        if run and not follows:
            first, last = f"{run[0][0]}{run[0][1]}", f"{run[-1][0]}{run[-1][1]}"
            written += [f"{first}-{last}"] if len(run) > 2 else [f"{name}{at}" for name, at in run]
            run = []
        if found is not None:
            run.append((found[1], int(found[2])))
        elif each:
            written.append(each)
    return ", ".join(written)
