"""One line of a BOM, set or removed by hand: held to the same rules as a file, in the whole of its BOM."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.boms import queries, service
from lotline_server.boms.preview import RowFate, preview
from lotline_server.boms.queries import BomLineRow
from lotline_server.boms.service import Bom
from lotline_server.boms.table import MAX_QUANTITY, MAX_ROWS, TableRow, expand
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Invalid, NotFound
from lotline_server.parts import queries as parts
from lotline_server.parts.service import check_revision, require_part


def set_line(
    connection: Connection,
    *,
    part_number: str,
    component: str,
    quantity: Decimal,
    at: datetime,
    who: str,
    attrition: Decimal = Decimal(0),
    designators: str = "",
    revision: str | None = None,
) -> Bom:
    """Give a BOM a line, or change the one with this component; the others stay. Raises NotFound, Invalid.

    designators: R1, R2 R5-R8. A BOM that a released lot was built to is the lot's own, and stays as it was.
    """
    part = require_part(connection, part_number)
    wanted = _revision(part.revision, revision)
    service.check_has_bom(part)
    if not 0 < quantity <= MAX_QUANTITY:
        raise Invalid(f"the quantity must be more than 0 and at most {MAX_QUANTITY}, not {quantity}")
    if not 0 <= attrition <= 1:
        raise Invalid(f"the attrition must be 0 to 1, or 0% to 100%, not {attrition}")
    require_part(connection, component)
    present = service.get_bom(connection, part_number, wanted).lines
    before = next((line for line in present if line.part_number == component), None)
    row = TableRow(
        line=0, component=component, quantity=quantity, attrition=attrition, designators=expand(designators)
    )
    rows = [row if line.part_number == component else _row(line) for line in present]
    rows += [row] if before is None else []
    if len(rows) > MAX_ROWS:
        raise Invalid(f"a BOM has at most {MAX_ROWS} lines")
    known = parts.find_parts(connection, {each.component for each in rows})
    above = queries.parts_above(connection, part.id)
    # What stands there already may have become wrong since; only what this line brings is refused.
    seen = preview(part_number, wanted, rows, known=known, above=above, present=[])
    fate = next(each for each in seen.rows if each.component == component)
    _refuse(fate, row, present)
    lines = [_stored(each, known[each.component].id) for each in rows]
    queries.put_bom(connection, part.id, wanted, lines, at=at, who=who)
    said = _said(quantity, attrition, ",".join(row.designators))
    if before is None:
        text = f"{component} was added to the BOM of {part_number} revision {wanted}: {quantity} per unit"
    else:
        text = f"{component} was changed in the BOM of {part_number} revision {wanted}"
    was = None if before is None else _said(before.quantity, before.attrition, before.designators)
    note(
        connection,
        at=at,
        who=who,
        what="bom.line",
        subject=part_number,
        text=text,
        before=was,
        after={"component": component, **said},
    )
    changes.bump(connection, facts=False)
    return service.get_bom(connection, part_number, wanted)


def remove_line(
    connection: Connection,
    *,
    part_number: str,
    component: str,
    at: datetime,
    who: str,
    revision: str | None = None,
) -> Bom:
    """Take a component out of a BOM. Raises NotFound where it is not in it."""
    part = require_part(connection, part_number)
    wanted = _revision(part.revision, revision)
    present = service.get_bom(connection, part_number, wanted).lines
    gone = next((line for line in present if line.part_number == component), None)
    if gone is None:
        raise NotFound(f"{component[:64]} is not in the BOM of {part_number} revision {wanted}")
    lines = [_stored(_row(line), line.part) for line in present if line.part_number != component]
    queries.put_bom(connection, part.id, wanted, lines, at=at, who=who)
    was = {"component": component, **_said(gone.quantity, gone.attrition, gone.designators)}
    text = f"{component} was removed from the BOM of {part_number} revision {wanted}"
    note(connection, at=at, who=who, what="bom.line", subject=part_number, text=text, before=was)
    changes.bump(connection, facts=False)
    return service.get_bom(connection, part_number, wanted)


def _revision(present: str, asked: str | None) -> str:
    return present if asked is None else check_revision(asked)


def _refuse(fate: RowFate, row: TableRow, present: Sequence[BomLineRow]) -> None:
    """Raise Invalid for what is wrong with a line. A designator that stands elsewhere is said with its place:
    the preview names lines of a file, which this has none of.
    """
    for line in present:
        taken = sorted(set(row.designators) & set(filter(None, line.designators.split(","))))
        if taken and line.part_number != row.component:
            raise Invalid(f"{', '.join(taken[:5])} stands at {line.part_number} already")
    problems = [each for each in fate.problems if " stands in line " not in each]
    if problems:
        raise Invalid("; ".join(problems))


def _row(line: BomLineRow) -> TableRow:
    return TableRow(
        line=line.position,
        component=line.part_number,
        quantity=line.quantity,
        attrition=line.attrition,
        designators=tuple(filter(None, line.designators.split(","))),
    )


def _stored(row: TableRow, component: int) -> dict[str, object]:
    return {
        "component": component,
        "quantity": row.quantity,
        "attrition": row.attrition,
        "designators": ",".join(row.designators),
    }


def _said(quantity: Decimal, attrition: Decimal, designators: str) -> dict[str, object]:
    return {"quantity": quantity, "attrition": attrition, "designators": designators}
