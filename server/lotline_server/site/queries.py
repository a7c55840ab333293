"""Statements about the site's calendar."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import upsert
from lotline_server.core.prepared import Prepared
from lotline_server.site.calendar import Calendar, Rule, Shift
from lotline_server.site.models import site_calendars

_ALL = Prepared(
    sa.select(
        site_calendars.c.valid_from,
        site_calendars.c.zone,
        site_calendars.c.day_start,
        site_calendars.c.shifts,
    ).order_by(site_calendars.c.valid_from),
    (),
)


def calendar(connection: Connection) -> Calendar:
    """Give the site's calendar."""
    return _made(tuple(tuple(row) for row in _ALL.all(connection)))


@lru_cache(maxsize=4)
def _made(rows: tuple[tuple[str, str, str, str], ...]) -> Calendar:
    return Calendar([_rule(*row) for row in rows])


def _rule(valid_from: str, zone: str, day_start: str, shifts: str) -> Rule:
    return Rule(
        valid_from=date.fromisoformat(valid_from),
        zone=zone,
        day_start=time.fromisoformat(day_start),
        shifts=tuple(
            Shift(name=name, start=time.fromisoformat(start), end=time.fromisoformat(end))
            for name, start, end in json.loads(shifts)
        ),
    )


def today(connection: Connection, at: datetime) -> date:
    """Give the date on the site's wall at a moment: what dates mean on orders, labels and plans."""
    return calendar(connection).wall_date(at)


def put_rule(connection: Connection, rule: Rule, **said: object) -> None:
    """Write a rule in place of the one of its day, if there is one. said: set_at, set_by."""
    shifts = [[shift.name, f"{shift.start:%H:%M}", f"{shift.end:%H:%M}"] for shift in rule.shifts]
    values: Mapping[str, object] = {
        "valid_from": rule.valid_from.isoformat(),
        "zone": rule.zone,
        "day_start": f"{rule.day_start:%H:%M}",
        "shifts": json.dumps(shifts, ensure_ascii=False),
        **said,
    }
    columns = [name for name in values if name != "valid_from"]
    connection.execute(upsert(site_calendars, ["valid_from"], columns).values(**values))


def drop_rule(connection: Connection, valid_from: date) -> None:
    """Delete the rule of a day: from there on the one before it holds on."""
    connection.execute(sa.delete(site_calendars).where(site_calendars.c.valid_from == valid_from.isoformat()))
