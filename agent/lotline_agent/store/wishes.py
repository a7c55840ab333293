"""What a person asks of a running agent: a small file in its folder, since only the agent writes the store.

The wish is granted while the station is idle; then its file is gone, or stands there with what was wrong.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from lotline_agent.store.files import make_folder, sync_folder, write_durably
from lotline_agent.store.parked import ParkedError
from lotline_contract.ids import uuid7

_FOLDER = "wishes"
_ASKED, _REFUSED = ".wish", ".refused"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of one parked record, and in whose name."""

    what: Literal["retry", "discard"]
    record_id: str
    who: str
    station: str
    reason: str = ""


def ask(folder: Path, wish: Wish) -> Path:
    """Leave a wish for the running agent; gives its file, which is gone when the wish was granted."""
    make_folder(folder / _FOLDER)
    name = f"{uuid7()}{_ASKED}"
    write_durably(folder / _FOLDER, name, msgspec.json.encode(wish))
    return folder / _FOLDER / name


def answer(path: Path) -> str | None:
    """Give what was wrong with a wish; None where nothing was said, and then it was granted if it is gone."""
    refused = path.with_suffix(_REFUSED)
    if not refused.is_file():
        return None
    said = refused.read_text(encoding="utf-8")
    refused.unlink()
    return said


def grant_all(folder: Path, grant: Callable[[Wish], None]) -> int:
    """Grant what was asked for, oldest first; a wish that cannot be granted is answered. Gives how many."""
    if not (folder / _FOLDER).is_dir():
        return 0
    asked = sorted((folder / _FOLDER).glob(f"*{_ASKED}"))
    for path in asked:
        try:
            grant(msgspec.json.decode(path.read_bytes(), type=Wish))
        except (ParkedError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            path.with_suffix(_REFUSED).write_text(str(error), encoding="utf-8")
        path.unlink()
    if asked:
        sync_folder(folder / _FOLDER)
    return len(asked)
