"""Search results: everything whose name begins with what was typed, and what was meant while it is typed."""

from fastapi import Query
from fastapi.responses import JSONResponse, RedirectResponse, Response

from lotline_server.core.web import Needs
from lotline_server.search.queries import Hit
from lotline_server.search.service import search, the_one
from lotline_server.web.language import N_
from lotline_server.web.links import lot_url, part_url, subject_url, unit_url
from lotline_server.web.marks import status_mark
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router

router = pages_router()

LIMIT = 50
SUGGESTED = 4
"""Of each kind, while somebody types."""
GROUPS = {
    "unit": N_("Units"),
    "lot": N_("Lots"),
    "part": N_("Parts"),
    "order": N_("Purchase orders"),
    "supplier": N_("Suppliers"),
    "project": N_("Projects"),
    "station": N_("Stations"),
}


@router.get("/search")
def show_results(needs: Needs, page: Shown, q: str = "") -> Response:
    """Show what begins so; the one thing of exactly this name is opened at once, as a scanner wants it."""
    with needs.database.read() as connection:
        hits = search(connection, q, limit=LIMIT)
    one = the_one(hits)
    if one is not None:
        return RedirectResponse(hit_url(one), 303)
    groups = [
        (GROUPS[kind], [(hit, hit_url(hit)) for hit in hits if hit.kind == kind])
        for kind in GROUPS
        if any(hit.kind == kind for hit in hits)
    ]
    return page.html("search.html", q=q, groups=groups, limit=LIMIT)


@router.get("/search/suggestions")
def suggest(needs: Needs, page: Shown, q: str = Query(default="", max_length=256)) -> Response:
    """Give what may be meant, for search.js: each with its page and what to say of it."""
    with needs.database.read() as connection:
        hits = search(connection, q, limit=SUGGESTED)
    found = [
        {
            "name": hit.name,
            "href": hit_url(hit),
            "kind": page.say(GROUPS[hit.kind]),
            "detail": _detail(page, hit),
            "exact": hit.exact,
        }
        for kind in GROUPS
        for hit in hits
        if hit.kind == kind
    ]
    one = the_one(hits)
    body = {"hits": found, "one": None if one is None else hit_url(one)}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _detail(page: Page, hit: Hit) -> str:
    match hit.kind:
        case "unit":
            return f"{hit.part_number} · {page.say(status_mark(hit.detail).word)}"
        case "order":
            return page.say(hit.detail.replace("_", " "))
        case _:
            return hit.detail


def hit_url(hit: Hit) -> str:
    """Give the page of something found."""
    match hit.kind:
        case "lot":
            return lot_url(hit.name)
        case "part":
            return part_url(hit.name)
        case "unit":
            return unit_url(hit.name, hit.part_number)
        case _:
            return subject_url(f"{hit.kind}.", hit.name)
