"""`lotline-server backup` and `restore`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lotline_server.backup import making, restoring
from lotline_server.backup.errors import BackupError
from lotline_server.core.clock import utc_now
from lotline_server.core.errors import StartRefused
from lotline_server.core.terminal import Told, shown_progress

_err = Console(stderr=True)


@contextmanager
def _shown() -> Iterator[Told]:
    """Show how far it is; a refusal ends the command with one line on standard error."""
    try:
        with shown_progress() as told:
            yield told
    except (BackupError, StartRefused) as error:
        _err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error


def register(app: typer.Typer, default_data: Path, who: str) -> None:
    """Add the commands to the server's command line."""
    folder = typer.Option("--data", envvar="LOTLINE_SERVER_DATA", help="The folder that keeps everything.")

    @app.command("backup")
    def backup(
        file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
        data: Annotated[Path, folder] = default_data,
        despite_damage: Annotated[
            bool, typer.Option("--despite-damage", help="Also where frames are lost; they are listed.")
        ] = False,
    ) -> None:
        """Write the whole server into one file while it runs, and restore it once before it is named."""
        with _shown() as progress:
            made = making.make_backup(data, file, progress, despite_damage=despite_damage)
        for blob in made.missing:
            print(f"lost\t{blob}")
        _err.print(
            f"{made.path}: {made.records} records, {made.frames} large frames, {made.size / 1e6:.1f} MB; "
            "restored once and found whole. Keep it on another disk, where only you can read it.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )

    @app.command("restore")
    def restore(
        file: Annotated[Path, typer.Argument(help="A file that `lotline-server backup` has written.")],
        data: Annotated[Path, typer.Option("--data", help="An empty or a new folder.")],
    ) -> None:
        """Make a server of a backup, in an empty or a new folder."""
        with _shown() as progress:
            restored = restoring.restore_backup(file, data, progress, at=utc_now(), who=who)
        print(restoring.what_happens_next(restored))
