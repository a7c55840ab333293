"""The table of lots."""

from lotline_contract.look import MARKS, Mark
from lotline_server.lots.queries import LotRow
from lotline_server.web.language import N_
from lotline_server.web.links import lot_url, part_url
from lotline_server.web.tables import Column, Table

LotLine = tuple[LotRow, float | None]
"""A lot with its first-pass yield, the product over its operations; None before the first."""


def _failed(line: LotLine) -> Mark | None:
    return MARKS["FAIL"] if line[0].failed else None


LOTS: Table[LotLine] = Table(
    name="lots",
    row_key=lambda line: line[0].lot,
    columns=(
        Column(
            key="lot",
            title=N_("Lot"),
            value=lambda line: line[0].lot,
            href=lambda line: lot_url(line[0].lot),
            under=lambda line: None if line[0].open else line[0].status.replace("_", " "),
        ),
        Column(
            key="part",
            title=N_("Part"),
            value=lambda line: line[0].part_number,
            href=lambda line: part_url(line[0].part_number),
            under=lambda line: line[0].part_name,
        ),
        Column(key="project", title=N_("Project"), value=lambda line: line[0].project),
        Column(
            key="progress",
            title=N_("Progress"),
            kind="tally",
            value=lambda line: (line[0].completed, line[0].in_progress, line[0].failed, line[0].target),
            written=lambda line: line[0].completed,
        ),
        Column(
            key="target", title=N_("Target"), kind="number", value=lambda line: line[0].target, chosen=False
        ),
        Column(
            key="failed",
            title=N_("Failed"),
            kind="number",
            value=lambda line: line[0].failed,
            meaning=_failed,
        ),
        Column(key="yield", title=N_("First-pass yield"), kind="percent", value=lambda line: line[1]),
        Column(key="due", title=N_("Due"), kind="day", value=lambda line: line[0].planned_end),
        Column(
            key="priority",
            title=N_("Priority"),
            kind="number",
            value=lambda line: line[0].priority,
            chosen=False,
        ),
        Column(
            key="customer_order",
            title=N_("Customer order"),
            value=lambda line: line[0].customer_order,
            chosen=False,
        ),
        Column(key="created", title=N_("Created"), kind="moment", value=lambda line: line[0].created_at),
    ),
)
