"""A server that is killed at a chosen moment: `dying_server.py DATA before-commit|before-reply [PATH]`.

PATH: of the request it dies of; a batch of records unless another is named.
"""

import os
import signal
import socket
import sys
from pathlib import Path

import sqlalchemy as sa
import uvicorn
from sqlalchemy.engine import Engine
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lotline_server.app import build_app, open_data


class DiesBeforeReply:
    """Dies when the answer to the request is ready and none of it has been sent."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self.app = app
        self.path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and die."""

        async def dying(message: Message) -> None:
            if scope.get("path") == self.path and message["type"] == "http.response.start":
                os.kill(os.getpid(), signal.SIGKILL)
            await send(message)

        await self.app(scope, receive, dying)


def main() -> None:
    """Serve until killed."""
    opened = open_data(Path(sys.argv[1]), serve=True)
    app = build_app(opened, disk_floor_bytes=0, pages=False)
    path = "".join(sys.argv[3:]) or "/sync/v1/records"
    written = "records" if path.startswith("/sync/") else "kept_answers"
    if sys.argv[2] == "before-reply":
        app.add_middleware(DiesBeforeReply, path=path)
    else:

        @sa.event.listens_for(Engine, "commit")
        def die(connection: sa.Connection) -> None:
            if connection.execute(sa.select(sa.func.count()).select_from(sa.table(written))).scalar_one():
                os.kill(os.getpid(), signal.SIGKILL)

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
