"""Who asks: every route that writes says in whose name. Who that is was settled before the route ran."""

from dataclasses import dataclass, field
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from lotline_server.core.access import Permission, about
from lotline_server.core.errors import Forbidden, Unauthorised


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The person or program behind a request.

    name: as the activity log writes it. account: its row. role: None for who is known only by a name
    session: the secret of the browser's session, to which its forms are bound; None for an API token
    """

    name: str
    account: int = 0
    role: str | None = None
    permissions: frozenset[Permission] = field(default_factory=frozenset)
    session: str | None = field(default=None, repr=False)

    def may(self, permission: str) -> bool:
        """Tell whether this caller has a permission."""
        return Permission(permission) in self.permissions

    def require(self, permission: str) -> None:
        """Raise Forbidden where this caller lacks a permission: for routes whose body decides which it is."""
        wanted = Permission(permission)
        if wanted not in self.permissions:
            by_token = self.session is None
            raise Forbidden(
                f"this API token may not {about(wanted)}"
                if by_token
                else f"your role, {self.role}, may not {about(wanted)}; an admin can change that"
            )


def known_caller(request: HTTPConnection) -> Caller | None:
    """Give who asks; None where nobody is signed in."""
    return cast("Caller | None", getattr(request.state, "caller", None))


async def caller_of(request: Request) -> Caller:
    """Give who asks. Raises Unauthorised where nobody is signed in."""
    known = known_caller(request)
    if known is None:
        raise Unauthorised("sign in first")
    return known


By = Annotated[Caller, Depends(caller_of)]
"""A route's parameter `by: By` is who asks."""


def remember_caller(scope_state: Any, caller: Caller | None) -> None:
    """Keep who asks for the rest of this request."""
    scope_state.caller = caller
