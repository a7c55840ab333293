"""Two BOMs beside each other, component by component. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lotline_server.boms.queries import BomLineRow

Difference = Literal["added", "removed", "changed", "same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """A component in both BOMs. before, after: its line there; None where it has none.

    changed: which of quantity, attrition and designators differ; in words what came and went of those
    """

    component: str
    name: str
    uom: str
    difference: Difference
    before: BomLineRow | None
    after: BomLineRow | None
    changed: list[str]
    designators_gone: list[str]
    designators_new: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What becomes of the BOM of one revision in another one."""

    part_number: str
    before: str
    after: str
    counts: dict[str, int]
    rows: list[ComparedRow]


def compare(
    part_number: str,
    before: tuple[str, Sequence[BomLineRow]],
    after: tuple[str, Sequence[BomLineRow]],
) -> Comparison:
    """Compare the lines of two revisions: what differs first, in the order of the newer one."""
    old = {line.part: line for line in before[1]}
    new = {line.part: line for line in after[1]}
    keys = [*new, *(key for key in old if key not in new)]
    rows = [_row(old.get(key), new.get(key)) for key in keys]
    counts = dict.fromkeys(("added", "removed", "changed", "same"), 0)
    for row in rows:
        counts[row.difference] += 1
    rows.sort(key=lambda row: row.difference == "same")
    return Comparison(part_number=part_number, before=before[0], after=after[0], counts=counts, rows=rows)


def _row(old: BomLineRow | None, new: BomLineRow | None) -> ComparedRow:
    line = new or old
    assert line is not None  # noqa: S101 - a component stands in one of them
    gone = _designators(old) - _designators(new)
    came = _designators(new) - _designators(old)
    changed = []
    difference: Difference = "added" if old is None else "removed"
    if old is not None and new is not None:
        changed = [name for name in ("quantity", "attrition") if getattr(old, name) != getattr(new, name)]
        changed += ["designators"] if gone or came else []
        difference = "changed" if changed else "same"
    return ComparedRow(
        component=line.part_number,
        name=line.name,
        uom=line.uom,
        difference=difference,
        before=old,
        after=new,
        changed=changed,
        designators_gone=sorted(gone, key=natural) if old and new else [],
        designators_new=sorted(came, key=natural) if old and new else [],
    )


def _designators(line: BomLineRow | None) -> set[str]:
    return set() if line is None else set(filter(None, line.designators.split(",")))


def natural(designator: str) -> tuple[str, int, str]:
    """Order R2 before R10."""
    letters = designator.rstrip("0123456789")
    digits = designator[len(letters) :]
    return (letters, int(digits) if digits else 0, designator)
