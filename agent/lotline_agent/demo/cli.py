"""`lotline-demo`: see the whole line run, without hardware."""

import signal
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lotline_agent.demo.compare import compare
from lotline_agent.demo.line import ADMIN, Line
from lotline_agent.demo.processes import DidNotStart, wait_until
from lotline_agent.ports import Row, StationView

UNITS_ONCE = 20
LOT_TARGET = 50
FAULT_AT = 7
_MARKS = {"PASS": "[green]✓ Pass[/]", "FAIL": "[red]✕ Fail[/]", "ERROR": "[magenta]⚠ Error[/]"}

app = typer.Typer(pretty_exceptions_enable=False)
_out = Console()


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help=f"Test {UNITS_ONCE} units, compare, end.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option(help="Keep the data here. Without it, a temporary folder that goes at the end."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the simulated units: the same seed, the same defects.")] = 5,
    server_port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0,
    panel_port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0,
    pause_s: Annotated[float, typer.Option(help="Between two units, as an operator needs.")] = 1.5,
) -> None:
    """Start a lot server, a simulated bench and a station, and scan unit after unit."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with tempfile.TemporaryDirectory(prefix="lotline-demo-") as temporary:
        place = folder or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        if any(place.iterdir()):
            _out.print(f"[red]{place} is not empty.[/] The demo begins from nothing: name a new folder.")
            raise typer.Exit(1)
        try:
            with Line(place.resolve(), seed=seed, server_port=server_port, panel_port=panel_port) as line:
                _introduce(line)
                clean = _run_once(line, stop) if once else _run_on(line, stop, pause_s)
        except (DidNotStart, TimeoutError) as error:
            _out.print(f"[red]The demo cannot go on:[/] {error}", highlight=False)
            raise typer.Exit(1) from error
    raise typer.Exit(0 if clean else 1)


def _introduce(line: Line) -> None:
    _out.print("A lot server, a simulated bench and a station are running, on this machine only.")
    _out.print(f"  Lot server      {line.server_url}/", soft_wrap=True, highlight=False)
    _out.print(f"  Operator panel  {line.panel_address}", soft_wrap=True, highlight=False)
    _out.print("The demo made an admin for itself. Sign in to the lot server with")
    _out.print(f"  Name            {ADMIN}", highlight=False)
    _out.print(f"  Password        {line.password}", highlight=False)


def _run_once(line: Line, stop: threading.Event) -> bool:
    serials = line.create_lot("LOT-DEMO-1", UNITS_ONCE)
    _wait_for_facts(line, serials[0])
    times: list[float] = []
    with _progress() as progress:
        task = progress.add_task("LOT-DEMO-1", total=len(serials))
        for number, serial_number in enumerate(serials, start=1):
            if stop.is_set():
                return False
            if number == FAULT_AT:
                line.bench.fault("dmm", "no_answer", count=1)
            times.append(_test(line, serial_number, progress))
            progress.advance(task)
    line.watcher.wait_all_sent()
    wait_until(line.all_sealed, 30.0, "the sealing of every archive file")
    found = compare(line.station_data, line.server_url, line.token)
    _out.print(
        f"demo: runs={found.runs} on_server={found.on_server} lost={found.lost} "
        f"duplicated={found.duplicated} vectors_equal={'yes' if found.vectors_equal else 'no'} "
        f"scan_to_verdict_ms_median={statistics.median(times) * 1000:.0f}",
        soft_wrap=True,
        highlight=False,
    )
    return found.is_clean and found.runs == len(serials) and found.vectors > 0


def _run_on(line: Line, stop: threading.Event, pause_s: float) -> bool:
    _out.print("Stop with Ctrl-C.\n")
    number = 0
    with _progress() as progress:
        while not stop.is_set():
            number += 1
            lot = f"LOT-DEMO-{number}"
            serials = line.create_lot(lot, LOT_TARGET)
            _wait_for_facts(line, serials[0])
            task = progress.add_task(lot, total=len(serials))
            for serial_number in serials:
                if stop.is_set():
                    break
                _test(line, serial_number, progress)
                progress.advance(task)
                stop.wait(pause_s)
    _out.print("\nStopping …")
    return True


def _test(line: Line, serial_number: str, progress: Progress) -> float:
    """Scan one unit and wait for its verdict; gives the seconds from the scan to the verdict on the panel."""
    line.watcher.wait_ready()
    began = time.monotonic()
    line.bench.scan(serial_number)
    at, view = line.watcher.wait_verdict(serial_number, began)
    progress.console.print(f"  {serial_number}  {_word(view)}", highlight=False)
    return at - began


def _word(view: StationView) -> str:
    if view.notice is not None and view.notice.kind == "refused":
        return f"[yellow]refused:[/] {view.notice.text}"
    word = _MARKS.get(view.phase, view.phase)
    failed = [row for row in view.run.rows if row.outcome != "PASS"] if view.run else []
    return word + "".join(f"  {_why(row)}" for row in failed[:1])


def _why(row: Row) -> str:
    if row.value is None:
        return f"{row.name}: {row.message or 'no value came'}"[:120]
    return f"{row.name} {row.value} {row.uom or ''} ({row.limits or row.message})"


def _wait_for_facts(line: Line, serial_number: str) -> None:
    wait_until(lambda: line.station_knows(serial_number), 30.0, "the station hearing of its new lot")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=_out
    )
