"""The table of lots."""

from dataclasses import dataclass

from lotline_contract.look import MARKS, Mark
from lotline_server.lots.outlook import Outlook
from lotline_server.lots.pages.words import RISKS, STATUS_MARKS
from lotline_server.lots.queries import LotRow
from lotline_server.web.language import N_
from lotline_server.web.links import lot_url, part_url
from lotline_server.web.tables import Column, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class LotLine:
    """A lot with its first-pass yield, the product over its operations; None before the first."""

    lot: LotRow
    first_pass_yield: float | None
    outlook: Outlook


def _failed(line: LotLine) -> Mark | None:
    return MARKS["FAIL"] if line.lot.failed else None


def _risk(line: LotLine) -> Mark | None:
    return RISKS.get(line.outlook.risk)


LOTS: Table[LotLine] = Table(
    name="lots",
    row_key=lambda line: line.lot.lot,
    columns=(
        Column(
            key="lot",
            title=N_("Lot"),
            value=lambda line: line.lot.lot,
            href=lambda line: lot_url(line.lot.lot),
        ),
        Column(
            key="status",
            title=N_("Status"),
            kind="mark",
            value=lambda line: STATUS_MARKS[line.lot.status],
            written=lambda line: line.lot.status,
        ),
        Column(
            key="part",
            title=N_("Part"),
            value=lambda line: line.lot.part_number,
            href=lambda line: part_url(line.lot.part_number),
            under=lambda line: line.lot.part_name,
        ),
        Column(key="project", title=N_("Project"), value=lambda line: line.lot.project),
        Column(
            key="progress",
            title=N_("Progress"),
            kind="tally",
            value=lambda line: (line.lot.completed, line.lot.in_progress, line.lot.failed, line.lot.target),
            written=lambda line: line.lot.completed,
        ),
        Column(
            key="target", title=N_("Target"), kind="number", value=lambda line: line.lot.target, chosen=False
        ),
        Column(
            key="failed",
            title=N_("Failed"),
            kind="number",
            value=lambda line: line.lot.failed,
            meaning=_failed,
        ),
        Column(
            key="yield",
            title=N_("First-pass yield"),
            kind="percent",
            value=lambda line: line.first_pass_yield,
        ),
        Column(
            key="due", title=N_("Due"), kind="day", value=lambda line: line.lot.planned_end, meaning=_risk
        ),
        Column(
            key="expected",
            title=N_("Ends at this rate"),
            kind="day",
            value=lambda line: line.outlook.expected,
            chosen=False,
        ),
        Column(
            key="risk",
            title=N_("At risk"),
            kind="mark",
            value=_risk,
            written=lambda line: line.outlook.risk,
            chosen=False,
        ),
        Column(
            key="priority",
            title=N_("Priority"),
            kind="number",
            value=lambda line: line.lot.priority,
            chosen=False,
        ),
        Column(
            key="customer_order",
            title=N_("Customer order"),
            value=lambda line: line.lot.customer_order,
            chosen=False,
        ),
        Column(
            key="planned_start",
            title=N_("Planned start"),
            kind="day",
            value=lambda line: line.lot.planned_start,
            chosen=False,
        ),
        Column(
            key="created",
            title=N_("Created"),
            kind="moment",
            value=lambda line: line.lot.created_at,
            chosen=False,
        ),
    ),
)
