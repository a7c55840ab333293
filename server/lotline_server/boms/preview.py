"""What an import would do, row by row, before anything is written. Pure. Its digest binds the commit."""

import dataclasses
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lotline_server.boms.queries import BomLineRow
from lotline_server.boms.table import TableRow
from lotline_server.parts.queries import PartRow

Fate = Literal["new", "changed", "same", "removed", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFate:
    """What becomes of one row. line: of the file; None for a component that stands only in the present BOM.

    problems: why the whole import is refused. remarks: what a person should look at. was: the present line,
    where that is another
    """

    line: int | None
    component: str
    name: str | None
    fate: Fate
    quantity: Decimal | None
    attrition: Decimal | None
    designators: str
    problems: list[str]
    remarks: list[str]
    was: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """All rows with their fates. digest: what to send back to have exactly this done. ok: it can be done."""

    part_number: str
    revision: str
    ok: bool
    digest: str
    counts: dict[str, int]
    rows: list[RowFate]


def preview(
    part_number: str,
    revision: str,
    rows: Sequence[TableRow],
    *,
    known: Mapping[str, PartRow],
    above: Collection[int],
    present: Sequence[BomLineRow],
) -> Preview:
    """Say what an import would do. above: the parts that may be no component, since they hold this one."""
    standing = {line.part_number: line for line in present}
    first_line: dict[str, int] = {}
    where: dict[str, int] = {}
    fates = []
    for row in rows:
        part = known.get(row.component)
        problems = list(row.problems)
        if row.component in first_line:
            problems.append(f"{row.component} stands in line {first_line[row.component]} already")
        elif row.component:
            first_line[row.component] = row.line
        for designator in row.designators:
            if designator in where:
                problems.append(f"{designator} stands in line {where[designator]} already")
            where.setdefault(designator, row.line)
        problems += _problems(row, part, part_number, above)
        fates.append(_fate(row, part, problems, standing.get(row.component)))
    fates += [
        RowFate(
            line=None, component=line.part_number, name=line.name, fate="removed", quantity=line.quantity,
            attrition=line.attrition, designators=line.designators, problems=[], remarks=[], was=None,
        )
        for line in present
        if line.part_number not in first_line
    ]  # fmt: skip
    counts = dict.fromkeys(("new", "changed", "same", "removed", "error"), 0)
    for fate in fates:
        counts[fate.fate] += 1
    return Preview(
        part_number=part_number,
        revision=revision,
        ok=bool(rows) and counts["error"] == 0,
        digest=_digest(part_number, revision, fates),
        counts=counts,
        rows=fates,
    )


def _problems(row: TableRow, part: PartRow | None, part_number: str, above: Collection[int]) -> list[str]:
    if part is None:
        return [f"part {row.component} does not exist"] if row.component else []
    found = []
    if part.part_number == part_number:
        found.append(f"{part_number} cannot be its own component")
    elif part.id in above:
        found.append(f"a cycle: {row.component} is itself made of {part_number}")
    if row.quantity is not None and part.uom == "pcs" and row.quantity != int(row.quantity):
        found.append(f"{row.component} is counted in pcs: {row.quantity} is no whole number")
    if row.designators and row.quantity is not None and len(row.designators) != row.quantity:
        found.append(f"{len(row.designators)} designators for a quantity of {row.quantity}")
    return found


def _fate(row: TableRow, part: PartRow | None, problems: list[str], standing: BomLineRow | None) -> RowFate:
    designators = ",".join(row.designators)
    remarks = []
    if part is not None and part.status != "active":
        remarks.append(f"{row.component} is {part.status.replace('_', ' ')}")
    fate: Fate = "new"
    was = None
    if problems:
        fate = "error"
    elif standing is not None:
        before = (standing.quantity, standing.attrition, standing.designators)
        fate = "same" if before == (row.quantity, row.attrition, designators) else "changed"
    if standing is not None and fate == "changed":
        was = f"{standing.quantity} (attrition {standing.attrition}) {standing.designators}".rstrip()
    return RowFate(
        line=row.line,
        component=row.component,
        name=None if part is None else part.name,
        fate=fate,
        quantity=row.quantity,
        attrition=row.attrition,
        designators=designators,
        problems=problems,
        remarks=remarks,
        was=was,
    )


def _digest(part_number: str, revision: str, fates: Sequence[RowFate]) -> str:
    said = [part_number, revision, [dataclasses.asdict(fate) for fate in fates]]
    return hashlib.sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()
