"""A server that is killed at a chosen moment: `python dying_server.py DATA before-commit|before-reply`."""

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
    """Dies when the answer to a batch is ready and none of it has been sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and die."""

        async def dying(message: Message) -> None:
            if scope.get("path") == "/sync/v1/records" and message["type"] == "http.response.start":
                os.kill(os.getpid(), signal.SIGKILL)
            await send(message)

        await self.app(scope, receive, dying)


def main() -> None:
    """Serve until killed."""
    opened = open_data(Path(sys.argv[1]), serve=True)
    app = build_app(opened, disk_floor_bytes=0, pages=False)
    if sys.argv[2] == "before-reply":
        app.add_middleware(DiesBeforeReply)
    else:

        @sa.event.listens_for(Engine, "commit")
        def die(connection: sa.Connection) -> None:
            if connection.exec_driver_sql("SELECT count(*) FROM records").scalar_one():
                os.kill(os.getpid(), signal.SIGKILL)

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
