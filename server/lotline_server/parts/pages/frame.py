"""What stands around each section of a part: its head and the way to the other sections."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from lotline_contract.look import N_
from lotline_server.boms import queries as boms
from lotline_server.lots import queries as lots
from lotline_server.parts.queries import PartRow
from lotline_server.parts.service import require_part
from lotline_server.parts.tables import KIND_WORDS, STATUS_MARKS
from lotline_server.web.links import part_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A section. count: what stands in it; None where that says nothing."""

    key: str
    name: str
    href: str
    count: int | None = None


def framed(connection: Connection, part_number: str, tab: str) -> dict[str, Any]:
    """Give what the template of a section needs for its frame. Raises NotFound."""
    part = require_part(connection, part_number)
    return {"part": part, "tab": tab, "tabs": tabs(connection, part), "place": "/parts"} | {
        "kind_word": KIND_WORDS[part.kind],
        "part_status": STATUS_MARKS[part.status],
    }


def tabs(connection: Connection, part: PartRow) -> list[Tab]:
    """Give the sections of a part: one that is bought has no BOM."""
    here = part_url(part.part_number)
    bom = boms.find_bom(connection, part.id, part.revision)
    found = [Tab(key="overview", name=N_("Overview"), href=here)]
    if part.kind != "part":
        found.append(
            Tab(key="bom", name=N_("BOM"), href=f"{here}/bom", count=0 if bom is None else bom.lines)
        )
    return [
        *found,
        Tab(
            key="where-used",
            name=N_("Where used"),
            href=f"{here}/where-used",
            count=len(boms.where_used(connection, part.id)),
        ),
        Tab(key="route", name=N_("Route"), href=f"{here}/route"),
        Tab(
            key="lots",
            name=N_("Lots"),
            href=f"{here}/lots",
            count=lots.count_lots(connection, part_number=part.part_number),
        ),
    ]
