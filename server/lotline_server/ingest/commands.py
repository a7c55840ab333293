"""`lotline-server completeness`."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from lotline_server.ingest.completeness import EpochCompleteness, completeness
from lotline_server.opening import Opened

Open = Callable[[Path], AbstractContextManager[Opened]]
"""Opens a data folder for one command."""


def register(app: typer.Typer, default_data: Path, opened: Open) -> None:
    """Add the commands to the server's command line."""
    folder = typer.Option("--data", envvar="LOTLINE_SERVER_DATA", help="The folder that keeps everything.")

    @app.command("completeness")
    def show_completeness(
        data: Annotated[Path, folder] = default_data,
        all_epochs: Annotated[bool, typer.Option("--all", help="Also the epochs that are whole.")] = False,
    ) -> None:
        """Say what is held of all that each station recorded; ends with 1 where something is missing."""
        with opened(data) as server, server.database.read() as connection:
            found = completeness(connection)
        held: Counter[str] = Counter()
        for each in found:
            held[each.station] += each.held
            if all_epochs or each.missing or each.quarantined:
                print(_line(each))
        for station in sorted(held):
            missing = sum(each.missing for each in found if each.station == station)
            word = f"{missing} missing" if missing else "provably complete"
            print(f"{station}\t{held[station]} records held\t{word}")
        if any(each.missing for each in found):
            raise typer.Exit(1)


def _line(each: EpochCompleteness) -> str:
    gaps = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in each.gaps)
    missing = f"{each.missing} missing: {gaps}" if each.missing else "nothing missing"
    quarantined = f"\t{each.quarantined} in quarantine" if each.quarantined else ""
    whole = f"complete to {each.complete_to} of {each.last_seq}"
    return f"{each.station}\tepoch {each.epoch}\t{whole}\t{missing}{quarantined}"
