"""A part's BOM: its lines, a file taken in, two revisions beside each other."""

from lotline_server.boms.pages import comparing, importing, lines
from lotline_server.web.route import pages_router

router = pages_router()
for _each in (importing.router, comparing.router, lines.router):
    router.include_router(_each)
