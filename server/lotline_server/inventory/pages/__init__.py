"""Stock: the list, one part's ledger, what people post, and counting a location."""

from lotline_server.inventory.pages import counting, listing, part, posting
from lotline_server.web.route import pages_router

router = pages_router()
for _pages in (listing, counting, posting, part):
    router.include_router(_pages.router)
