"""What stands in a lot's way, in words a person acts on, the worst first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, assert_never

from lotline_server.lots.material_queries import LotEventRow
from lotline_server.lots.outlook import Outlook
from lotline_server.lots.procurement import Coming, Procurement, Supply
from lotline_server.lots.queries import LotRow
from lotline_server.lots.statuses import ACTIVE

Kind = Literal[
    "on_hold", "planned", "short", "overdue", "will_miss", "standing", "held", "no_serials", "bom_moved"
]
SHORT_NAMED = 3
"""So many shortages are named one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One thing. What a kind does not say is None, or 0.

    short: part_number, quantity, uom; order, day, coming: what is on order for it next. count: of short
    with no part_number how many more there are, of held and no_serials how many units, of bom_moved the lines
    """

    kind: Kind
    reason: str | None = None
    part_number: str | None = None
    quantity: Decimal | None = None
    uom: str | None = None
    order: str | None = None
    coming: Decimal | None = None
    day: str | None = None
    due: str | None = None
    count: int = 0

    @property
    def text(self) -> str:  # noqa: PLR0911 - one for each kind
        """Say it in English."""
        match self.kind:
            case "on_hold":
                return "On hold: stations refuse its units" + (f" ({self.reason})" if self.reason else "")
            case "planned":
                return "Not released: stations do not know its units yet"
            case "short":
                return self._short()
            case "overdue":
                return f"It was due on {self.due}"
            case "will_miss":
                return f"At the present rate it ends on {self.day}, due is {self.due}"
            case "standing":
                return f"Nothing was completed in the last days, due is {self.due}"
            case "held":
                return f"{self.count} of its units are on hold until quality decides"
            case "no_serials":
                return f"{self.count} of its units have no serial number yet"
            case "bom_moved":
                return f"The part's BOM moved on since the release, in {self.count} lines"
            case other:
                assert_never(other)

    def _short(self) -> str:
        if self.part_number is None:
            return f"{self.count} more components are short"
        said = f"{self.quantity} {self.uom} of {self.part_number} short"
        if self.order is None:
            return f"{said}, nothing on order"
        return f"{said}, {self.coming} due {self.day or 'on a day nobody said'} on {self.order}"


def blocks(lot: LotRow, found: Procurement, outlook: Outlook, events: Sequence[LotEventRow]) -> list[Block]:
    """Give what stands in the way of a lot; nothing of one that is over."""
    if lot.status not in ACTIVE:
        return []
    said: list[Block] = []
    if lot.status == "on_hold":
        reason = next((each.reason for each in events if each.after == "on_hold"), None)
        said.append(Block(kind="on_hold", reason=reason))
    said += _shortages(found)
    match outlook.risk:
        case "overdue":
            said.append(Block(kind="overdue", due=outlook.due))
        case "will_miss":
            said.append(Block(kind="will_miss", due=outlook.due, day=outlook.expected))
        case "standing":
            said.append(Block(kind="standing", due=outlook.due))
        case "none":
            pass
        case other:
            assert_never(other)
    if lot.status == "planned":
        said.append(Block(kind="planned"))
    if lot.held:
        said.append(Block(kind="held", count=lot.held))
    missing = lot.target + lot.scrapped - lot.units
    if missing > 0:
        said.append(Block(kind="no_serials", count=missing))
    if found.material.differences:
        said.append(Block(kind="bom_moved", count=len(found.material.differences)))
    return said


def _shortages(found: Procurement) -> list[Block]:
    short = [each for each in found.supplies if each.component.shortage > 0]
    # What nobody ordered stands before what comes, and what comes last before what comes soon.
    short.sort(
        key=lambda each: (
            bool(_coming(each)), _negative(_coming(each)[0][3] if _coming(each) else None),
            each.component.part_number,
        )
    )  # fmt: skip
    said = []
    for each in short[:SHORT_NAMED]:
        next_one = _coming(each)
        order, _, coming, day = next_one[0] if next_one else (None, 0, None, None)
        said.append(
            Block(
                kind="short",
                part_number=each.component.part_number,
                quantity=each.component.shortage,
                uom=each.component.uom,
                order=order,
                coming=coming,
                day=day,
            )
        )
    if len(short) > SHORT_NAMED:
        said.append(Block(kind="short", count=len(short) - SHORT_NAMED))
    return said


def _coming(supply: Supply) -> list[Coming]:
    """Give what comes: for the lot, and where nothing does, what is for nobody."""
    return supply.expected or supply.unassigned


def _negative(day: str | None) -> int:
    return -date.fromisoformat(day).toordinal() if day else -date.max.toordinal()
