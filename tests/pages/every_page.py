"""Every page of the server with addresses at which there is something to see.

A page stands under its path as the access table writes it: a route that is no page is named in NO_PAGE, and
test_everywhere.py fails for one that stands in neither.
"""

from lotline_server.accounts.access import ACCESS

SIGNED_IN: dict[str, tuple[str, ...]] = {
    "/": ("/", "/?per=month", "/?per=month&by=part&state=all", "/?by=operation"),
    "/completed/{period}": ("/completed/2026-11-20",),
    "/lots": ("/lots", "/lots?state=all&sort=-yield"),
    "/new/lot": ("/new/lot",),
    "/lots/{lot:path}": ("/lots/L1", "/lots/LOT-2612-051"),
    "/lots/{lot:path}/edit": ("/lots/L1/edit",),
    "/lots/{lot:path}/bom": ("/lots/L1/bom", "/lots/LOT-2612-051/bom"),
    "/lots/{lot:path}/procurement": ("/lots/L1/procurement", "/lots/LOT-2612-051/procurement"),
    "/lots/{lot:path}/serials": ("/lots/L1/serials", "/lots/L1/serials?status=failed&prefix=GW2"),
    "/lots/{lot:path}/serials/import": ("/lots/L1/serials/import",),
    "/lots/{lot:path}/labels": ("/lots/L1/labels",),
    "/lots/{lot:path}/activity": ("/lots/L1/activity",),
    "/units": ("/units?serial_number=GW2-000001",),
    "/units/{serial_number:path}": tuple(f"/units/GW2-0000{each}" for each in ("01", "04", "07", "12")),
    "/traveler": ("/traveler?serial_number=GW2-000004",),
    "/parts": ("/parts",),
    "/new/part": ("/new/part",),
    "/parts/{part_number:path}": ("/parts/GW2", "/parts/C-0402-100N"),
    "/parts/{part_number:path}/edit": ("/parts/GW2/edit",),
    "/parts/{part_number:path}/lots": ("/parts/GW2/lots",),
    "/parts/{part_number:path}/where-used": ("/parts/C-0402-100N/where-used",),
    "/parts/{part_number:path}/bom": ("/parts/GW2/bom",),
    "/parts/{part_number:path}/bom/import": ("/parts/GW2/bom/import",),
    "/parts/{part_number:path}/bom/compare": ("/parts/GW2/bom/compare",),
    "/parts/{part_number:path}/route": ("/parts/PSU48/route",),
    "/purchasing": ("/purchasing", "/purchasing?show=all"),
    "/new/order": ("/new/order",),
    "/suppliers": ("/suppliers",),
    "/supplier": ("/supplier?name=Nordic%20Components",),
    "/new/supplier": ("/new/supplier",),
    "/suppliers/{name:path}": ("/suppliers/Nordic%20Components",),
    "/purchasing/{number:path}": ("/purchasing/PO-118", "/purchasing/PO-121"),
    "/purchasing/{number:path}/edit": ("/purchasing/PO-121/edit",),
    "/purchasing/{number:path}/dates": ("/purchasing/PO-118/dates",),
    "/purchasing/{number:path}/receive": ("/purchasing/PO-118/receive",),
    "/purchasing/{number:path}/lines/{position}": ("/purchasing/PO-118/lines/1",),
    "/stock": ("/stock", "/stock?show=short"),
    "/stock/locations": ("/stock/locations",),
    "/stock/count": ("/stock/count?location=Stock",),
    "/stock/move": ("/stock/move?kind=transfer",),
    "/stock/postings/{posting}": ("/stock/postings/1",),
    "/stock/parts/{part_number:path}": ("/stock/parts/R-0402-10K",),
    "/projects": ("/projects",),
    "/project": ("/project?name=Harbour",),
    "/new/project": ("/new/project",),
    "/projects/{name:path}": ("/projects/Harbour",),
    "/projects/{name:path}/edit": ("/projects/Harbour/edit",),
    "/stations": ("/stations",),
    "/activity": ("/activity", "/activity?kind=failed", "/activity?kind=lot&who=nobody"),
    "/search": ("/search?q=GW2-00000", "/search?q=nothing"),
    "/settings": ("/settings",),
    "/settings/me": ("/settings/me",),
    "/settings/tokens": ("/settings/tokens",),
    "/settings/accounts": ("/settings/accounts",),
    "/settings/site": ("/settings/site",),
    "/help/api": ("/help/api",),
}
SIGNED_OUT = {"/sign-in": "/sign-in", "/new-password": "/new-password", "/set-up": "/set-up"}
NO_PAGE = {
    "/favicon.ico",
    "/openapi.json",
    "/live",
    "/search/suggestions",
    "/traveler.pdf",
    "/lots/{lot:path}/labels.pdf",
    "/purchasing/{number:path}/order.pdf",
}

PAGES = (*(each for addresses in SIGNED_IN.values() for each in addresses), "/nowhere")
DARK = (
    "/", "/?by=part", "/settings/site", "/settings/accounts", "/lots/L1", "/lots/L1/serials",
    "/lots/LOT-2612-051/bom", "/units/GW2-000004", "/parts/GW2/bom", "/parts/PSU48/route",
    "/purchasing/PO-118", "/stock", "/stock/count?location=Stock", "/projects/Harbour", "/stations",
)  # fmt: skip


def pages_of_the_server() -> set[str]:
    """Give the paths a person can open: no program's, nothing that only writes."""
    return {
        path
        for path, methods in ACCESS.items()
        if "GET" in methods and not path.startswith(("/api/", "/sync/")) and path not in NO_PAGE
    }
