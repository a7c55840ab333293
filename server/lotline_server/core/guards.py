"""The rim of HTTP: who may call at all, and how much they may send. Plain ASGI, before any route is found."""

import json
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lotline_server.core.errors import Forbidden, Refused, TooLarge
from lotline_server.core.problems import MEDIA_TYPE, problem

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


async def _refuse(send: Send, refused: Refused) -> None:
    body = json.dumps(problem(refused.status, refused.code, str(refused))).encode()
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    # What is left of the body is not read: the connection cannot be used again.
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class OwnNames:
    """Refuses a Host that is no name of ours (a rebound DNS name), and a change another site asked for."""

    def __init__(self, app: ASGIApp, *, names: Collection[str] = LOOPBACK_NAMES) -> None:
        self._app = app
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            try:
                _check_origin(scope["method"], Headers(scope=scope), self._names)
            except Forbidden as refused:
                await _refuse(send, refused)
                return
        await self._app(scope, receive, send)


def _check_origin(method: str, headers: Headers, names: Collection[str]) -> None:
    host = headers.get("host", "")
    if _name(f"//{host}") not in names:
        raise Forbidden("this server answers only to the names it was started with; see --name")
    if method in _READING:
        return
    origin = headers.get("origin")
    if origin is not None and (origin == "null" or urlsplit(origin).netloc.lower() != host.lower()):
        raise Forbidden("this request comes from another site")
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Forbidden("this request comes from another site")


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


class BodyLimit:
    """Counts a body's bytes as they come, whatever Content-Length says, and answers 413 above the limit."""

    def __init__(self, app: ASGIApp, *, limit_of: Callable[[str], int]) -> None:
        self._app = app
        self._limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        too_large = TooLarge(f"the body is over the limit of {limit} bytes")
        stated = Headers(scope=scope).get("content-length", "0")
        if not stated.isdigit() or int(stated) > limit:
            await _refuse(send, too_large)
            return
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > limit:
                    raise too_large
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                if seen > limit:
                    # Whoever answered: what is left of the body is not read, so nothing can follow it.
                    message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except TooLarge:
            if started:
                raise
            await _refuse(send, too_large)
