"""Parts: the list, the form that adds or changes one, and the page of one with its sections."""

from lotline_server.parts.pages import changing, listing, showing
from lotline_server.web.route import pages_router

router = pages_router()
for _each in (listing.router, changing.router, showing.router):
    router.include_router(_each)
