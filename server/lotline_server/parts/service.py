"""Rules for parts."""

from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_contract.identity import check_name, normalise_serial
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.parts import queries

KINDS = ("part", "pcba", "assembly")
MAX_DIGITS = 18


def add_part(
    connection: Connection,
    *,
    part_number: str,
    name: str,
    kind: str,
    serial_prefix: str,
    serial_digits: int,
    at: datetime,
) -> int:
    """Create a part and give its row id. Conflict where it exists; Invalid for a bad number or format."""
    try:
        check_name(part_number, "part number")
        if not name.strip() or len(name) > 200:
            raise ValueError("a part needs a name of at most 200 characters")
        if kind not in KINDS:
            raise ValueError(f"kind {kind!r} is not one of {', '.join(KINDS)}")
        if not 1 <= serial_digits <= MAX_DIGITS:
            raise ValueError(f"serial_digits must be 1 to {MAX_DIGITS}, not {serial_digits}")
        example = f"{serial_prefix}{'0' * serial_digits}"
        if normalise_serial(example) != example:
            raise ValueError(f"the serial prefix {serial_prefix!r} begins with white space or is not in NFC")
    except ValueError as error:
        raise Invalid(str(error)) from error
    if queries.find_part(connection, part_number) is not None:
        raise Conflict(f"part {part_number} exists already")
    return queries.insert_part(
        connection,
        part_number=part_number,
        name=name.strip(),
        kind=kind,
        serial_prefix=serial_prefix,
        serial_digits=serial_digits,
        next_counter=1,
        created_at=at,
    )


def require_part(connection: Connection, part_number: str) -> queries.PartRow:
    """Find a part. Raises NotFound."""
    found = queries.find_part(connection, part_number)
    if found is None:
        raise NotFound(f"part {part_number} does not exist; add it with `lotline-server part add`")
    return found
