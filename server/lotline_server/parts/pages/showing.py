"""One part: what it is, what there is of it, its lots, and where it is used."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from lotline_server.activity import queries as activity
from lotline_server.boms import queries as boms
from lotline_server.boms.structure import goes_into, made_of
from lotline_server.core.web import Needs
from lotline_server.lots import queries as lots
from lotline_server.lots.stock import part_stock
from lotline_server.parts import service
from lotline_server.parts.pages.frame import framed
from lotline_server.parts.serials import explain
from lotline_server.parts.tables import KIND_WORDS
from lotline_server.routes import queries as routes
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()

LOTS_SHOWN = 100


@router.get("/parts/{part_number:path}/lots")
def show_lots(
    part_number: str, needs: Needs, page: Shown, limit: Annotated[int, Query(ge=1, le=1000)] = LOTS_SHOWN
) -> Response:
    """Show the lots of a part."""
    with needs.database.read() as connection:
        frame = framed(connection, part_number, "lots")
        built = lots.list_lots(connection, part_number=part_number, limit=limit)
    return page.html("part_lots.html", **frame, lots=built)


@router.get("/parts/{part_number:path}/where-used")
def show_where_used(part_number: str, needs: Needs, page: Shown) -> Response:
    """Show what a part goes into and what it is made of, level by level."""
    with needs.database.read() as connection:
        frame = framed(connection, part_number, "where-used")
        part = service.require_part(connection, part_number)
        direct = boms.where_used(connection, part.id)
        up = goes_into(connection, part_number)
        down = made_of(connection, part_number)
    return page.html("part_where_used.html", **frame, direct=direct, up=up, down=down, kind_words=KIND_WORDS)


@router.get("/parts/{part_number:path}")
def show_part(part_number: str, needs: Needs, page: Shown) -> Response:
    """Show one part."""
    today = page.calendar.wall_date(page.now)
    with needs.database.read() as connection:
        frame = framed(connection, part_number, "overview")
        part = service.require_part(connection, part_number)
        route = routes.current_route(connection, part.id)
        stock = part_stock(connection, part_number, today)
        built = lots.list_lots(connection, part_number=part_number, limit=5)
        latest = activity.latest(connection, limit=8, subject=part_number)
    form = service.format_of(part)
    return page.html(
        "part.html",
        **frame,
        route=route,
        stock=stock,
        lots=built,
        activity=latest,
        serial_format=str(form),
        pieces=explain(form),
        following=service.next_serial(part, today),
    )
