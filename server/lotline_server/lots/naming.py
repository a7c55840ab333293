"""What the next lot may be called: as the last one was, one further. Pure."""

import re
from collections.abc import Callable, Sequence
from datetime import date

_COUNTED = re.compile(r"(?P<front>.*?)(?P<number>[0-9]{1,9})")
_MONTH = re.compile(r"(?P<front>.*?)(?P<month>[0-9]{4})(?P<between>[^0-9]+)")
MAX_LENGTH = 64


def next_name(lots: Sequence[tuple[str, date]], today: date, is_taken: Callable[[str], bool]) -> str:
    """Suggest a name. lots: (name, day it was created), the newest first; those that end in no number are
    passed over. A name with its month, LOT-2611-042, begins anew in the next one: LOT-2612-001.
    """
    front, number, width = f"LOT-{today:%y%m}-", 0, 3
    for name, day in lots:
        found = _COUNTED.fullmatch(name)
        if found is None:
            continue
        front, number, width = found["front"], int(found["number"]), len(found["number"])
        month = _MONTH.fullmatch(front)
        if month is not None and month["month"] == f"{day:%y%m}" != f"{today:%y%m}":
            front, number = f"{month['front']}{today:%y%m}{month['between']}", 0
        break
    while True:
        number += 1
        name = f"{front}{number:0{width}d}"
        if len(name) > MAX_LENGTH:
            front = f"LOT-{today:%y%m}-"
        elif not is_taken(name):
            return name
