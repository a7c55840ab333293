"""Every route of an app, whatever router it came with."""

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.routing import APIRoute


def routes_of(app: FastAPI) -> Iterator[APIRoute]:
    """Give the routes that have an endpoint of ours."""
    for found in app.routes:
        for route in getattr(getattr(found, "original_router", None), "routes", [found]):
            if isinstance(route, APIRoute):
                yield route
