"""What every command of `lotline-agent` shares: its configuration read, its store read, its refusals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from lotline_agent.config import load as config
from lotline_agent.config.load import Setup
from lotline_agent.config.problems import ConfigError
from lotline_agent.store.database import open_reader
from lotline_agent.store.sqlite import Connection, DatabaseError
from lotline_agent.store.station_store import DATABASE_NAME

out = Console()
err = Console(stderr=True)

ConfigFile = Annotated[Path, typer.Argument(help="The station's configuration, a TOML file.")]


def refuse(message: str) -> NoReturn:
    """End a command with one sentence on standard error and status 1."""
    err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def load(path: Path) -> Setup:
    """Read a station's configuration and plan; what is wrong in them ends the command."""
    try:
        return config.load(path)
    except ConfigError as error:
        count = len(error.problems)
        refuse(f"{count} problem{'s' if count > 1 else ''} in the configuration:\n{error}")


def database_of(setup: Setup) -> Path:
    """Give the station's database file; where there is none, the command ends."""
    path = setup.data / DATABASE_NAME
    if not path.is_file():
        refuse(f"This station has recorded nothing yet: {path} does not exist. Start it: lotline-agent run")
    return path


@contextmanager
def bars() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar on standard error for each thing that is told of: what, how much is done, how much is."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as shown:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what)
            shown.update(tasks[what], completed=done, total=max(total, 1))

        yield told


@contextmanager
def reading(setup: Setup) -> Iterator[Connection]:
    """Read the station's database, which may be in use; a damaged one is explained."""
    path = database_of(setup)
    connection = open_reader(path)
    try:
        yield connection
    except DatabaseError as error:
        refuse(
            f"The station's database {path} cannot be read: {error}. It may be damaged; nothing was changed."
        )
    finally:
        connection.close()
