"""Routes of pages: kept out of the API's description, and when one breaks, a person reads why."""

import secrets
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from lotline_server.core.errors import Refused
from lotline_server.core.guarded import GuardedRoute
from lotline_server.web.page import Page

log = structlog.get_logger()

FAILED = "The server could not do this, and its log says why. Nothing was half done: try it again."
_FOR_PROGRAMS = ("/api/", "/sync/", "/live", "/openapi.json", "/static/")


def wants_page(request: Request) -> bool:
    """Tell whether a person asked, so that an error is answered with a page."""
    return not request.url.path.startswith(_FOR_PROGRAMS)


class PageRoute(GuardedRoute):
    """A page's route: what nobody foresaw is logged under an id, and the page names the id."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route's handler."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except (Refused, RequestValidationError, HTTPException, OperationalError):
                raise
            except Exception as error:
                error_id = secrets.token_hex(6)
                log.error("page failed", id=error_id, path=request.url.path, exc_info=error)
                page = Page(request, request.app.state.shell)
                return page.html(
                    "error.html",
                    status=500,
                    title="The server could not do this",
                    message=FAILED,
                    error_id=error_id,
                )

        return guarded


def pages_router() -> APIRouter:
    """Make a router for pages."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)
