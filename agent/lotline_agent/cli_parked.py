"""`lotline-agent parked`: what the server could not take, and what becomes of it."""

import getpass
import os
import time
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from lotline_agent.cli_shared import ConfigFile, database_of, load, out, reading, refuse
from lotline_agent.config.load import Setup
from lotline_agent.store import parked, wishes
from lotline_agent.store.errors import StoreError, StoreInUse
from lotline_agent.store.files import write_durably
from lotline_agent.store.parked import MAX_REASON, ParkedError
from lotline_agent.store.station_store import StationStore

WAIT_S = 30.0
RecordId = Annotated[str, typer.Argument(help="As `parked list` shows it.")]

parked_app = typer.Typer(
    help="What the server could not take: list, retry, export, discard.", no_args_is_help=True
)


@parked_app.command("list")
def list_parked(config: ConfigFile) -> None:
    """List what is set aside, and what was given up. Changes nothing."""
    with reading(load(config)) as connection:
        found = parked.parked(connection)
    if not found:
        out.print("Nothing is set aside.")
        return
    table = Table("Record", "Unit", "Recorded", "Bytes", "Why", "")
    for each in found:
        state = "[dim]given up[/]" if each.given_up else "waits for you"
        when = each.created_at.strftime("%d %b %H:%M")
        record = Text(each.record_id, overflow="fold")
        table.add_row(record, each.serial_number or each.kind, when, str(each.size), Text(each.reason), state)
    out.print(table)


@parked_app.command("export")
def export(
    config: ConfigFile, record_id: RecordId, file: Annotated[Path, typer.Argument(help="The file to write.")]
) -> None:
    """Write a record's exact bytes into a file, to be looked at or sent to somebody."""
    with reading(load(config)) as connection:
        try:
            data = parked.record_bytes(connection, record_id)
        except ParkedError as error:
            refuse(str(error))
    if file.exists():
        refuse(f"{file} exists already.")
    try:
        write_durably(file.parent, file.name, data)
    except OSError as error:
        refuse(f"{file} cannot be written: {error.strerror}")
    out.print(f"{file}: {len(data)} bytes", soft_wrap=True)


@parked_app.command("retry")
def retry(config: ConfigFile, record_id: RecordId) -> None:
    """Offer a record to the server again, after what stopped it was put right."""
    _ask(load(config), "retry", record_id)
    out.print(f"Record {record_id} is offered to the server again.", soft_wrap=True)


@parked_app.command("discard")
def discard(
    config: ConfigFile,
    record_id: RecordId,
    reason: Annotated[str, typer.Option(help="Why; it is recorded, and the server is told.")],
) -> None:
    """Give a record up: it stays here, is offered to nobody any more, and the server is told why."""
    if not reason.strip() or len(reason) > MAX_REASON:
        refuse(f"Say why in 1 to {MAX_REASON} characters: --reason")
    _ask(load(config), "discard", record_id, reason)
    out.print(f"Record {record_id} was given up. Its bytes stay here.", soft_wrap=True)


def _ask(setup: Setup, what: Literal["retry", "discard"], record_id: str, reason: str = "") -> None:
    """Have it done: by the agent that runs, or here where none does."""
    database_of(setup)
    station = setup.station.station
    wish = wishes.Wish(what=what, record_id=record_id, who=_who(), station=station.name, reason=reason)
    try:
        store = StationStore(setup.data, floor_bytes=0, ballast_bytes=0)
    except StoreInUse:
        _wait(wishes.ask(setup.data, wish))
        return
    except StoreError as error:
        refuse(str(error))
    try:
        store.grant(wish)
    except ParkedError as error:
        refuse(str(error))
    finally:
        store.close()


def _wait(asked: Path) -> None:
    deadline = time.monotonic() + WAIT_S
    while asked.exists():
        if time.monotonic() > deadline:
            refuse("The agent is busy; it will do so when the station is idle. `parked list` shows it then.")
        time.sleep(0.1)
    wrong = wishes.answer(asked)
    if wrong is not None:
        refuse(wrong)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "somebody"
