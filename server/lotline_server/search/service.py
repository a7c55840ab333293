"""One box for everything: a serial number, a part number or a lot, or how it begins."""

import unicodedata

from sqlalchemy.engine import Connection

from lotline_server.search import queries
from lotline_server.search.queries import Hit

MAX_QUERY = 64


def search(connection: Connection, text: str, *, limit: int = 20) -> list[Hit]:
    """Find lots, parts and units, each at most `limit` times; nothing for an empty or overlong text.

    As typed, then in capitals, since most labels are.
    """
    wanted = unicodedata.normalize("NFC", text.strip())
    if not wanted or len(wanted) > MAX_QUERY or "\x00" in wanted:
        return []
    found: dict[tuple[str, str, str], Hit] = {}
    for prefix in dict.fromkeys((wanted, wanted.upper())):
        for find in (queries.find_lots, queries.find_parts, queries.find_units):
            for hit in find(connection, prefix, limit):
                found.setdefault((hit.kind, hit.name, hit.part_number), hit)
    return list(found.values())
