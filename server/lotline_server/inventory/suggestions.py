"""Parts while somebody types: what a picker of parts shows, over HTTP."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query

from lotline_server.core.strict_json import StrictRoute
from lotline_server.core.web import Needs
from lotline_server.inventory import queries
from lotline_server.parts import queries as parts

router = APIRouter(prefix="/api/v1", tags=["parts"], route_class=StrictRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSuggestion:
    """A part that may be meant. stock: what may be used, in uom; what is untested is left out."""

    part_number: str
    name: str
    revision: str
    kind: str
    status: str
    uom: str
    stock: Decimal


@router.get("/part-suggestions")
def suggest_parts(
    needs: Needs,
    q: Annotated[str, Query(max_length=200)] = "",
    kind: Annotated[list[str] | None, Query()] = None,
    status: Annotated[list[str] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 12,
) -> list[PartSuggestion]:
    """Give the parts that `q`, as far as it is typed, may mean: the likeliest first."""
    with needs.database.read() as connection:
        found = parts.suggest_parts(connection, q, kinds=kind or (), statuses=status or (), limit=limit)
        stock = queries.usable(connection, [part.id for part in found])
    return [
        PartSuggestion(
            part_number=part.part_number,
            name=part.name,
            revision=part.revision,
            kind=part.kind,
            status=part.status,
            uom=part.uom,
            stock=stock.get(part.id, Decimal(0)),
        )
        for part in found
    ]
