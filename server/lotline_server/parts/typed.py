"""A part as a person names it in a form: by its number, or by enough words that it can be no other."""

from collections.abc import Collection

from sqlalchemy.engine import Connection

from lotline_server.core.errors import Invalid
from lotline_server.parts import queries
from lotline_server.parts.queries import PartRow

SHOWN = 5


def typed_part(
    connection: Connection, typed: str, *, kinds: Collection[str] = (), statuses: Collection[str] = ()
) -> PartRow:
    """Give the part that was typed into a form without its picker's help: the one with this number, else the
    only one that fits. Invalid, with those that were perhaps meant, for none and for several.
    """
    exact = queries.find_part(connection, typed.strip())
    if exact is not None:
        return exact
    found = queries.suggest_parts(connection, typed, kinds=kinds, statuses=statuses, limit=SHOWN + 1)
    numbers = [part.part_number for part in found]
    if typed.strip() and (len(found) == 1 or (found and numbers[0].lower() == typed.strip().lower())):
        return found[0]
    if not typed.strip() or not found:
        raise Invalid(f"no part fits “{typed.strip()[:40]}”: type its number, or words of its name")
    shown = ", ".join(numbers[:SHOWN]) + (" and more" if len(numbers) > SHOWN else "")
    raise Invalid(f"several parts fit “{typed.strip()[:40]}”: {shown}. Type more of the number")
