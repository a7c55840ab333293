"""Rules for parts."""

import re
from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.engine import Connection

from lotline_contract.identity import check_name, normalise_serial
from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.plain_text import optional_text, required_text
from lotline_server.parts import queries, serials
from lotline_server.parts.queries import PartRow
from lotline_server.parts.serials import SerialFormat
from lotline_server.projects import service as projects

KINDS = ("part", "pcba", "assembly")
STATUSES = ("active", "not_for_new", "obsolete")
"""active: built and bought. not_for_new: no new lot of it. obsolete: neither a lot nor an order."""
MAX_DIGITS = serials.MAX_DIGITS
MAX_NAME = 200
MAX_DESCRIPTION = 4000
FIRST_REVISION = "-"
_REVISION = re.compile(r"[A-Za-z0-9-][A-Za-z0-9._-]{0,15}")
_UOM = re.compile(r"[A-Za-zµΩ²³/]{1,12}[0-9]?")


def add_part(
    connection: Connection,
    *,
    part_number: str,
    name: str,
    kind: str,
    at: datetime,
    serial_prefix: str = "",
    serial_digits: int = 6,
    serial_format: str | None = None,
    revision: str = FIRST_REVISION,
    uom: str = "pcs",
    description: str | None = None,
    project: str | None = None,
    who: str = "system",
) -> int:
    """Create a part and give its row id. Conflict where it exists; Invalid for a bad number or format.

    serial_format: takes the place of serial_prefix and serial_digits
    """
    try:
        check_name(part_number, "part number")
        if not name.strip() or len(name) > MAX_NAME:
            raise ValueError(f"a part needs a name of at most {MAX_NAME} characters")
        if kind not in KINDS:
            raise ValueError(f"kind {kind!r} is not one of {', '.join(KINDS)}")
        if serial_format:
            prefix, digits, _ = serials.parse(serial_format).as_prefix_and_digits()
        else:
            prefix, digits = serial_prefix, serial_digits
            check_plain(prefix, digits)
    except ValueError as error:
        raise Invalid(str(error)) from error
    if queries.find_part(connection, part_number) is not None:
        raise Conflict(f"part {part_number} exists already")
    described = optional_text(description, "a part's description", MAX_DESCRIPTION)
    resolved = projects.resolve(connection, project, at=at, who=who)
    part = queries.insert_part(
        connection,
        part_number=part_number,
        name=name.strip(),
        kind=kind,
        serial_prefix=prefix,
        serial_digits=digits,
        serial_format=serial_format or None,
        next_counter=1,
        created_at=at,
        revision=check_revision(revision),
        uom=check_uom(uom),
        description=described,
        status="active",
        project=None if resolved is None else resolved.id,
    )
    queries.set_words(connection, part, part_number, name, described)
    return part


def check_plain(prefix: str, digits: int) -> None:
    """Raise ValueError unless a prefix and so many digits make a serial number that a scan brings back."""
    if not 1 <= digits <= MAX_DIGITS:
        raise ValueError(f"serial_digits must be 1 to {MAX_DIGITS}, not {digits}")
    example = f"{prefix}{'0' * digits}"
    if normalise_serial(example) != example:
        raise ValueError(f"the serial prefix {prefix!r} begins with white space or is not in NFC")


def check_revision(revision: str) -> str:
    """Give back a revision. Raises Invalid."""
    if not _REVISION.fullmatch(revision):
        raise Invalid(f"revision {revision[:40]!r} is not usable: 1 to 16 letters, digits, . _ or -")
    return revision


def check_uom(uom: str) -> str:
    """Give back what a part is counted or measured in. Raises Invalid."""
    if not _UOM.fullmatch(uom):
        raise Invalid(f"uom {uom[:40]!r} is not usable: something like pcs, m, kg, ml or m2")
    return uom


def change_part(
    connection: Connection,
    *,
    part_number: str,
    at: datetime,
    who: str,
    name: str | None = None,
    revision: str | None = None,
    uom: str | None = None,
    description: str | None = None,
    status: str | None = None,
    kind: str | None = None,
    project: str | None = None,
    serial_format: str | None = None,
) -> PartRow:
    """Change what is given: None leaves it, an empty text empties it. Raises NotFound, Invalid.

    serial_format: existing serial numbers stay as they are, and the counter goes on
    """
    before = require_part(connection, part_number)
    given = {
        "name": name, "revision": revision, "uom": uom, "description": description, "status": status,
        "kind": kind,
    }  # fmt: skip
    values: dict[str, object] = {key: _CHECKS[key](text) for key, text in given.items() if text is not None}
    if serial_format is not None:
        values["serial_format"] = serial_format or None
    changed = {key: value for key, value in values.items() if getattr(before, key) != value}
    shown = {key: (getattr(before, key), value) for key, value in changed.items()}
    if changed.get("serial_format") is not None:
        try:
            prefix, digits, _ = serials.parse(str(serial_format)).as_prefix_and_digits()
        except ValueError as error:
            raise Invalid(str(error)) from error
        changed |= {"serial_prefix": prefix, "serial_digits": digits}
    elif "serial_format" in changed:
        raise Invalid("a serial-number format is replaced by another one, such as GW2-{N6}, not by none")
    if project is not None and project.strip() != (before.project or ""):
        resolved = projects.resolve(connection, project, at=at, who=who)
        changed["project"] = None if resolved is None else resolved.id
        shown["project"] = (before.project, None if resolved is None else resolved.name)
    if changed:
        queries.set_part(connection, before.id, **changed)
        said = ", ".join(f"{key} {old!r} → {new!r}" for key, (old, new) in shown.items())
        text = f"Part {part_number} was changed: {said}"
        note(
            connection, at=at, who=who, what="part.changed", subject=part_number, text=text,
            before={key: old for key, (old, _) in shown.items()},
            after={key: new for key, (_, new) in shown.items()},
        )  # fmt: skip
        changes.bump(connection, facts=True)
    after = require_part(connection, part_number)
    queries.set_words(connection, after.id, part_number, after.name, after.description)
    return after


def _among(known: tuple[str, ...], what: str) -> Callable[[str], str]:
    def check(chosen: str) -> str:
        if chosen not in known:
            raise Invalid(f"{what} {chosen[:40]!r} is not one of {', '.join(known)}")
        return chosen

    return check


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "name": lambda text: required_text(text, "a part's name", MAX_NAME),
    "revision": check_revision,
    "uom": check_uom,
    "description": lambda text: optional_text(text, "a part's description", MAX_DESCRIPTION),
    "status": _among(STATUSES, "status"),
    "kind": _among(KINDS, "kind"),
}


def format_of(part: PartRow) -> SerialFormat:
    """Give the format of a part's serial numbers."""
    if part.serial_format is not None:
        return serials.parse(part.serial_format)
    return serials.plain(part.serial_prefix, part.serial_digits)


def next_serial(part: PartRow, day: date) -> str | None:
    """Give the serial number that comes next if it is made on this day; None where the counter is used up."""
    try:
        return format_of(part).make(part.next_counter, 1, day)[0]
    except ValueError:
        return None


def require_part(connection: Connection, part_number: str) -> PartRow:
    """Find a part. Raises NotFound."""
    found = queries.find_part(connection, part_number)
    if found is None:
        raise NotFound(f"part {part_number} does not exist; add it with `lotline-server part add`")
    return found
