"""Who asks: every route that writes says in whose name. Who that is was settled before the route ran."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The person or program behind a request. name: as the activity log writes it."""

    name: str


async def caller_of(request: Request) -> Caller:
    """Give who asks."""
    known = getattr(request.state, "caller", None)
    if known is not None:
        return cast("Caller", known)
    return Caller(name="api" if request.url.path.startswith("/api/") else "page")


By = Annotated[Caller, Depends(caller_of)]
"""A route's parameter `by: By` is who asks."""
