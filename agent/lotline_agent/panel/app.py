"""The panel's pages: the screen itself, its events, and the one thing that writes, a scan."""

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Literal

import jinja2
import msgspec
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from lotline_agent.panel import words
from lotline_agent.panel.door import Door, Keys
from lotline_agent.panel.live import Live, view_json
from lotline_agent.ports import Screen
from lotline_contract import look

MAX_BODY_BYTES = 64 * 1024
"""What a scan's request may hold; a scan itself is refused far earlier, by the interlock, with a reason."""

MAX_STREAMS = 16
"""How many browsers may watch one station."""

_FOLDER = Path(__file__).parent

Theme = Literal["dark", "light", "system"]


class _Scan(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /scan: the scan exactly as it came, suffix removed."""

    text: str


def create_panel(screen: Screen, token: str, port: int, *, theme: Theme = "dark") -> Starlette:
    """Make the panel of one screen, to be served on 127.0.0.1 at this port.

    token: opens the panel (`/?token=…`); at least 16 characters. `app.state.live.stop()` ends its streams.
    """
    panel = _Panel(screen, Keys(token, port), theme)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        panel.live.start()
        yield
        panel.live.stop()
        await panel.live.join()

    app = Starlette(
        routes=[
            Route("/", panel.page),
            Route("/view", panel.view),
            Route("/events", panel.events),
            Route("/scan", panel.scan, methods=["POST"]),
            Mount("/look", StaticFiles(directory=look.WEB)),
            Mount("/static", StaticFiles(directory=_FOLDER / "static")),
        ],
        middleware=[Middleware(Door, port=port)],
        lifespan=lifespan,
    )
    app.state.live = panel.live
    return app


class _Panel:
    """The answers, one method a route."""

    def __init__(self, screen: Screen, keys: Keys, theme: Theme) -> None:
        self._screen = screen
        self._keys = keys
        self._theme = theme
        self._streams = 0
        self._build = _digest_of_what_browsers_load()
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader([_FOLDER / "templates", look.TEMPLATES]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.live = Live(screen)

    async def page(self, request: Request) -> Response:
        """GET /: the screen; with the right token in the address, a cookie and the address without it."""
        token = request.query_params.get("token")
        if token is not None and self._keys.is_token(token):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(self._keys.cookie_name, self._keys.cookie, httponly=True, samesite="strict")
            return answer
        if token is not None or not self._keys.has_cookie(request.headers):
            return self._html("locked.html", 403)
        view = await run_in_threadpool(self._screen.view)
        return self._html(
            "panel.html",
            view=view,
            view_json=view_json(view).decode(),
            marks_json=json.dumps(
                {"marks": _plain(look.MARKS.items()), "bands": _plain(words.BANDS.items())}
            ),
            band=words.band(view),
            band_name=words.band_name(view),
            band_serial=words.band_serial(view),
            instruction=words.instruction(view),
            strip=None if words.band_name(view) == "REFUSED" else view.notice,
            first_pass_yield=words.first_pass_yield(view),
            mark_of=look.mark,
            scan_key=self._keys.scan_key,
            build=self._build,
        )

    async def view(self, request: Request) -> Response:
        """GET /view: what is to be seen, as JSON."""
        if (refusal := self._locked(request)) is not None:
            return refusal
        view = await run_in_threadpool(self._screen.view)
        return Response(
            view_json(view), media_type="application/json", headers={"x-lotline-build": self._build}
        )

    async def events(self, request: Request) -> Response:
        """GET /events: `view` on every change, `beat` at least every half second."""
        if (refusal := self._locked(request)) is not None:
            return refusal
        if self._streams >= MAX_STREAMS:
            return PlainTextResponse(f"{MAX_STREAMS} browsers watch this station already.\n", 503)
        return EventSourceResponse(self._stream(), ping=15, send_timeout=5)

    async def _stream(self) -> AsyncIterator[object]:
        self._streams += 1
        try:
            async for event in self.live.views():
                yield event
        finally:
            self._streams -= 1

    async def scan(self, request: Request) -> Response:
        """POST /scan: hand the text over; 204 says that the station has it, no more."""
        if (refusal := self._locked(request)) is not None:
            return refusal
        if not self._keys.has_scan_key(request.headers):
            return PlainTextResponse("A scan needs the key of the panel's own page.\n", 403)
        scan = await _read_scan(request)
        if isinstance(scan, Response):
            return scan
        await run_in_threadpool(self._screen.scan, scan.text)
        return Response(status_code=204)

    def _locked(self, request: Request) -> Response | None:
        if self._keys.has_cookie(request.headers):
            return None
        return PlainTextResponse("Open the address that lotline-agent printed when it started.\n", 403)

    def _html(self, name: str, status: int = 200, **shown: object) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(name).render(theme=self._theme, **shown), status)


async def _read_scan(request: Request) -> _Scan | Response:
    """Read the body, at most its limit; what is no scan gets its answer here."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return PlainTextResponse("A scan is application/json.\n", 415)
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY_BYTES:
                return PlainTextResponse(f"A scan has at most {MAX_BODY_BYTES} bytes.\n", 413)
        return msgspec.json.decode(bytes(body), type=_Scan)
    except ClientDisconnect:
        return Response(status_code=400)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return PlainTextResponse(f"This is no scan: {error}.\n", 400)


def _plain(marks: Iterable[tuple[str, look.Mark]]) -> dict[str, dict[str, str]]:
    return {name: dataclasses.asdict(mark) for name, mark in marks}


def _digest_of_what_browsers_load() -> str:
    """Name the pages' own files, so that a browser left open over an update loads them again."""
    digest = hashlib.sha256()
    for folder in (_FOLDER / "static", _FOLDER / "templates", look.WEB, look.TEMPLATES):
        for file in sorted(folder.iterdir()):
            if file.is_file():
                digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
