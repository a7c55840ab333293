"""The table of parts, and the words and marks of what a part is."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from lotline_contract.look import N_, Mark
from lotline_server.parts.queries import PartRow
from lotline_server.web.links import part_url, project_url
from lotline_server.web.tables import Column, Table

KIND_WORDS: Mapping[str, str] = {"part": N_("Part"), "pcba": N_("Board"), "assembly": N_("Assembly")}
STATUS_MARKS: Mapping[str, Mark] = {
    "active": Mark(meaning="neutral", glyph="dot", word=N_("Active")),
    "not_for_new": Mark(meaning="attention", glyph="warning", word=N_("Not for new lots")),
    "obsolete": Mark(meaning="attention", glyph="blocked", word=N_("Obsolete")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    """A part of the list. stock: what may be used. route: on one line. following: its next serial number."""

    part: PartRow
    kind: str
    stock: Decimal
    route: str | None
    following: str | None


PARTS: Table[PartLine] = Table(
    name="parts",
    row_key=lambda line: line.part.part_number,
    sort="part_number",
    columns=(
        Column(
            key="part_number",
            title=N_("Part number"),
            value=lambda line: line.part.part_number,
            href=lambda line: part_url(line.part.part_number),
            under=lambda line: line.part.name,
        ),
        Column(key="name", title=N_("Name"), value=lambda line: line.part.name, chosen=False),
        Column(
            key="kind", title=N_("Kind"), value=lambda line: line.kind, written=lambda line: line.part.kind
        ),
        Column(key="revision", title=N_("Revision"), value=lambda line: line.part.revision),
        Column(
            key="status",
            title=N_("Status"),
            kind="mark",
            value=lambda line: STATUS_MARKS[line.part.status],
            written=lambda line: line.part.status,
        ),
        Column(
            key="project",
            title=N_("Project"),
            value=lambda line: line.part.project,
            href=lambda line: None if line.part.project is None else project_url(line.part.project),
        ),
        Column(
            key="stock",
            title=N_("In stock"),
            kind="quantity",
            value=lambda line: line.stock,
            uom=lambda line: line.part.uom,
            sorts=False,
        ),
        Column(key="uom", title=N_("Unit of measure"), value=lambda line: line.part.uom, chosen=False),
        Column(key="route", title=N_("Route"), value=lambda line: line.route, sorts=False),
        Column(
            key="next_serial",
            title=N_("Next serial number"),
            value=lambda line: line.following,
            sorts=False,
            chosen=False,
        ),
        Column(
            key="description",
            title=N_("Description"),
            value=lambda line: line.part.description,
            sorts=False,
            chosen=False,
        ),
        Column(
            key="created_at",
            title=N_("Added"),
            kind="moment",
            value=lambda line: line.part.created_at,
            chosen=False,
        ),
    ),
)
