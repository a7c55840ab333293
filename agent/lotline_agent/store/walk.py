"""Reading a store piece by piece, beside whoever writes to it, and past what is damaged in it.

Each piece is a read of its own, so that the agent's checkpoints go on meanwhile and memory stays bounded.
"""

from collections.abc import Callable, Iterator
from typing import Any

from lotline_agent.store import sqlite

PIECE = 16
_HOPELESS = 4096
"""So many ids in a row that cannot be read are the end of a table."""


def walk(
    connection: sqlite.Connection,
    columns: str,
    source: str,
    key: str,
    broken: Callable[[str], None],
    *,
    piece: int = PIECE,
) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a table in the order of their integer key, which comes first in each.

    columns, source, key: texts of ours, never of anybody else. broken: told where rows cannot be read
    """
    select = f"SELECT {key}, {columns} FROM {source}"  # noqa: S608 - see above
    after, hopeless = -1, 0
    while hopeless < _HOPELESS:
        try:
            rows = connection.execute(
                f"{select} WHERE {key} > ? ORDER BY {key} LIMIT ?", (after, piece)
            ).fetchall()
            if not rows:
                return
            yield from rows
            after, hopeless = rows[-1][0], 0
        except sqlite.DatabaseError as error:
            found, said = _singly(connection, select, key, after, piece)
            if not hopeless or found:
                broken(f"{source}: rows behind {key} {after} cannot be read: {said or error}")
            yield from found
            after += piece
            hopeless = 0 if found else hopeless + piece


def _singly(
    connection: sqlite.Connection, select: str, key: str, after: int, piece: int
) -> tuple[list[tuple[Any, ...]], str]:
    """Ask for each row by itself; gives those that can be read, and what was said of the first other one."""
    found, said = [], ""
    for one in range(after + 1, after + 1 + piece):
        try:
            found += connection.execute(f"{select} WHERE {key} = ?", (one,)).fetchall()
        except sqlite.DatabaseError as error:
            said = said or str(error)
    return found, said
