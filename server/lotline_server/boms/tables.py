"""The table of a BOM's lines. Its CSV is one that an import reads."""

from decimal import Decimal

from lotline_contract.look import N_
from lotline_server.boms.queries import BomLineRow
from lotline_server.boms.table import ranged
from lotline_server.parts.tables import STATUS_MARKS
from lotline_server.web.links import part_url
from lotline_server.web.tables import Column, Table

LineStock = tuple[BomLineRow, Decimal]
"""A line, and how much of its component may be used."""

BOM: Table[LineStock] = Table(
    name="bom",
    row_key=lambda row: row[0].part_number,
    a_page=5_000,
    columns=(
        Column(
            key="component",
            title=N_("Component"),
            value=lambda row: row[0].part_number,
            href=lambda row: part_url(row[0].part_number),
            under=lambda row: row[0].name,
        ),
        Column(key="name", title=N_("Name"), value=lambda row: row[0].name, chosen=False),
        Column(
            key="quantity",
            title=N_("Per unit"),
            kind="quantity",
            value=lambda row: row[0].quantity,
            uom=lambda row: row[0].uom,
        ),
        Column(
            key="attrition",
            title=N_("Attrition"),
            kind="percent",
            value=lambda row: float(row[0].attrition) or None,
            written=lambda row: row[0].attrition,
        ),
        Column(
            key="designators",
            title=N_("Reference designators"),
            value=lambda row: ranged(row[0].designators) or None,
            written=lambda row: row[0].designators,
            sorts=False,
        ),
        Column(
            key="stock",
            title=N_("In stock"),
            kind="quantity",
            value=lambda row: row[1],
            uom=lambda row: row[0].uom,
        ),
        Column(
            key="status",
            title=N_("Status"),
            kind="mark",
            value=lambda row: None if row[0].status == "active" else STATUS_MARKS[row[0].status],
            written=lambda row: row[0].status,
            chosen=False,
        ),
    ),
)
