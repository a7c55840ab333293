"""`lotline-server completeness` and `import-bundle`."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from lotline_server.core.clock import utc_now
from lotline_server.core.frame_folder import FrameFolder
from lotline_server.core.terminal import shown_progress
from lotline_server.ingest.bundle import Importing, answers_in_words
from lotline_server.ingest.completeness import EpochCompleteness, completeness
from lotline_server.ingest.service import Ingest
from lotline_server.opening import DISK_FLOOR_BYTES, Opened
from lotline_server.runs.definitions import Definitions

Open = Callable[[Path], AbstractContextManager[Opened]]
"""Opens a data folder for one command."""


def register(app: typer.Typer, default_data: Path, opened: Open, who: str) -> None:
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

    @app.command("import-bundle")
    def import_bundle(
        file: Annotated[Path, typer.Argument(help="A file that `lotline-agent rescue` has written.")],
        station: Annotated[
            str | None,
            typer.Option(help="Whose it is, where its own seal does not prove it: you vouch for it."),
        ] = None,
        data: Annotated[Path, folder] = default_data,
    ) -> None:
        """Take in what a station could not send, with the checks of the wire; twice is the same as once."""
        with opened(data) as server, shown_progress() as told:
            frames = FrameFolder(server.folder.frames)
            importing = Importing(
                ingest=Ingest(
                    database=server.database, folder=frames, definitions=Definitions(server.database)
                ),
                folder=server.folder,
                disk_floor_bytes=DISK_FLOOR_BYTES,
                clock=utc_now,
                who=who,
                told=told,
            )
            done = importing.take(file, station)
        print(f"{done.station}\t{answers_in_words(done)}")
        for line in done.open:
            print(f"\t{line}")
        if done.unreadable:
            print(f"\t{done.unreadable} things could not be read at the station when the bundle was made")
        if not done.is_whole:
            raise typer.Exit(1)


def _line(each: EpochCompleteness) -> str:
    gaps = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in each.gaps)
    missing = f"{each.missing} missing: {gaps}" if each.missing else "nothing missing"
    quarantined = f"\t{each.quarantined} in quarantine" if each.quarantined else ""
    whole = f"complete to {each.complete_to} of {each.last_seq}"
    return f"{each.station}\tepoch {each.epoch}\t{whole}\t{missing}{quarantined}"
