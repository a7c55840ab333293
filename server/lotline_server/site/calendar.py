"""Days and shifts of a site. Pure.

A day begins at the day start of the site's zone and ends where the next one begins: every moment belongs to
exactly one day, on daylight-saving days of 23 or 25 hours and on the day on which another rule begins too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from lotline_server.core.clock import from_micros, to_micros
from lotline_server.core.errors import Invalid

BEGINNING = date(1, 1, 1)
"""Since when the first rule holds."""
MAX_SHIFTS = 12
MAX_NAME = 40

_DAY_US = 86_400_000_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_FIRST = date(2, 1, 1).toordinal()
_LAST = date(9998, 12, 31).toordinal()
_FIRST_US = to_micros(datetime.min.replace(tzinfo=UTC))
_LAST_US = to_micros(datetime.max.replace(tzinfo=UTC))
"""A wild clock's moments belong to the first or the last day."""
_REACH = 3
"""Days that another zone and another day start can move the begin of a day at most."""
_KEPT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A part of the day, by the clock on the wall. Over midnight, end is the earlier time."""

    name: str
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What holds from a day on. zone: an IANA name. day_start: by the clock on the wall.

    shifts: in the order of the day; what lies between them belongs to none
    """

    valid_from: date
    zone: str
    day_start: time
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of a day: of a shift, or of none where its name is empty. [start, end)."""

    shift: str
    start: datetime
    end: datetime


def check_rule(rule: Rule) -> Rule:
    """Give a rule back. Invalid for a zone nobody knows, and for shifts that overlap or leave their day."""
    if rule.zone not in zones():
        raise Invalid(f"{rule.zone[:64]!r} is no time zone; give an IANA name such as Europe/Berlin")
    if len(rule.shifts) > MAX_SHIFTS:
        raise Invalid(f"a day has at most {MAX_SHIFTS} shifts, not {len(rule.shifts)}")
    names = [shift.name for shift in rule.shifts]
    for shift in rule.shifts:
        if names.count(shift.name) > 1:
            raise Invalid(f"two shifts are called {shift.name}")
        begin, end = _within(rule, shift)
        if end > _MINUTES or begin == end:
            raise Invalid(
                f"shift {shift.name}, {shift.start:%H:%M} to {shift.end:%H:%M}, runs over the begin of the "
                f"day at {rule.day_start:%H:%M}: let the day begin where a shift does"
            )
    ordered = sorted(rule.shifts, key=lambda shift: _within(rule, shift))
    for one, other in pairwise(ordered):
        if _within(rule, one)[1] > _within(rule, other)[0]:
            raise Invalid(f"shifts {one.name} and {other.name} overlap")
    return Rule(valid_from=rule.valid_from, zone=rule.zone, day_start=rule.day_start, shifts=tuple(ordered))


_MINUTES = 24 * 60


def _within(rule: Rule, shift: Shift) -> tuple[int, int]:
    """Give where a shift begins and ends, in minutes of the clock since the begin of the day."""
    begin = (_minutes(shift.start) - _minutes(rule.day_start)) % _MINUTES
    return begin, begin + (_minutes(shift.end) - _minutes(shift.start)) % _MINUTES


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """Give the names of all time zones that this machine knows."""
    return frozenset(available_timezones())


@dataclass(slots=True)
class Calendar:
    """The rules of a site, oldest first; the first one holds from the beginning."""

    rules: Sequence[Rule]
    _starts: dict[int, int] = field(default_factory=dict, repr=False, compare=False)
    _spans: dict[int, list[Span]] = field(default_factory=dict, repr=False, compare=False)

    def rule(self, day: date) -> Rule:
        """Give the rule that holds on a day."""
        return next((each for each in reversed(self.rules) if each.valid_from <= day), self.rules[0])

    def zone(self, moment: datetime) -> ZoneInfo:
        """Give the zone in which people read their clocks at a moment."""
        return ZoneInfo(self.rule(self.day(moment)).zone)

    def local(self, moment: datetime) -> datetime:
        """Give a moment as the clock on the wall shows it. What lies outside of its years stays in UTC."""
        try:
            return moment.astimezone(self.zone(moment))
        except OverflowError:
            return moment.astimezone(UTC)

    def wall_date(self, moment: datetime) -> date:
        """Give the date on the wall, which is another than the day of a shift after midnight."""
        return self.local(moment).date()

    def day(self, moment: datetime) -> date:
        """Give the day a moment belongs to."""
        return date.fromordinal(self._ordinal(to_micros(moment)))

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """Give where a day begins and ends."""
        ordinal = day.toordinal()
        return from_micros(self._start(ordinal)), from_micros(self._start(ordinal + 1))

    def spans(self, day: date) -> list[Span]:
        """Give a day's shifts, and what lies between them, without a gap. A day without any time has none."""
        ordinal = day.toordinal()
        found = self._spans.get(ordinal)
        if found is None:
            if len(self._spans) > _KEPT:
                self._spans.clear()
            found = self._spans[ordinal] = self._cut(day)
        return found

    def place(self, micros: int) -> tuple[str, str]:
        """Give day (2026-11-23) and shift of a moment in microseconds since 1970; no shift is empty."""
        day = date.fromordinal(self._ordinal(micros))
        moment = from_micros(micros)
        for span in self.spans(day):
            if span.start <= moment < span.end:
                return day.isoformat(), span.shift
        return day.isoformat(), ""

    def _ordinal(self, micros: int) -> int:
        ordinal = min(max(micros // _DAY_US + _EPOCH_ORDINAL, _FIRST), _LAST)
        while ordinal > _FIRST and self._start(ordinal) > micros:
            ordinal -= 1
        while ordinal < _LAST and self._start(ordinal + 1) <= micros:
            ordinal += 1
        return ordinal

    def _start(self, ordinal: int) -> int:
        """Give where a day begins: never before the day before it, whatever the rules say."""
        found = self._starts.get(ordinal)
        if found is None:
            if len(self._starts) > _KEPT:
                self._starts.clear()
            if ordinal <= _FIRST:
                found = _FIRST_US
            elif ordinal > _LAST:
                found = _LAST_US
            else:
                before = range(max(ordinal - _REACH, _FIRST), ordinal + 1)
                found = max(self._by_rule(each) for each in before)
            self._starts[ordinal] = found
        return found

    def _by_rule(self, ordinal: int) -> int:
        day = date.fromordinal(ordinal)
        rule = self.rule(day)
        return to_micros(datetime.combine(day, rule.day_start, ZoneInfo(rule.zone)))

    def _cut(self, day: date) -> list[Span]:
        start, end = self.bounds(day)
        rule, spans, at = self.rule(day), [], start
        zone = ZoneInfo(rule.zone)
        midnight = datetime.combine(day, time())
        for shift in rule.shifts:
            first, last = (
                min(max((midnight + timedelta(minutes=_minutes(rule.day_start) + each)).replace(tzinfo=zone)
                        .astimezone(UTC), at), end)
                for each in _within(rule, shift)
            )  # fmt: skip
            if first > at:
                spans.append(Span(shift="", start=at, end=first))
            if last > first:
                spans.append(Span(shift=shift.name, start=first, end=last))
            at = max(at, last)
        if at < end:
            spans.append(Span(shift="", start=at, end=end))
        return spans
