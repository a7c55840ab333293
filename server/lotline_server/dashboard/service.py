"""The figures of the first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Connection

from lotline_server.activity import queries as activity
from lotline_server.activity.queries import ActivityRow
from lotline_server.core.errors import NotFound
from lotline_server.dashboard import charts, queries
from lotline_server.dashboard.charts import Count
from lotline_server.ingest import queries as ingest
from lotline_server.lots import outlook
from lotline_server.lots import queries as lots
from lotline_server.lots.outlook import Outlook
from lotline_server.lots.queries import LotRow, UnitRow
from lotline_server.lots.shortages import short_lots
from lotline_server.lots.statuses import ACTIVE
from lotline_server.site import queries as site
from lotline_server.site.calendar import Calendar
from lotline_server.stations import queries as stations
from lotline_server.stations.queries import StationRow
from lotline_server.units import counting_queries as counting
from lotline_server.units import queries as units
from lotline_server.yields import queries as yields

SILENT_AFTER = timedelta(minutes=5)
BEHIND_AFTER_S = 600.0
MOST_LOTS = 500
"""So many active lots are looked at, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """completed_yesterday_by_now: up to the same hour of yesterday. first_pass_yield_today: 0 to 1; None
    where no unit had its first counted run today. lots_at_risk: open ones that will miss their due day, are
    overdue, stand still or are short of material. stations_behind: those with records waiting too long
    """

    completed_today: int
    completed_yesterday_by_now: int
    first_pass_yield_today: float | None
    counted_today: int
    open_lots: int
    lots_at_risk: list[str]
    stations: int
    stations_silent: list[str]
    stations_behind: list[str]
    in_quarantine: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotLine:
    """An active lot. first_pass_yield: by operation, 0 to 1. short: of how many components it is short."""

    lot: LotRow
    first_pass_yield: dict[str, float | None]
    outlook: Outlook
    short: int

    @property
    def at_risk(self) -> bool:
        """Tell whether somebody should look at it."""
        return self.outlook.at_risk or self.short > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """All of the first page. lots: all that are planned, open or on hold."""

    figures: Figures
    days: Sequence[Count]
    months: Sequence[Count]
    lots: list[LotLine]
    activity: list[ActivityRow]


def figures(connection: Connection, calendar: Calendar, lines: Sequence[LotLine], now: datetime) -> Figures:
    """Give the figures as of now. lines: of the active lots."""
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
        lots_at_risk=[line.lot.lot for line in lines if line.lot.open and line.at_risk],
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


def period_bounds(calendar: Calendar, period: str, shift: str | None = None) -> tuple[datetime, datetime]:
    """Give where a day, a month or a shift of a day begins and ends. Raises NotFound."""
    first, last = period_days(period)
    if not shift:
        return calendar.bounds(first)[0], calendar.bounds(last)[1]
    spans = [span for span in calendar.spans(first) if span.shift == shift] if first == last else []
    if not spans:
        raise NotFound(f"{period[:40]} has no shift {shift[:40]!r}")
    return spans[0].start, spans[-1].end


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The units completed in a period; total is how many there are in all."""

    units: Sequence[UnitRow]
    total: int


def completed_in(
    connection: Connection, start: datetime, end: datetime, *, part: str | None = None,
    operation: str | None = None, order: str = "", descending: bool = True, limit: int = 500, offset: int = 0,
) -> Completed:  # fmt: skip
    """Give the units completed in [start, end), or which passed an operation then, the newest first."""
    return Completed(
        units=queries.units_of(
            connection, start, end, part=part, operation=operation, order=order, descending=descending,
            limit=limit, offset=offset,
        ),
        total=queries.count_of(connection, start, end, part=part, operation=operation),
    )  # fmt: skip


def lot_lines(connection: Connection, now: datetime) -> list[LotLine]:
    """Give the active lots, the newest first, with progress, yield and what threatens them."""
    rows = lots.list_lots(connection, statuses=sorted(ACTIVE), limit=MOST_LOTS)
    names = [row.lot for row in rows]
    found = yields.lots_yields(connection, names)
    outlooks = outlook.outlooks(connection, rows, now)
    short = short_lots(connection)
    return [
        LotLine(
            lot=row,
            first_pass_yield={each.operation: each.first_pass_yield for each in found[row.lot]},
            outlook=outlooks[row.lot],
            short=short.get(row.lot, 0),
        )
        for row in rows
    ]


def dashboard(connection: Connection, now: datetime) -> Dashboard:
    """Give all of the first page."""
    calendar = site.calendar(connection)
    today = calendar.day(now)
    lines = lot_lines(connection, now)
    return Dashboard(
        figures=figures(connection, calendar, lines, now),
        days=charts.chart(connection, calendar, today, per="day").counts,
        months=charts.chart(connection, calendar, today, per="month").counts,
        lots=lines,
        activity=activity.latest(connection, limit=20),
    )
