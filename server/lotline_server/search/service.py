"""One box for everything: a serial number, a lot, a part, an order, a supplier, a project, a station; or how
it begins, or a scanned code.
"""

import unicodedata
from typing import Any

from sqlalchemy.engine import Connection

from lotline_contract.gs1 import MAX_SCAN, read_gs1, without_aim
from lotline_contract.identity import ScanRefused, normalise_serial
from lotline_server.parts.words import typed_words
from lotline_server.search import queries
from lotline_server.search.queries import Hit

MAX_QUERY = 64
ORDER = ("unit", "lot", "part", "order", "supplier", "project", "station")
"""In which exact hits come."""


def meanings(text: str) -> list[str]:
    """Give what somebody may mean by a typed or scanned text: itself, what a scanner put a prefix to, the
    serial number in a GS1 code; each as it is, then in capitals, since most labels are.
    """
    wanted = unicodedata.normalize("NFC", text.strip(" \t\r\n")) if len(text) <= MAX_SCAN else ""
    found = [wanted, without_aim(wanted)]
    code = read_gs1(wanted)
    if code is not None and code.serial_number is not None:
        found.append(code.serial_number)
    seen: dict[str, None] = {}
    for each in found:
        try:
            plain = normalise_serial(each) if not each.startswith("#") else each
        except ScanRefused:
            continue
        if len(plain) <= MAX_QUERY:
            seen |= {plain: None, plain.upper(): None}
    return list(seen)


def search(connection: Connection, text: str, *, limit: int = 20) -> list[Hit]:
    """Find what begins so, each kind at most `limit` times, what is of exactly this name first; parts by the
    words of name and description too. Nothing for an empty or overlong text.
    """
    found: dict[tuple[str, str, str], Hit] = {}
    wanted = meanings(text)
    folded = {each.casefold() for each in wanted}

    def add(rows: list[Any]) -> None:
        for kind, name, part_number, detail in rows:
            if (kind, name, part_number) not in found:
                found[kind, name, part_number] = Hit(
                    kind=kind, name=name, part_number=part_number, detail=detail,
                    exact=name.casefold() in folded,
                )  # fmt: skip

    for at, each in enumerate(wanted):
        find = queries.by_beginning if at else queries.by_name
        add(find(connection, each, limit))
    words = typed_words(wanted[0]) if wanted else []
    # A number with hits is no word of a description; everything else may be one.
    if words and not (found and any(character.isdigit() for character in wanted[0])):
        add(queries.by_words(connection, words, limit))
    hits = list(found.values())
    return sorted(hits, key=lambda hit: (not hit.exact, ORDER.index(hit.kind) if hit.exact else 0))


def the_one(hits: list[Hit]) -> Hit | None:
    """Give the one thing that was meant: the only one of exactly this name, or the only one at all; None
    where there is none, or more than one.
    """
    exact = [hit for hit in hits if hit.exact]
    if len(exact) == 1 or (not exact and len(hits) == 1):
        return (exact or hits)[0]
    return None
