"""`lotline-agent`: what a person at the test PC can ask for."""

import logging
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Annotated

import structlog
import typer
from rich.table import Table
from rich.text import Text

from lotline_agent.app import Agent
from lotline_agent.cli_care import add_care
from lotline_agent.cli_parked import parked_app
from lotline_agent.cli_shared import ConfigFile, load, out, reading, refuse
from lotline_agent.config.load import Setup
from lotline_agent.execution.sessions import Bench, Session, SessionLost
from lotline_agent.execution.wording import limits_text, value_text
from lotline_agent.panel.server import PanelError
from lotline_agent.store.errors import StoreError
from lotline_agent.store.history import PastRun, last_runs, runs_of
from lotline_agent.store.outbox import discarded_at
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
add_care(app)
app.add_typer(parked_app, name="parked")

_STOPPING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""What ends a station in good order. The last two are a closed window: outputs must not stay on behind it."""

_MARKS = {
    Outcome.PASS: "[green]✓ Pass[/]",
    Outcome.FAIL: "[red]✕ Fail[/]",
    Outcome.ERROR: "[magenta]⚠ Error[/]",
    Outcome.ABORTED: "[yellow]◼ Aborted[/]",
    Outcome.SKIPPED: "– Skipped",
    Outcome.UNSET: "[magenta]⚠ No value[/]",
}


@app.command()
def check(config: ConfigFile) -> None:
    """Check a configuration, open and identify every instrument, and say how each one is."""
    setup = load(config)
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
    out.print(table)
    plan = setup.plan.plan
    measured = sum(step.kind is not None for step in setup.steps)
    out.print(
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
    config: ConfigFile,
    code: Annotated[str, typer.Argument(help="From `lotline-server station add NAME`.")],
    fingerprint: Annotated[
        str | None, typer.Option(help="Of the server's own CA; it is printed beside the code.")
    ] = None,
) -> None:
    """Trade a one-time pairing code for this station's access to the lot server."""
    setup = load(config)
    if setup.station.server is None:
        refuse(f'{config} names no server. Add:\n\n[server]\nurl = "https://…"')
    try:
        server = setup.station.server
        ca = None if server.ca is None else server.ca.expanduser().read_text(encoding="ascii")
        credentials = pair(
            setup.data, server.url, setup.station.station.name, code, fingerprint=fingerprint, ca=ca
        )
    except (UnicodeDecodeError, SyncError, PairingRefused, OSError) as error:
        refuse(f"Not paired: {error}")
    out.print(f"[green]✓[/] Station {credentials.station} is paired with {credentials.server}.")


@app.command()
def run(
    config: ConfigFile,
    stdin: Annotated[bool, typer.Option(help="Take each line of standard input as a scan.")] = False,
) -> None:
    """Serve scans at this station until Ctrl-C."""
    _log_to_stderr()
    setup = load(config)
    try:
        agent = Agent(setup, scans_from_stdin=stdin)
    except StoreError as error:
        refuse(str(error))
    for name in _STOPPING:
        # One that is ignored already is so by somebody's will: nohup.
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN:
            signal.signal(getattr(signal, name), lambda *_: agent.stop())
    try:
        with agent:
            out.print(f"Station {setup.station.station.name}. Operator panel: ", end="")
            out.print(agent.panel.address, style="bold", soft_wrap=True)
            # On a thread of its own: a signal must never wait for a lock that the line it interrupted holds.
            with ThreadPoolExecutor(1, "station") as pool:
                pool.submit(agent.run).result()
    except PanelError as error:
        refuse(str(error))
    if agent.unrecorded is not None:
        refuse(f"NOT RECORDED: the last test of {agent.unrecorded} could not be saved. Test the unit again.")
    out.print("Stopped. Everything that was tested is recorded.")


@app.command()
def status(config: ConfigFile) -> None:
    """Say what this station holds: runs, what waits to be sent, what was set aside. Changes nothing."""
    setup = load(config)
    with reading(setup) as connection:
        states = dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())
        (given_up,) = connection.execute(
            f"SELECT count({discarded_at(connection)}) FROM outbox WHERE state = 'parked'"  # noqa: S608 - ours
        ).fetchone()
        (left,) = connection.execute(
            "SELECT count(*) FROM outbox WHERE state = 'acknowledged' AND length(record) = 0"
        ).fetchone()
        (lost,) = connection.execute(
            "SELECT count(*) FROM outbox WHERE state = 'acknowledged' AND length(record) = 0 "
            "AND generation IS NULL"
        ).fetchone()
        (sealed,) = connection.execute("SELECT count(*) FROM archive").fetchone()
        runs = last_runs(connection, 8)
    table = Table.grid(padding=(0, 2))
    table.add_row("Station", setup.station.station.name)
    table.add_row("Data folder", str(setup.data))
    table.add_row("Server", _server_words(setup))
    table.add_row("Records", f"{sum(states.values())}")
    table.add_row("  acknowledged", str(states.get("acknowledged", 0)))
    table.add_row("  of them at the server only", str(left))
    if lost:
        table.add_row("[red]  of them lost by the server[/]", f"[red]{lost}[/]: nobody holds their bytes")
    table.add_row("  waiting", str(states.get("pending", 0)))
    aside = states.get("parked", 0) - given_up
    table.add_row("  set aside", f"{aside}: lotline-agent parked list" if aside else "0")
    if given_up:
        table.add_row("  given up", str(given_up))
    table.add_row("Archive files", str(sealed))
    table.add_row("Kept here", _kept_words(setup.station.station.keep_days))
    out.print(table)
    if runs:
        out.print(_runs_table(runs, "Last runs"))


def _kept_words(days: int) -> str:
    return f"until {days} days after the server has it (keep_days)" if days else "for ever (keep_days = 0)"


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
    setup = load(config)
    with reading(setup) as connection:
        runs = runs_of(connection, serial_number)
    if not runs:
        refuse(f"This station has no run of {serial_number}.")
    out.print(_runs_table(runs, serial_number))
    latest = runs[-1].run()
    if latest is None:
        if runs[-1].state == "acknowledged":
            out.print("Its record has left this station (keep_days); the server holds it.")
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
    out.print(table)


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
