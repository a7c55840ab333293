"""Serving, until it is told to stop."""

import gc
import signal
import socket
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from rich.console import Console

from lotline_server.core import logs
from lotline_server.core.certificates import OwnCa
from lotline_server.core.errors import StartRefused
from lotline_server.listening import Listening

GRACE_S = 5


def run_server(
    app: FastAPI, *, listening: Listening, port: int, folder: Path, set_up_code: str | None
) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished. Raises StartRefused.

    set_up_code: what makes the first admin, for this console only; None where there is one
    """
    logs.configure()
    address = listening.address
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        # Who reads the address that is printed below may call at once.
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise StartRefused(f"port {port} on {address} cannot be used: {error.strerror}") from error
    url = listening.url(listener.getsockname()[1])
    Console().print(f"Lotline lot server: [bold]{url}[/bold]  data: {folder}", soft_wrap=True)
    if listening.own_ca:
        ca = OwnCa(folder)
        Console().print(f"Browsers must trust its own CA: {ca.ca}", soft_wrap=True)
        Console().print(f"The CA's SHA-256 fingerprint: {ca.fingerprint()}", soft_wrap=True)
    if set_up_code is not None:
        Console().print(
            f"Nobody can sign in yet. Make the first account there, with the code [bold]{set_up_code}[/bold]",
            soft_wrap=True,
        )
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=75,
        ssl_certfile=listening.certificate,
        ssl_keyfile=listening.key,
    )
    # uvicorn stops in good order on these and then raises them once more for who comes after it: nobody does.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    # A batch is a hundred thousand small objects without a cycle: looking for cycles after every 700
    # of them takes half of the time of ingest.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    with listener:
        uvicorn.Server(config).run(sockets=[listener])
