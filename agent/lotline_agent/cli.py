"""`lotline-agent`: what a person at the test PC can ask for."""

import logging
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import structlog
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lotline_agent.app import Agent
from lotline_agent.config.load import Setup, load
from lotline_agent.config.problems import ConfigError
from lotline_agent.execution.sessions import Bench, Session, SessionLost
from lotline_agent.execution.wording import limits_text, value_text
from lotline_agent.panel.server import PanelError
from lotline_agent.store.database import open_reader
from lotline_agent.store.errors import StoreError
from lotline_agent.store.history import PastRun, last_runs, runs_of
from lotline_agent.store.sqlite import Connection, DatabaseError
from lotline_agent.store.station_store import DATABASE_NAME
from lotline_agent.sync.client import SyncError
from lotline_agent.sync.pairing import PairingRefused, pair, read_credentials
from lotline_contract.outcome import Outcome
from lotline_drivers.errors import InstrumentError

app = typer.Typer(
    name="lotline-agent",
    help="Test units, record every measurement, send it to the lot server.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_out = Console()
_err = Console(stderr=True)

_STOPPING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""What ends a station in good order. The last two are a closed window: outputs must not stay on behind it."""

ConfigFile = Annotated[Path, typer.Argument(help="The station's configuration, a TOML file.")]

_MARKS = {
    Outcome.PASS: "[green]✓ Pass[/]",
    Outcome.FAIL: "[red]✕ Fail[/]",
    Outcome.ERROR: "[magenta]⚠ Error[/]",
    Outcome.ABORTED: "[yellow]◼ Aborted[/]",
    Outcome.SKIPPED: "– Skipped",
    Outcome.UNSET: "[magenta]⚠ No value[/]",
}


def _refuse(message: str) -> NoReturn:
    _err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def _load(config: Path) -> Setup:
    try:
        return load(config)
    except ConfigError as error:
        count = len(error.problems)
        _refuse(f"{count} problem{'s' if count > 1 else ''} in the configuration:\n{error}")


@app.command()
def check(config: ConfigFile) -> None:
    """Check a configuration, open and identify every instrument, and say how each one is."""
    setup = _load(config)
    table = Table("Instrument", "State", "Identity, or what to do", title=Text(str(config)), show_lines=True)
    bench = Bench(setup.station.instruments)
    troubled = 0
    try:
        for session in bench.sessions.values():
            trouble = _trouble_of(session)
            troubled += trouble is not None
            mark = "[green]✓ ready[/]" if trouble is None else "[red]✕ not ready[/]"
            where = f"{session.section.driver} at {session.section.resource}"
            name = Text.assemble(session.name, ("\n" + where, "dim"), overflow="fold")
            table.add_row(name, mark, Text(trouble or session.identity, overflow="fold"))
    finally:
        bench.close()
    _out.print(table)
    plan = setup.plan.plan
    measured = sum(step.kind is not None for step in setup.steps)
    _out.print(
        f"Plan {plan.name} {plan.version} for {plan.part_number} at {plan.operation}: "
        f"{len(setup.steps)} steps, {measured} measurements. Configuration is correct."
    )
    if troubled:
        raise typer.Exit(1)


def _trouble_of(session: Session) -> str | None:
    try:
        session.prepare()
    except (InstrumentError, SessionLost) as error:
        return str(error)
    return None


@app.command(name="pair")
def pair_command(
    config: ConfigFile, code: Annotated[str, typer.Argument(help="From `lotline-server station add NAME`.")]
) -> None:
    """Trade a one-time pairing code for this station's access to the lot server."""
    setup = _load(config)
    if setup.station.server is None:
        _refuse(f'{config} names no server. Add:\n\n[server]\nurl = "https://…"')
    try:
        credentials = pair(setup.data, setup.station.server.url, setup.station.station.name, code)
    except (SyncError, PairingRefused, OSError) as error:
        _refuse(f"Not paired: {error}")
    _out.print(f"[green]✓[/] Station {credentials.station} is paired with {credentials.server}.")


@app.command()
def run(
    config: ConfigFile,
    stdin: Annotated[bool, typer.Option(help="Take each line of standard input as a scan.")] = False,
) -> None:
    """Serve scans at this station until Ctrl-C."""
    _log_to_stderr()
    setup = _load(config)
    try:
        agent = Agent(setup, scans_from_stdin=stdin)
    except StoreError as error:
        _refuse(str(error))
    for name in _STOPPING:
        # One that is ignored already is so by somebody's will: nohup.
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN:
            signal.signal(getattr(signal, name), lambda *_: agent.stop())
    try:
        with agent:
            _out.print(f"Station {setup.station.station.name}. Operator panel: ", end="")
            _out.print(agent.panel.address, style="bold", soft_wrap=True)
            # On a thread of its own: a signal must never wait for a lock that the line it interrupted holds.
            with ThreadPoolExecutor(1, "station") as pool:
                pool.submit(agent.run).result()
    except PanelError as error:
        _refuse(str(error))
    if agent.unrecorded is not None:
        _refuse(f"NOT RECORDED: the last test of {agent.unrecorded} could not be saved. Test the unit again.")
    _out.print("Stopped. Everything that was tested is recorded.")


@app.command()
def status(config: ConfigFile) -> None:
    """Say what this station holds: runs, what waits to be sent, what was set aside. Changes nothing."""
    setup = _load(config)
    with _reading(setup) as connection:
        states = dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())
        (sealed,) = connection.execute("SELECT count(*) FROM archive").fetchone()
        runs = last_runs(connection, 8)
    table = Table.grid(padding=(0, 2))
    table.add_row("Station", setup.station.station.name)
    table.add_row("Data folder", str(setup.data))
    table.add_row("Server", _server_words(setup))
    table.add_row("Records", f"{sum(states.values())}")
    table.add_row("  acknowledged", str(states.get("acknowledged", 0)))
    table.add_row("  waiting", str(states.get("pending", 0)))
    table.add_row("  set aside", str(states.get("parked", 0)))
    table.add_row("Archive files", str(sealed))
    _out.print(table)
    if runs:
        _out.print(_runs_table(runs, "Last runs"))


def _server_words(setup: Setup) -> str:
    if setup.station.server is None:
        return "none; records are kept here"
    paired = read_credentials(setup.data) is not None
    return setup.station.server.url + (", paired" if paired else ", not paired: lotline-agent pair")


@app.command()
def units(
    config: ConfigFile, serial_number: Annotated[str, typer.Argument(help="The unit's serial number.")]
) -> None:
    """Show what this station knows of one unit: its runs, their measurements, where they are stored."""
    setup = _load(config)
    with _reading(setup) as connection:
        runs = runs_of(connection, serial_number)
    if not runs:
        _refuse(f"This station has no run of {serial_number}.")
    _out.print(_runs_table(runs, serial_number))
    latest = runs[-1].run()
    if latest is None:
        return
    table = Table("Step", "Measurement", "Value", "uom", "Limits", "Outcome", title=f"Run {latest.run_id}")
    for step in latest.steps:
        for each in step.measurements:
            shown = value_text(each.value) or each.reading or ""
            if each.vector is not None:
                shown = f"{each.vector.shape[0]} points"
            limits = limits_text(each.limit) or ""
            # As text: what a unit answers may look like our own markup.
            told = (step.name, each.name, shown, each.uom or "", limits)
            table.add_row(*map(Text, told), _MARKS[each.outcome])
        if not step.measurements and step.message:
            table.add_row(Text(step.name), "", Text(step.message), "", "", _MARKS[step.outcome])
    _out.print(table)


@contextmanager
def _reading(setup: Setup) -> Iterator[Connection]:
    """Read the station's database, which may be in use; a damaged one is explained."""
    path = setup.data / DATABASE_NAME
    if not path.is_file():
        _refuse(f"This station has recorded nothing yet: {path} does not exist. Start it: lotline-agent run")
    connection = open_reader(path)
    try:
        yield connection
    except DatabaseError as error:
        _refuse(
            f"The station's database {path} cannot be read: {error}. It may be damaged; nothing was changed."
        )
    finally:
        connection.close()


_SYNC_WORDS = {"pending": "waiting", "acknowledged": "sent", "parked": "set aside"}


def _runs_table(runs: list[PastRun], title: str) -> Table:
    table = Table("Started", "Serial number", "Lot", "Operation", "Outcome", "Sync", "Archived", title=title)
    for past in runs:
        mark = _MARKS[past.outcome] if past.outcome else "[yellow]● In progress[/]"
        sync = _SYNC_WORDS.get(past.state or "", "") + (f": {past.reason}" if past.reason else "")
        started = datetime.fromisoformat(past.started_at).astimezone().strftime("%d %b %H:%M:%S")
        archived = "yes" if past.file else "no"
        table.add_row(started, past.serial_number, past.lot or "", past.operation, mark, Text(sync), archived)
    return table


def _log_to_stderr() -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
    )
