"""The one door: who calls is found out here, and let in by the access table or not at all."""

from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.routing import Mount

from lotline_server.accounts import sessions, tokens
from lotline_server.accounts.access import ACCESS
from lotline_server.core.access import Open, Permission, Rule
from lotline_server.core.caller import Caller, known_caller, remember_caller
from lotline_server.core.clock import Clock
from lotline_server.core.database import Database
from lotline_server.core.errors import Forbidden, Unauthorised
from lotline_server.core.guarded import GuardedRoute

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGN_IN = "sign in first, or send an API token: Authorization: Bearer …"
STATIC = "/static/"


class AccessDoor:
    """Looks callers up in one database, and routes in the access table."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def admit(self, request: Request, path: str) -> None:
        """Let a request through to the route of this path template. Raises Unauthorised or Forbidden."""
        rule = rule_of(request.method, path)
        if rule is None:
            raise Forbidden("nobody may do this: it is not in the access table")
        if rule is Open.STATION:
            return
        await self.identify(request)
        if rule is Open.ANYBODY:
            return
        caller = known_caller(request)
        if caller is None:
            raise Unauthorised(_SIGN_IN)
        if caller.session is not None and request.method not in _READING:
            _check_same_site(request)
        _check(caller, rule)

    async def identify(self, request: Request) -> None:
        """Find out who calls. A token that is not good is no reason to look at the cookie."""
        if getattr(request.state, "looked_up", False):
            return
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        cookie = request.cookies.get(sessions.COOKIE, "")
        caller: Caller | None = None
        if scheme:
            if scheme.lower() == "bearer" and bearer.strip():
                caller = await run_in_threadpool(
                    tokens.caller_of_token, self._database, bearer.strip(), self._clock()
                )
        elif cookie:
            caller = await run_in_threadpool(
                sessions.caller_of_session, self._database, cookie, self._clock()
            )
        remember_caller(request.state, caller)
        request.state.looked_up = True


def rule_of(method: str, path: str) -> Rule | None:
    """Give what the access table asks for a method of a path template; None where it does not stand there."""
    if path.startswith(STATIC) and method in _READING:
        return Open.ANYBODY
    return ACCESS.get(path, {}).get(method)


def _check(caller: Caller, rule: Rule) -> None:
    if isinstance(rule, Permission):
        caller.require(rule)
    elif isinstance(rule, tuple):
        if not caller.permissions & set(rule):
            caller.require(rule[0])
    elif caller.session is None:
        raise Forbidden("an API token cannot do this; sign in with your name and password")


def _check_same_site(request: Request) -> None:
    """Refuse a change that comes by a browser's cookie unless the browser says that our own page asked."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    same = site == "same-origin" if origin is None else (
        origin != "null" and urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    )  # fmt: skip
    if not same or site not in {None, "same-origin", "none"}:
        raise Forbidden("a change by a signed-in browser must say which of our pages it comes from")


def check_table(app: FastAPI) -> None:
    """Hold the app's routes against the access table. Raises RuntimeError: such a server must not start."""
    missing = [f"{method} {path}" for method, path in routes_of(app) if rule_of(method, path) is None]
    if missing:
        raise RuntimeError(f"not in the access table (accounts/access.py): {', '.join(missing)}")


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Give every (method, path template). Raises RuntimeError for a route beside the door."""
    found = []
    for context in iter_route_contexts(app.routes):
        path, route = context.path or "", context.original_route
        if isinstance(route, Mount) and path.startswith(STATIC):
            continue
        if not isinstance(route, GuardedRoute) or route.path != path:
            raise RuntimeError(f"{path} is no guarded route: give its router route_class=GuardedRoute")
        found += [(method, path) for method in sorted(route.methods or ())]
    return found
