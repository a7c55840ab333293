"""`lotline-agent verify` and `rescue`: what the station holds, looked at once more, and carried away."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from lotline_agent.cli_shared import ConfigFile, bars, database_of, err, load, out, refuse
from lotline_agent.config.load import Setup
from lotline_agent.store.errors import StoreError
from lotline_agent.store.repair import repair
from lotline_agent.store.verify import Report, verify
from lotline_agent.sync.pairing import read_credentials
from lotline_agent.sync.rescue import RescueError, rescue


def add_care(app: typer.Typer) -> None:
    """Add the commands to the agent's command line."""
    app.command("verify")(verify_command)
    app.command("rescue")(rescue_command)


def verify_command(
    config: ConfigFile,
    repairing: Annotated[
        bool, typer.Option("--repair", help="Make lost archive files again; the agent must not run.")
    ] = False,
) -> None:
    """Read everything this station holds again, take each digest, and say what is where. Changes nothing."""
    setup = load(config)
    report = _look(setup)
    again = [lost for lost in report.lost if lost.again]
    if repairing and again:
        try:
            made = repair(setup.data, database_of(setup), setup.data / "archive", again)
        except StoreError as error:
            refuse(f"Nothing was repaired: {error}")
        for sealed in made:
            out.print(f"[green]✓[/] {sealed.file} was made again from the journal.", highlight=False)
        report = _look(setup)
    _say(report)
    if report.troubled:
        raise typer.Exit(1)


def _look(setup: Setup) -> Report:
    with bars() as told:
        return verify(database_of(setup), setup.data / "archive", told)


_SHOWN = (
    ("run", "Runs"),
    ("event", "Events"),
    ("pending", "  only here, waiting to be sent"),
    ("parked", "  only here, set aside"),
    ("discarded", "  only here, given up with a reason"),
    ("acknowledged", "  here and at the server"),
    ("at the server only", "  at the server only"),
    ("archive files", "Archive files, whole"),
    ("not archived yet", "Runs not archived yet"),
    ("vectors in the journal", "Vectors in the journal, whole"),
    ("files without a row", "Archive files that no row names"),
    ("texts", "Texts of plans and configurations"),
)


def _say(report: Report) -> None:
    table = Table.grid(padding=(0, 2))
    for key, words in _SHOWN:
        table.add_row(words, str(report.counts[key]))
    out.print(table)
    for trouble in report.troubles:
        err.print(f"✕ {trouble}", style="red", markup=False, highlight=False, soft_wrap=True)
    if report.troubled > len(report.troubles):
        err.print(f"… and {report.troubled - len(report.troubles)} more", style="red")
    if not report.troubled:
        out.print("[green]✓[/] Everything was read again, and every digest is right.")


def rescue_command(
    config: ConfigFile,
    target: Annotated[Path, typer.Argument(help="A folder that exists, on a stick or another disk.")],
    everything: Annotated[
        bool, typer.Option("--all", help="Also what the server has acknowledged already.")
    ] = False,
) -> None:
    """Write what the server has not acknowledged into one file, for `lotline-server import-bundle`."""
    setup = load(config)
    if not target.is_dir():
        refuse(f"{target} is no folder. Put the stick in, and name a folder on it.")
    credentials = read_credentials(setup.data)
    token = None if credentials is None else credentials.token
    name = setup.station.station.name
    try:
        with bars() as told:
            done = rescue(
                database_of(setup), setup.data / "archive", target, name, token, told, everything=everything
            )
    except RescueError as error:
        refuse(str(error))
    out.print(
        f"{done.path}: {done.records} records, {done.frames} vectors, read back and whole.", soft_wrap=True
    )
    sealed = "" if token is not None else f" --station {name}"
    out.print(
        f"At the server: lotline-server import-bundle {done.path.name}{sealed}",
        highlight=False,
        soft_wrap=True,
    )
    if done.without_frames:
        err.print(f"{done.without_frames} records go without some of their vectors.", style="yellow")
    for trouble in done.troubles[:20]:
        err.print(f"✕ {trouble}", style="red", markup=False, highlight=False, soft_wrap=True)
    if done.troubles:
        refuse("Not everything could be read at this station; what could is in the file.")
