"""The pages of lots: the list, the form of a new one, and one lot with its tabs, each with an address."""

from fastapi import APIRouter

from lotline_server.lots.pages import (
    activity,
    bulk,
    creating,
    editing,
    labels,
    listing,
    material,
    overview,
    serials,
)
from lotline_server.web.route import pages_router


def _router() -> APIRouter:
    made = pages_router()
    # A lot's name may hold a slash: what stands behind it in a path is looked for first.
    for each in (listing, creating, bulk, labels, serials, material, activity, editing, overview):
        made.include_router(each.router)
    return made


router = _router()
