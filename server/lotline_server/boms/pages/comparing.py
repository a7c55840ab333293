"""Two revisions of a BOM beside each other."""

from fastapi.responses import Response

from lotline_server.boms import service
from lotline_server.core.web import Needs
from lotline_server.parts.pages.frame import framed
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()


@router.get("/parts/{part_number:path}/bom/compare")
def show_comparison(
    part_number: str, needs: Needs, page: Shown, before: str = "", after: str = ""
) -> Response:
    """Show what became of one revision's BOM in another: unless asked, of the last one in the present one."""
    with needs.database.read() as connection:
        frame = framed(connection, part_number, "bom")
        bom = service.get_bom(connection, part_number)
        known = [each.revision for each in bom.others]
        later = after if after in known else bom.revision if bom.bom else next(iter(known), "")
        others = [each for each in known if each != later]
        earlier = before if before in known else next(iter(others), "")
        found = None
        if earlier and later:
            found = service.compare_revisions(connection, part_number, earlier, later)
    return page.html("bom_compare.html", **frame, found=found, known=known, before=earlier, after=later)
