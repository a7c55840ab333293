"""Rules for BOMs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.boms import queries
from lotline_server.boms.compare import Comparison, compare
from lotline_server.boms.preview import Preview, preview
from lotline_server.boms.queries import BomLineRow, BomRow, UseRow
from lotline_server.boms.table import read_table
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.parts import queries as parts
from lotline_server.parts.queries import PartRow
from lotline_server.parts.service import check_revision, require_part


@dataclass(frozen=True, slots=True, kw_only=True)
class Bom:
    """The BOM of a part in one revision. bom: None where that revision has none. others: all there are."""

    part_number: str
    revision: str
    current: bool
    bom: BomRow | None
    lines: list[BomLineRow]
    others: list[BomRow]


def get_bom(connection: Connection, part_number: str, revision: str | None = None) -> Bom:
    """Give a part's BOM; without a revision that of the part's own. Raises NotFound for an unknown part."""
    part = require_part(connection, part_number)
    wanted = part.revision if revision is None else revision
    found = queries.find_bom(connection, part.id, wanted)
    return Bom(
        part_number=part_number,
        revision=wanted,
        current=wanted == part.revision,
        bom=found,
        lines=[] if found is None else queries.lines_of(connection, found.id),
        others=queries.list_boms(connection, part.id),
    )


def where_used(connection: Connection, part_number: str) -> list[UseRow]:
    """Give the BOMs that hold a part. Raises NotFound."""
    return queries.where_used(connection, require_part(connection, part_number).id)


def preview_import(
    connection: Connection, *, part_number: str, text: str, revision: str | None = None
) -> Preview:
    """Say what would become of every row of a CSV file; nothing is written. Raises NotFound, Invalid."""
    part = require_part(connection, part_number)
    check_has_bom(part)
    wanted = part.revision if revision is None else check_revision(revision)
    rows = read_table(text)
    present = queries.find_bom(connection, part.id, wanted)
    return preview(
        part_number,
        wanted,
        rows,
        known=parts.find_parts(connection, {row.component for row in rows}),
        above=queries.parts_above(connection, part.id),
        present=[] if present is None else queries.lines_of(connection, present.id),
    )


def commit_import(
    connection: Connection,
    *,
    part_number: str,
    text: str,
    digest: str,
    at: datetime,
    who: str,
    revision: str | None = None,
) -> Preview:
    """Do exactly what a preview said. Conflict where by now it would say something else; Invalid where it
    found an error.
    """
    found = preview_import(connection, part_number=part_number, text=text, revision=revision)
    if found.digest != digest:
        raise Conflict(
            f"the BOM of {part_number} would no longer become what the preview showed: look at it again"
        )
    if not found.ok:
        raise Invalid(f"{found.counts['error']} rows of the BOM have errors, or it has no rows at all")
    part = require_part(connection, part_number)
    known = parts.find_parts(connection, {row.component for row in found.rows})
    _put(connection, part, found, known, at=at, who=who)
    return found


def _put(
    connection: Connection,
    part: PartRow,
    found: Preview,
    known: dict[str, PartRow],
    *,
    at: datetime,
    who: str,
) -> None:
    lines = [
        {
            "component": known[row.component].id,
            "quantity": row.quantity,
            "attrition": row.attrition,
            "designators": row.designators,
        }
        for row in found.rows
        if row.fate != "removed"
    ]
    queries.put_bom(connection, part.id, found.revision, lines, at=at, who=who)
    counts = ", ".join(f"{count} {fate}" for fate, count in found.counts.items() if count)
    text = f"The BOM of {part.part_number} revision {found.revision} was imported: {counts}"
    was = {row.component: row.was or row.quantity for row in found.rows if row.fate in {"changed", "removed"}}
    now = {row.component: row.quantity for row in found.rows if row.fate in {"changed", "new"}}
    note(
        connection, at=at, who=who, what="bom.imported", subject=part.part_number, text=text,
        before=was, after=now,
    )  # fmt: skip
    changes.bump(connection, facts=False)


def check_has_bom(part: PartRow) -> None:
    """Raise Invalid for a part that is bought and not built."""
    if part.kind == "part":
        raise Invalid(f"{part.part_number} is of kind part: only a pcba or an assembly has a BOM")


def compare_revisions(connection: Connection, part_number: str, before: str, after: str) -> Comparison:
    """Compare the BOMs of two revisions of a part. Raises NotFound where one of them has none."""
    found = [require_revision(connection, part_number, each) for each in (before, after)]
    return compare(part_number, (before, found[0].lines), (after, found[1].lines))


def has_bom(connection: Connection, part: PartRow) -> bool:
    """Tell whether a part has a BOM with lines in any of its revisions."""
    return any(bom.lines for bom in queries.list_boms(connection, part.id))


def copy_bom(connection: Connection, part: PartRow, revision: str, *, at: datetime, who: str) -> None:
    """Have a part's present revision begin with the BOM of another one; a BOM that it has already stays."""
    source = queries.find_bom(connection, part.id, revision)
    if source is None or queries.find_bom(connection, part.id, part.revision) is not None:
        return
    lines = [
        {
            "component": line.part,
            "quantity": line.quantity,
            "attrition": line.attrition,
            "designators": line.designators,
        }
        for line in queries.lines_of(connection, source.id)
    ]
    queries.put_bom(connection, part.id, part.revision, lines, at=at, who=who)
    text = f"The BOM of {part.part_number} revision {part.revision} begins as that of revision {revision}"
    note(connection, at=at, who=who, what="bom.copied", subject=part.part_number, text=text)


def require_revision(connection: Connection, part_number: str, revision: str) -> Bom:
    """Give the BOM of a revision. Raises NotFound where there is none."""
    found = get_bom(connection, part_number, revision)
    if found.bom is None:
        raise NotFound(f"{part_number} has no BOM of revision {revision[:40]}")
    return found
