"""Idempotency-Key: a request that names itself is done once, however often it is sent.

The route's endpoint runs inside one transaction that also holds the key, a digest of the request and the
answer. So either all of it is there, and a repetition hears the first answer again, or nothing is, and a
repetition does the work. Repetitions that come at once wait for each other. What is refused leaves no trace:
the same key may be tried again. A key is one caller's own.
"""

import contextlib
import hashlib
import inspect
import json
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

from fastapi import Request, Response

from lotline_server.core import kept_answers
from lotline_server.core.caller import caller_of
from lotline_server.core.errors import Invalid, KeyReused
from lotline_server.core.etags import Tagging
from lotline_server.core.web import Deps, deps_of

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_FOR = timedelta(hours=48)
"""For so long a repetition is known. A client gives up long before."""
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A request that names itself. digest: of its method, address and body. caller: whose key it is."""

    key: str
    digest: bytes
    caller: str
    deps: Deps


_asked: ContextVar[Named | None] = ContextVar("asked", default=None)
"""The request that this task answers; the thread that runs its endpoint sees it too."""


async def naming(request: Request) -> Named | None:
    """Read how a request names itself; None where it does not. Raises Invalid for a key that is none."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Invalid(f"{HEADER} has 1 to 200 printable characters without a space, such as a UUID")
    address = f"{request.method} {request.url.path}?{request.url.query}\n"
    return Named(
        key=key,
        digest=hashlib.sha256(address.encode() + await request.body()).digest(),
        caller=(await caller_of(request)).name,
        deps=await deps_of(request),
    )


@contextlib.contextmanager
def asking(named: Named | None) -> Iterator[None]:
    """Have endpoints that run inside know how the request names itself."""
    token = _asked.set(named)
    try:
        yield
    finally:
        _asked.reset(token)


Answer = tuple[int, str, bytes]
"""Status, media type, content."""


def once(endpoint: Callable[..., Any], written: Callable[[Any], Answer]) -> Callable[..., Any]:
    """Wrap an endpoint so that a request that names itself is done once. written: writes what it returned.

    An async one is left as it is: a transaction may not wait for the event loop.
    """
    if inspect.iscoroutinefunction(endpoint):
        return endpoint

    @wraps(endpoint)
    def done_once(**given: Any) -> Any:
        named = _asked.get()
        if named is None:
            return endpoint(**given)
        at, caller, key = named.deps.clock(), named.caller, named.key
        with named.deps.database.whole() as connection:
            kept_answers.forget(connection, at - KEPT_FOR)
            if not kept_answers.claim(connection, caller, key, request=named.digest, at=at):
                return _again(kept_answers.find(connection, caller, key), named)
            status, media_type, content = written(endpoint(**given))
            headers = {"content-type": media_type} | _tags(given)
            kept_answers.keep(
                connection, caller, key, status=status, headers=json.dumps(headers), content=content
            )
        return Response(content, status_code=status, headers=headers)

    return done_once


def _again(known: kept_answers.KeptAnswer | None, named: Named) -> Response:
    if known is None or known.request != named.digest:
        raise KeyReused(f"this {HEADER} stands for another request already: use a new one for each")
    headers = {**json.loads(known.headers), REPLAYED: "true"}
    return Response(known.content, status_code=known.status, headers=headers)


def _tags(given: dict[str, Any]) -> dict[str, str]:
    """Give the headers that the endpoint's other parameters put onto its answer."""
    found = [each.response.headers for each in given.values() if isinstance(each, Tagging)]
    return {name: headers[name] for headers in found for name in ("etag",) if name in headers}
