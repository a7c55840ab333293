"""Search results: lots, parts and units whose name begins with what was typed."""

from fastapi.responses import RedirectResponse, Response

from lotline_server.core.web import Needs
from lotline_server.search.queries import Hit
from lotline_server.search.service import search
from lotline_server.web.links import lot_url, part_url, unit_url
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()

LIMIT = 50


@router.get("/search")
def show_results(needs: Needs, page: Shown, q: str = "") -> Response:
    """Show what begins so; the one thing of exactly this name is opened at once, as a scanner wants it."""
    with needs.database.read() as connection:
        hits = search(connection, q, limit=LIMIT)
    exact = [hit for hit in hits if hit.name.casefold() == q.strip().casefold()]
    if len(exact) == 1 or len(hits) == 1:
        return RedirectResponse(hit_url((exact or hits)[0]), 303)
    return page.html("search.html", q=q, groups=_grouped(hits), limit=LIMIT)


def hit_url(hit: Hit) -> str:
    """Give the page of something found."""
    match hit.kind:
        case "lot":
            return lot_url(hit.name)
        case "part":
            return part_url(hit.name)
        case "unit":
            return unit_url(hit.name, hit.part_number)


def _grouped(hits: list[Hit]) -> list[tuple[str, list[tuple[Hit, str]]]]:
    groups = (("unit", "Units"), ("lot", "Lots"), ("part", "Parts"))
    found = [(title, [(hit, hit_url(hit)) for hit in hits if hit.kind == kind]) for kind, title in groups]
    return [(title, group) for title, group in found if group]
