"""The table of a lot's units."""

from lotline_contract.look import N_
from lotline_server.lots.queries import UnitRow
from lotline_server.web.links import unit_url
from lotline_server.web.marks import status_mark
from lotline_server.web.tables import Column, Table

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
