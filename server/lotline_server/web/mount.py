"""Putting the pages onto the app: routes, static files, headers, and errors that a person can read."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, RedirectResponse, Response
from sqlalchemy.exc import OperationalError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lotline_contract import look
from lotline_server.accounts.pages import settings as settings_pages
from lotline_server.accounts.pages import signing as signing_pages
from lotline_server.activity import pages as activity_pages
from lotline_server.boms import pages as boms_pages
from lotline_server.core.errors import Refused, Unauthorised
from lotline_server.core.guarded import GuardedRoute, door_of
from lotline_server.core.web import Deps
from lotline_server.dashboard import pages as dashboard_pages
from lotline_server.history import pages as history_pages
from lotline_server.inventory import pages as inventory_pages
from lotline_server.lots import pages as lots_pages
from lotline_server.parts import pages as parts_pages
from lotline_server.projects import pages as projects_pages
from lotline_server.purchasing import pages as purchasing_pages
from lotline_server.routes import pages as routes_pages
from lotline_server.search import pages as search_pages
from lotline_server.site import pages as site_pages
from lotline_server.stations import pages as stations_pages
from lotline_server.units import pages as units_pages
from lotline_server.web import links, reference, shown, vendor
from lotline_server.web.page import STATIC, Page, Shell
from lotline_server.web.route import FAILED, wants_page

log = structlog.get_logger()

_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: with it a browser says `Origin: null` for our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_KEEP = "public, max-age=31536000, immutable"
_TITLES = {404: "There is no such page", 403: "This was refused", 405: "This was refused"}


def mount(app: FastAPI, deps: Deps) -> None:
    """Put everything onto the app."""
    shell = app.state.shell = Shell(deps)
    for router in (
        signing_pages.router,
        settings_pages.router,
        dashboard_pages.router,
        lots_pages.router,
        history_pages.api,
        history_pages.router,
        units_pages.router,
        boms_pages.router,
        routes_pages.router,
        projects_pages.router,
        parts_pages.router,
        purchasing_pages.router,
        inventory_pages.router,
        stations_pages.router,
        activity_pages.router,
        search_pages.router,
        site_pages.router,
        reference.router,
    ):
        app.include_router(router)
    _serve_static(app, f"/static/{shell.build}")
    for kind in (Refused, RequestValidationError, HTTPException, OperationalError):
        app.add_exception_handler(kind, _for_people(app.exception_handlers[kind]))
    app.add_middleware(SafeHeaders)


def _serve_static(app: FastAPI, root: str) -> None:
    script = vendor.uplot()
    router = APIRouter(route_class=GuardedRoute)

    @router.get(f"{root}/uplot.js", include_in_schema=False)
    def uplot() -> Response:
        return FileResponse(script, media_type="text/javascript")

    @router.get("/favicon.ico", include_in_schema=False)
    def favicon() -> Response:
        return FileResponse(look.WEB / "icon.svg", media_type="image/svg+xml")

    app.include_router(router)
    app.mount(f"{root}/look", StaticFiles(directory=look.WEB))
    app.mount(root, StaticFiles(directory=STATIC))


Handler = Callable[[Request, Any], Any]


def _for_people(for_programs: Handler) -> Handler:
    """Answer an error of a page with a page; everything else is answered as before."""

    async def handle(request: Request, error: Exception) -> Response:
        answer: Response = await _given(for_programs(request, error))
        if not wants_page(request):
            return answer
        if isinstance(error, Unauthorised):
            return RedirectResponse(links.sign_in_url(request), 303)
        await door_of(request).identify(request)
        page = Page(request, request.app.state.shell)
        found = error.__cause__ if isinstance(error.__cause__, Refused) else error
        status = answer.status_code
        message = "" if not isinstance(found, Refused) else shown.sentence(found)
        title = _TITLES.get(
            status, "The server could not do this" if status >= 500 else "This is not possible"
        )
        if status == 404 and message:
            title = "Nothing has this name"
        if status >= 500 and not message:
            message = FAILED
        drawn = page.html("error.html", status=status, title=title, message=message, error_id=None)
        if "retry-after" in answer.headers:
            drawn.headers["retry-after"] = answer.headers["retry-after"]
        return drawn

    return handle


async def _given(answer: Response | Awaitable[Response]) -> Response:
    return answer if isinstance(answer, Response) else await answer


class SafeHeaders:
    """Puts the headers on every answer that keep a page to itself; what is named after its build is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("strict-transport-security", "max-age=31536000")
                if scope["path"].startswith("/static/") and message["status"] == 200:
                    headers["cache-control"] = _KEEP
            await send(message)

        await self._app(scope, receive, with_headers)
