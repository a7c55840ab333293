"""What a part is made of and what it goes into, level by level, by the present revision of each."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.engine import Connection

from lotline_server.boms import queries
from lotline_server.parts.service import require_part

MAX_LEVELS = 20
MAX_ROWS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureRow:
    """A part at one place of the tree. level: 1 for what stands in the BOM itself, or holds the part itself.

    quantity: for one unit of the part or assembly next to it; total: for one unit of the top of the tree
    revision: whose BOM says so
    """

    level: int
    part_number: str
    name: str
    kind: str
    uom: str
    revision: str
    quantity: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A tree, each part right behind what holds it. cut: it has more rows, or goes deeper, than is shown."""

    part_number: str
    rows: list[StructureRow]
    cut: bool


def made_of(connection: Connection, part_number: str) -> Structure:
    """Give what a part is made of, down to the parts that are bought. Raises NotFound."""
    return _walk(connection, part_number, down=True)


def goes_into(connection: Connection, part_number: str) -> Structure:
    """Give what a part goes into, up to what no present BOM holds. Raises NotFound."""
    return _walk(connection, part_number, down=False)


def _walk(connection: Connection, part_number: str, *, down: bool) -> Structure:
    top = require_part(connection, part_number)
    neighbours: dict[int, list[queries.LinkRow]] = {}
    # A level at a time: one statement for all parts of it.
    level = {top.id}
    for _ in range(MAX_LEVELS):
        level -= neighbours.keys()
        if not level:
            break
        found = queries.links(connection, level, down=down)
        neighbours |= {key: found.get(key, []) for key in level}
        level = {link.part for links in found.values() for link in links}
    rows: list[StructureRow] = []
    stack = [(link, 1, Decimal(1)) for link in reversed(neighbours[top.id])]
    cut = False
    while stack:
        link, depth, above = stack.pop()
        if len(rows) == MAX_ROWS:
            cut = True
            break
        total = above * link.quantity
        rows.append(
            StructureRow(
                level=depth,
                part_number=link.part_number,
                name=link.name,
                kind=link.kind,
                uom=link.uom,
                revision=link.revision,
                quantity=link.quantity,
                total=total,
            )
        )
        if link.part not in neighbours:
            cut = True
        elif depth < MAX_LEVELS:
            stack += [(each, depth + 1, total) for each in reversed(neighbours[link.part])]
        else:
            cut = cut or bool(neighbours[link.part])
    return Structure(part_number=part_number, rows=rows, cut=cut)
