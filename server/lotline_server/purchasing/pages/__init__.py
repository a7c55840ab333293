"""Purchasing: orders, what arrives of them, and suppliers; each page with an address."""

from fastapi import APIRouter

from lotline_server.purchasing.pages import changing, creating, lines, listing, order, receiving, suppliers
from lotline_server.web.route import pages_router


def _router() -> APIRouter:
    made = pages_router()
    # An order's number may hold a slash: what stands behind it in a path is looked for first.
    for each in (listing, creating, suppliers, lines, receiving, changing, order):
        made.include_router(each.router)
    return made


router = _router()
