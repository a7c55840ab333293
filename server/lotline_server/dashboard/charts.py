"""How many units in each day, month or shift: completed, by part, or by the operation they passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy.engine import Connection

from lotline_server.site.calendar import Calendar
from lotline_server.units import counting_queries as queries

Per = Literal["day", "month", "shift"]
By = Literal["", "part", "operation"]
PERIODS: dict[Per, int] = {"day": 30, "month": 12, "shift": 10}
"""How many of them are shown; of shifts, those of so many days."""
MOST_SERIES = 6
OTHERS = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Units completed in a period: a day (2026-11-23) or a month (2026-11), and a shift of that day; empty
    for all of them, and for what lies between shifts. parts: by series, as the chart names them
    """

    period: str
    completed: int
    shift: str = ""
    parts: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Periods, the oldest first, each there even without a unit. series: parts or operations, the largest
    first; `…` stands for all others
    """

    per: Per
    by: By
    series: Sequence[str]
    counts: Sequence[Count]


def chart(connection: Connection, calendar: Calendar, today: date, *, per: Per = "day", by: By = "") -> Chart:
    """Count the units of the last days, months or shifts."""
    places = _places(calendar, today, per)
    first, last = places[0][0], places[-1][0]
    if per == "month":
        first, last = f"{first}-01", f"{last}-31"
    by_month, by_shift = per == "month", per == "shift"
    if by == "operation":
        sums = queries.passed_by(connection, first, last, by_month=by_month, by_shift=by_shift)
    else:
        sums = queries.completed_by(
            connection, first, last, by_month=by_month, by_shift=by_shift, by_part=by == "part"
        )
    series = _series(sums) if by else ()
    # What was completed between shifts has a column where there is any.
    found = dict.fromkeys(places, 0)
    parts = {place: [0] * len(series) for place in places}
    for each in sums:
        place = (each.period, each.shift)
        found[place] = found.get(place, 0) + each.count
        if series:
            at = series.index(each.of) if each.of in series else len(series) - 1
            parts.setdefault(place, [0] * len(series))[at] += each.count
    order = sorted(found, key=lambda place: (place[0], _rank(calendar, place, per)))
    counts = [
        Count(period=place[0], shift=place[1], completed=found[place], parts=tuple(parts.get(place, ())))
        for place in order
    ]
    return Chart(per=per, by=by, series=series, counts=counts)


def totals(
    connection: Connection, first: str, last: str, by: Literal["part", "operation"]
) -> list[tuple[str, int]]:
    """Give (part or operation, units) of the days from first to last, the largest first."""
    if by == "part":
        sums = queries.completed_by(connection, first, last, by_month=True, by_part=True)
    else:
        sums = queries.passed_by(connection, first, last, by_month=True)
    found: dict[str, int] = {}
    for each in sums:
        found[each.of] = found.get(each.of, 0) + each.count
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _places(calendar: Calendar, today: date, per: Per) -> list[tuple[str, str]]:
    if per == "month":
        index = today.year * 12 + today.month - 1
        months = range(index - PERIODS[per] + 1, index + 1)
        return [(f"{at // 12:04d}-{at % 12 + 1:02d}", "") for at in months]
    days = [today - timedelta(days=ago) for ago in range(PERIODS[per] - 1, -1, -1)]
    if per == "day":
        return [(day.isoformat(), "") for day in days]
    return [
        (day.isoformat(), shift)
        for day in days
        for shift in ([each.name for each in calendar.rule(day).shifts] or [""])
    ]


def _rank(calendar: Calendar, place: tuple[str, str], per: Per) -> int:
    if per != "shift":
        return 0
    names = [each.name for each in calendar.rule(date.fromisoformat(place[0])).shifts]
    return names.index(place[1]) if place[1] in names else len(names)


def _series(sums: Sequence[queries.Sum]) -> tuple[str, ...]:
    totals: dict[str, int] = {}
    for each in sums:
        totals[each.of] = totals.get(each.of, 0) + each.count
    largest = sorted(totals, key=lambda name: (-totals[name], name))
    if len(largest) <= MOST_SERIES:
        return tuple(largest)
    return (*largest[: MOST_SERIES - 1], OTHERS)
