"""What every command of the server's command line starts from: the data folder, a name, a voice."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lotline_server.core.errors import Refused, StartRefused
from lotline_server.opening import Opened, open_data

DEFAULT_DATA = Path("lotline-data")
Data = Annotated[
    Path, typer.Option("--data", envvar="LOTLINE_SERVER_DATA", help="The folder that keeps everything.")
]


def who() -> str:
    """Give the name under which this command writes. Who may read the data folder is trusted."""
    try:
        return f"cli {getpass.getuser()}"
    except (KeyError, OSError):
        return f"cli uid {os.getuid()}" if hasattr(os, "getuid") else "cli"


@contextmanager
def opened_data(data: Path, *, serve: bool = False) -> Iterator[Opened]:
    """Open the data folder for one command; a refusal ends it with one line on standard error."""
    try:
        opened = open_data(data, serve=serve)
        try:
            yield opened
        finally:
            opened.close()
    except (Refused, StartRefused) as error:
        Console(stderr=True).print(f"[red]{error}[/red]", highlight=False, markup=True)
        raise typer.Exit(1) from error


def say(text: str) -> None:
    """Tell a person on standard error, so that standard output holds only what a program may read."""
    print(text, file=sys.stderr)
