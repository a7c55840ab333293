"""The figures of the first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Connection

from lotline_server.activity import queries as activity
from lotline_server.activity.queries import ActivityRow
from lotline_server.core.errors import NotFound
from lotline_server.ingest import queries as ingest
from lotline_server.lots import queries as lots
from lotline_server.lots.queries import LotRow, UnitRow
from lotline_server.site import queries as site
from lotline_server.stations import queries as stations
from lotline_server.stations.queries import StationRow
from lotline_server.units import counting_queries as counting
from lotline_server.units import queries as units
from lotline_server.yields import queries as yields

SILENT_AFTER = timedelta(minutes=5)
BEHIND_AFTER_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """completed_yesterday_by_now: up to the same hour of yesterday. first_pass_yield_today: 0 to 1; None
    where no unit had its first counted run today. stations_behind: those with records waiting too long
    """

    completed_today: int
    completed_yesterday_by_now: int
    first_pass_yield_today: float | None
    counted_today: int
    open_lots: int
    stations: int
    stations_silent: list[str]
    stations_behind: list[str]
    in_quarantine: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Units completed in a period: a day (2026-11-23) or a month (2026-11)."""

    period: str
    completed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotLine:
    """A lot and its yield by operation: {operation: first_pass_yield}, 0 to 1."""

    lot: LotRow
    first_pass_yield: dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """All of the first page."""

    figures: Figures
    days: list[Count]
    months: list[Count]
    lots: list[LotLine]
    activity: list[ActivityRow]


def figures(connection: Connection, now: datetime) -> Figures:
    """Give the figures as of now."""
    calendar = site.calendar(connection)
    today = calendar.day(now)
    start, end = calendar.bounds(today)
    before, _ = calendar.bounds(today - timedelta(days=1))
    counted, passed = counting.day_yield(connection, today.isoformat())
    known = stations.all_stations(connection)
    return Figures(
        completed_today=units.count_completed(connection, start, end),
        completed_yesterday_by_now=units.count_completed(
            connection, before, min(start, before + (now - start))
        ),
        first_pass_yield_today=passed / counted if counted else None,
        counted_today=counted,
        open_lots=lots.count_lots(connection, only_open=True),
        stations=len(known),
        stations_silent=[station.name for station in known if is_silent(station, now)],
        stations_behind=[station.name for station in known if is_behind(station)],
        in_quarantine=ingest.count_waiting(connection),
    )


def is_silent(station: StationRow, now: datetime) -> bool:
    """Tell whether a paired station has not been heard of for too long."""
    seen = station.last_seen_at
    return station.paired_at is not None and (seen is None or now - seen > SILENT_AFTER)


def is_behind(station: StationRow) -> bool:
    """Tell whether a station's oldest record waits too long, or one of them is stuck."""
    return (station.oldest_pending_s or 0.0) > BEHIND_AFTER_S or (station.parked or 0) > 0


def per_day(connection: Connection, last: date, days: int = 30) -> list[Count]:
    """Give the units completed on each of the last days, the oldest first; a day without any is 0."""
    first = last - timedelta(days=days - 1)
    found = {
        each.period: each.count
        for each in counting.completed_by(connection, first.isoformat(), last.isoformat())
    }
    every = [(first + timedelta(days=at)).isoformat() for at in range(days)]
    return [Count(period=day, completed=found.get(day, 0)) for day in every]


def per_month(connection: Connection, last: date, months: int = 12) -> list[Count]:
    """Give the units completed in each of the last months, the oldest first; a month without any is 0."""
    index = last.year * 12 + last.month - 1
    every = [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(index - months + 1, index + 1)]
    found = dict.fromkeys(every, 0)
    for each in counting.completed_by(connection, f"{every[0]}-01", f"{every[-1]}-31", by_month=True):
        found[each.period] = each.count
    return [Count(period=month, completed=count) for month, count in found.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The units completed in a period, the newest first; total is how many there are in all."""

    units: Sequence[UnitRow]
    total: int


def period_days(period: str) -> tuple[date, date]:
    """Give the first and the last day of a day (2026-11-23) or a month (2026-11). Raises NotFound."""
    try:
        if len(period) != len("2026-11"):
            return date.fromisoformat(period), date.fromisoformat(period)
        first = date.fromisoformat(f"{period}-01")
        following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    except ValueError as error:
        raise NotFound(f"{period[:40]!r} is no day (2026-11-23) and no month (2026-11)") from error
    return first, following - timedelta(days=1)


def completed_in(connection: Connection, first: date, last: date, *, limit: int) -> Completed:
    """Give the units completed on the days from first to last."""
    calendar = site.calendar(connection)
    start, end = calendar.bounds(first)[0], calendar.bounds(last)[1]
    return Completed(
        units=lots.completed_units(connection, start, end, limit=limit),
        total=units.count_completed(connection, start, end),
    )


def lot_lines(connection: Connection, *, only_open: bool = True, limit: int = 50) -> list[LotLine]:
    """Give the newest lots with progress and yield."""
    rows = lots.list_lots(connection, only_open=only_open, limit=limit)
    found = yields.lots_yields(connection, [row.lot for row in rows])
    return [
        LotLine(lot=row, first_pass_yield={each.operation: each.first_pass_yield for each in found[row.lot]})
        for row in rows
    ]


def dashboard(connection: Connection, now: datetime) -> Dashboard:
    """Give all of the first page."""
    today = site.calendar(connection).day(now)
    return Dashboard(
        figures=figures(connection, now),
        days=per_day(connection, today),
        months=per_month(connection, today),
        lots=lot_lines(connection),
        activity=activity.latest(connection, limit=20),
    )
