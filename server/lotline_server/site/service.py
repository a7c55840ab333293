"""Changing the site's calendar: from a day on, so that what lies before it is counted as it was."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Invalid, NotFound
from lotline_server.site import queries
from lotline_server.site.calendar import BEGINNING, Calendar, Rule, check_rule

Recount = Callable[[Connection, date], None]
"""Counts anew all that is counted by days, from a day on."""
_A_DAY = timedelta(days=1)


def set_rule(connection: Connection, rule: Rule, *, at: datetime, who: str, recount: Recount) -> Calendar:
    """Have a rule hold from its day on, until another one does. Raises Invalid.

    Only days from there on are counted anew: what lies before stays as it is.
    """
    wanted = check_rule(rule)
    if wanted.valid_from.year < 1970 and wanted.valid_from != BEGINNING:
        raise Invalid(f"a calendar begins in 1970 or later, not on {wanted.valid_from}")
    before = queries.calendar(connection).rule(wanted.valid_from)
    queries.put_rule(connection, wanted, set_at=at, set_by=who)
    recount(connection, _last_before(wanted.valid_from))
    text = f"The site works by {describe(wanted)}{since(wanted.valid_from)}"
    note(
        connection, at=at, who=who, what="site.calendar", subject=wanted.zone, text=text,
        before=fields(before), after=fields(wanted),
    )  # fmt: skip
    changes.bump(connection, facts=False)
    return queries.calendar(connection)


def drop_rule(
    connection: Connection, valid_from: date, *, at: datetime, who: str, recount: Recount
) -> Calendar:
    """Take a rule back: the one before it holds on. Raises NotFound; Invalid for the first."""
    found = next((each for each in queries.calendar(connection).rules if each.valid_from == valid_from), None)
    if found is None:
        raise NotFound(f"no calendar begins on {valid_from}")
    if valid_from == BEGINNING:
        raise Invalid("the first calendar holds from the beginning: replace it, it cannot be taken back")
    queries.drop_rule(connection, valid_from)
    recount(connection, _last_before(valid_from))
    text = f"The calendar{since(valid_from)} was taken back: {describe(found)}"
    note(
        connection, at=at, who=who, what="site.calendar_dropped", subject=found.zone, text=text,
        before=fields(found),
    )  # fmt: skip
    changes.bump(connection, facts=False)
    return queries.calendar(connection)


def _last_before(day: date) -> date:
    """Give the day that ends where a rule begins: it is longer or shorter now."""
    return day if day == BEGINNING else day - _A_DAY


def since(day: date) -> str:
    """Say since when."""
    return "" if day == BEGINNING else f" from {day} on"


def describe(rule: Rule) -> str:
    """Say a rule in one line."""
    shifts = ", ".join(f"{each.name} {each.start:%H:%M}–{each.end:%H:%M}" for each in rule.shifts)
    return f"{rule.zone}, days from {rule.day_start:%H:%M}, {shifts or 'no shifts'}"


def fields(rule: Rule) -> dict[str, object]:
    """Give a rule for the activity log."""
    return {
        "valid_from": rule.valid_from.isoformat(),
        "zone": rule.zone,
        "day_start": f"{rule.day_start:%H:%M}",
        "shifts": [f"{each.name} {each.start:%H:%M}-{each.end:%H:%M}" for each in rule.shifts],
    }
