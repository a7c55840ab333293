"""`lotline-server generate-demo`: a made-up factory in an empty data folder."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lotline_server.console import DEFAULT_DATA, Data, opened_data, say
from lotline_server.core.clock import utc_now


def generate_demo(
    units: Annotated[int, typer.Option(help="How many units.")] = 10_000,
    lots: Annotated[
        int | None, typer.Option(help="How many lots; a thousandth of the units if not given.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same factory.")] = 1,
    data: Data = DEFAULT_DATA,
) -> None:
    """Fill an empty data folder with a year of a made-up factory's production."""
    from lotline_server.generated.service import generate

    columns = (
        TextColumn("Generating"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("units"),
        TimeRemainingColumn(),
    )
    with (
        opened_data(data, serve=True) as opened,
        Progress(*columns, console=Console(stderr=True)) as shown,
    ):
        task = shown.add_task("", total=units)
        generate(
            opened.database,
            units=units,
            lots=lots or max(1, units // 1000),
            now=utc_now(),
            seed=seed,
            progress=lambda done: shown.update(task, completed=done),
        )
    say(f"{units:,} units were generated: lotline-server run --data {data}")
