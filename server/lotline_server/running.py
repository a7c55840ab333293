"""Serving: on loopback only, until there are accounts and TLS."""

import gc
import ipaddress
import signal
import socket
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from rich.console import Console

from lotline_server.core import logs
from lotline_server.core.errors import StartRefused

GRACE_S = 5


def check_host(host: str) -> str:
    """Give the address to bind. Raises StartRefused for anything that others on the network could reach."""
    name = "127.0.0.1" if host == "localhost" else host
    try:
        if ipaddress.ip_address(name).is_loopback:
            return name
    except ValueError:
        pass
    raise StartRefused(
        f"--host {host} would open the server to the network, and there are no accounts yet: "
        "use 127.0.0.1 (or ::1)"
    )


def run_server(app: FastAPI, *, host: str, port: int, folder: Path, set_up_code: str | None) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished. Raises StartRefused.

    set_up_code: what makes the first admin, for this console only; None where there is one
    """
    logs.configure()
    address = check_host(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise StartRefused(f"port {port} on {address} cannot be used: {error.strerror}") from error
    shown = f"[{address}]" if ":" in address else address
    url = f"http://{shown}:{listener.getsockname()[1]}/"
    Console().print(f"Lotline lot server: [bold]{url}[/bold]  data: {folder}", soft_wrap=True)
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
