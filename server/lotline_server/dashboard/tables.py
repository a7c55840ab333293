"""The tables of the first page and of the pages behind its chart."""

import math

from lotline_contract.look import Mark
from lotline_server.dashboard.service import LotLine
from lotline_server.lots.queries import UnitRow
from lotline_server.web import marks
from lotline_server.web.language import N_
from lotline_server.web.links import lot_url, part_url, unit_url
from lotline_server.web.tables import Column, Table

_WORDS = {
    "planned": Mark(meaning="neutral", glyph="hourglass", word=N_("Planned")),
    "released": Mark(meaning="neutral", glyph="dot", word=N_("Released")),
    "in_production": Mark(meaning="neutral", glyph="dot", word=N_("In production")),
    "on_hold": Mark(meaning="attention", glyph="blocked", word=N_("On hold")),
}
_AMBER = Mark(meaning="attention", glyph="warning", word=N_("At risk"))
RISKS = {
    "overdue": N_("overdue"),
    "will_miss": N_("too slow for it"),
    "standing": N_("nothing completed lately"),
}


def rolled(line: LotLine) -> float | None:
    """Give one first-pass yield of a lot: the product over its operations; None before the first."""
    known = [share for share in line.first_pass_yield.values() if share is not None]
    return math.prod(known) if known else None


ACTIVE_LOTS: Table[LotLine] = Table(
    name="lots",
    row_key=lambda line: line.lot.lot,
    a_page=15,
    columns=(
        Column(
            key="lot",
            title=N_("Lot"),
            value=lambda line: line.lot.lot,
            href=lambda line: lot_url(line.lot.lot),
            under=lambda line: line.lot.project,
        ),
        Column(
            key="part",
            title=N_("Part"),
            value=lambda line: line.lot.part_number,
            href=lambda line: part_url(line.lot.part_number),
            under=lambda line: line.lot.part_name,
        ),
        Column(key="status", title=N_("Status"), kind="mark", value=lambda line: _WORDS[line.lot.status]),
        Column(
            key="progress",
            title=N_("Progress"),
            kind="tally",
            value=lambda line: (
                line.lot.completed,
                line.lot.in_progress,
                line.lot.failed,
                line.lot.target,
            ),
            written=lambda line: line.lot.completed,
        ),
        Column(
            key="failed",
            title=N_("Failed"),
            kind="number",
            value=lambda line: line.lot.failed,
            chosen=False,
        ),
        Column(key="yield", title=N_("First-pass yield"), kind="percent", value=rolled),
        Column(
            key="due",
            title=N_("Due"),
            kind="day",
            value=lambda line: line.lot.planned_end,
            meaning=lambda line: _AMBER if line.outlook.at_risk else None,
            under=lambda line: RISKS.get(line.outlook.risk),
        ),
        Column(
            key="short",
            title=N_("Short components"),
            kind="number",
            value=lambda line: line.short,
            meaning=lambda line: _AMBER if line.short else None,
            chosen=False,
        ),
        Column(
            key="priority",
            title=N_("Priority"),
            kind="number",
            value=lambda line: line.lot.priority,
            chosen=False,
        ),
    ),
)

COMPLETED: Table[UnitRow] = Table(
    name="completed",
    row_key=lambda unit: f"{unit.part_number} {unit.serial_number}",
    sort="-completed",
    columns=(
        Column(
            key="serial_number",
            title=N_("Serial number"),
            value=lambda unit: unit.serial_number,
            href=lambda unit: unit_url(unit.serial_number, unit.part_number),
        ),
        Column(
            key="part",
            title=N_("Part"),
            value=lambda unit: unit.part_number,
            href=lambda unit: part_url(unit.part_number),
        ),
        Column(
            key="lot",
            title=N_("Lot"),
            value=lambda unit: unit.lot,
            href=lambda unit: lot_url(unit.lot) if unit.lot else None,
        ),
        Column(
            key="status",
            title=N_("Status"),
            kind="mark",
            value=lambda unit: marks.status_mark(unit.status),
        ),
        Column(key="completed", title=N_("When"), kind="moment", value=lambda unit: unit.completed_at),
    ),
)
