"""The table of a lot's units, and what may be done with many of them at once."""

from lotline_contract.look import N_, Mark
from lotline_server.lots.queries import UnitRow
from lotline_server.web.links import unit_url
from lotline_server.web.marks import status_mark
from lotline_server.web.tables import Column, Table

HELD = Mark(meaning="attention", glyph="hand", word=N_("On hold"))

UNITS: Table[UnitRow] = Table(
    name="units",
    row_key=lambda unit: unit.serial_number,
    sort="serial_number",
    a_page=100,
    columns=(
        Column(
            key="serial_number",
            title=N_("Serial number"),
            value=lambda unit: unit.serial_number,
            href=lambda unit: unit_url(unit.serial_number, unit.part_number),
        ),
        Column(
            key="status",
            title=N_("Status"),
            kind="mark",
            value=lambda unit: status_mark(unit.status),
            written=lambda unit: unit.status,
        ),
        Column(
            key="hold",
            title=N_("Hold"),
            kind="mark",
            value=lambda unit: HELD if unit.hold is not None else None,
            under=lambda unit: unit.hold,
            written=lambda unit: unit.hold,
            sorts=False,
        ),
        Column(
            key="completed_at", title=N_("Completed"), kind="moment", value=lambda unit: unit.completed_at
        ),
        Column(
            key="created_at",
            title=N_("Created"),
            kind="moment",
            value=lambda unit: unit.created_at,
            sorts=False,
            chosen=False,
        ),
    ),
)

BULK: dict[str, tuple[str, str, str | None]] = {
    "completed": (N_("Mark completed"), "mark", "completed"),
    "failed": (N_("Mark failed"), "mark", "failed"),
    "in_progress": (N_("Mark in progress"), "mark", "in_progress"),
    "withdraw": (N_("Withdraw the mark"), "withdraw", None),
    "hold": (N_("Put on hold"), "hold", None),
    "release": (N_("Release from hold"), "release", None),
    "rework": (N_("Open for rework"), "rework", None),
    "scrap": (N_("Scrap"), "scrap", None),
    "unscrap": (N_("Take back from scrap"), "unscrap", None),
}
"""(words, action, mark) by what the form sends."""
