"""What a long command shows on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn


class Told(Protocol):
    """Is told how far something long is."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say that of `what` so much is done; the unit is the same for both numbers."""


@contextmanager
def shown_progress() -> Iterator[Told]:
    """Show a bar on standard error for each thing that is told of: what, how much is done, how much is."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=max(total, 1))

        yield told
