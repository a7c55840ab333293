"""Routes behind the one door: who calls is looked up, and let in or not, before the body is read."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, cast

from fastapi import Request, Response
from fastapi.routing import APIRoute

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Door(Protocol):
    """Knows who calls, and who may."""

    async def admit(self, request: Request, path: str) -> None:
        """Let a request through to the route of this path template. Raises Unauthorised or Forbidden."""

    async def identify(self, request: Request) -> None:
        """Find out who calls, without asking whether they may."""


def door_of(request: Request) -> Door:
    """Give the door of a request's app."""
    return cast("Door", request.app.state.door)


class GuardedRoute(APIRoute):
    """A route that the access table knows. An app with any other route does not start."""

    def get_route_handler(self) -> Handler:
        """Put the door before everything else that this route does."""
        handle = self.handler_behind()

        async def guarded(request: Request) -> Response:
            await door_of(request).admit(request, self.path)
            return await handle(request)

        return guarded

    def handler_behind(self) -> Handler:
        """Give what runs once the door let a request through; a kind of route adds its own to it here."""
        return super().get_route_handler()
