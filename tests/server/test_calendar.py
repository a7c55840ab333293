"""Days and shifts of a site: every moment has one day, whatever the clocks on the wall do."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lotline_server.core.clock import from_micros, to_micros
from lotline_server.core.errors import Invalid
from lotline_server.site.calendar import BEGINNING, Calendar, Rule, Shift, check_rule

ZONES = ("Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata", "Pacific/Kiritimati",
         "Pacific/Pago_Pago", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca")  # fmt: skip
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))
MOMENTS = st.integers(631_152_000, 2_240_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))


@st.composite
def rules(draw: st.DrawFn, valid_from: date = BEGINNING) -> Rule:
    """Make a rule with up to four shifts, which may leave gaps."""
    start = draw(TIMES)
    cuts = sorted(draw(st.lists(st.integers(0, 24 * 60), min_size=0, max_size=8, unique=True)))
    shifts = []
    for number, (first, last) in enumerate(zip(cuts[::2], cuts[1::2], strict=False)):
        at = [datetime.combine(date(2026, 1, 1), start) + timedelta(minutes=each) for each in (first, last)]
        if last - first < 24 * 60:
            shifts.append(Shift(name=f"S{number}", start=at[0].time(), end=at[1].time()))
    rule = Rule(
        valid_from=valid_from, zone=draw(st.sampled_from(ZONES)), day_start=start, shifts=tuple(shifts)
    )
    return check_rule(rule)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Make a calendar of up to four rules."""
    days = sorted(draw(st.lists(DAYS, max_size=3, unique=True)))
    return Calendar([draw(rules()), *(draw(rules(day)) for day in days)])


@given(calendars(), MOMENTS)
def test_every_moment_belongs_to_exactly_one_day(calendar: Calendar, moment: datetime) -> None:
    """And the days stand one after the other without a gap."""
    day = calendar.day(moment)
    start, end = calendar.bounds(day)
    assert start <= moment < end
    for other in (day - timedelta(days=1), day + timedelta(days=1)):
        first, last = calendar.bounds(other)
        assert not first <= moment < last
    assert calendar.bounds(day - timedelta(days=1))[1] == start
    assert calendar.bounds(day + timedelta(days=1))[0] == end


@given(calendars(), DAYS)
def test_shifts_and_what_lies_between_them_make_up_the_day(calendar: Calendar, day: date) -> None:
    """Nothing is counted twice or left out, on any day."""
    start, end = calendar.bounds(day)
    spans = calendar.spans(day)
    assert sum(((span.end - span.start) for span in spans), timedelta()) == end - start
    assert all(one.end == other.start for one, other in pairwise(spans))
    assert [span.shift for span in spans if span.shift] == [
        shift.name for shift in calendar.rule(day).shifts if shift.name in {span.shift for span in spans}
    ]
    for span in spans:
        for moment in (span.start, span.end - timedelta(microseconds=1)):
            assert calendar.place(to_micros(moment)) == (day.isoformat(), span.shift)


@given(rules(), DAYS)
def test_a_day_begins_when_the_clock_on_the_wall_says_so(rule: Rule, day: date) -> None:
    """Unless that time is skipped on this day."""
    start, _ = Calendar([rule]).bounds(day)
    there = start.astimezone(ZoneInfo(rule.zone))
    assume(datetime.combine(day, rule.day_start, ZoneInfo(rule.zone)).astimezone(UTC).astimezone(
        ZoneInfo(rule.zone)).time() == rule.day_start)  # fmt: skip
    assert (there.date(), there.time()) == (day, rule.day_start)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 28), 23), (date(2026, 3, 29), 24), (date(2026, 10, 24), 25)]
)
def test_a_night_shift_over_the_change_of_clocks_has_its_hours(day: date, hours: int) -> None:
    """In Berlin two o'clock is three on 29 March 2026, and three is two again on 25 October."""
    shifts = (
        Shift(name="Early", start=time(6), end=time(14)),
        Shift(name="Late", start=time(14), end=time(22)),
        Shift(name="Night", start=time(22), end=time(6)),
    )
    rule = Rule(valid_from=BEGINNING, zone="Europe/Berlin", day_start=time(6), shifts=shifts)
    calendar = Calendar([check_rule(rule)])
    lengths = {span.shift: (span.end - span.start) / timedelta(hours=1) for span in calendar.spans(day)}
    assert lengths == {"Early": 8, "Late": 8, "Night": hours - 16}
    three_at_night = datetime.combine(day + timedelta(days=1), time(3, 30), ZoneInfo("Europe/Berlin"))
    assert calendar.place(to_micros(three_at_night)) == (day.isoformat(), "Night")


def test_a_rule_changes_nothing_before_its_day() -> None:
    """The days before keep their bounds; the last of them ends where the new one begins."""
    old = Rule(valid_from=BEGINNING, zone="UTC", day_start=time())
    day = date(2026, 6, 1)
    new = Rule(valid_from=day, zone="America/New_York", day_start=time(6))
    before, after = Calendar([old]), Calendar([old, new])
    for ago in range(2, 400):
        assert after.bounds(day - timedelta(days=ago)) == before.bounds(day - timedelta(days=ago))
    start = datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert after.bounds(day)[0] == start
    assert after.bounds(day - timedelta(days=1)) == (datetime(2026, 5, 31, tzinfo=UTC), start)


@pytest.mark.parametrize("micros", [-62_135_596_800_000_000, 253_402_300_799_999_000])
def test_a_moment_of_a_wild_clock_has_a_day_too(micros: int) -> None:
    """A station's record must never be lost because its clock says the year 9999."""
    calendar = Calendar([Rule(valid_from=BEGINNING, zone="Pacific/Kiritimati", day_start=time(6))])
    day, shift = calendar.place(micros)
    start, end = calendar.bounds(date.fromisoformat(day))
    assert (start <= from_micros(micros) < end, shift) == (True, "")
    calendar.local(from_micros(micros))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"zone": "../../etc/passwd"}, "no time zone"),
        ({"day_start": time(7)}, "runs over the begin of the day"),
        ({"shifts": (("A", 6, 14), ("B", 13, 22))}, "overlap"),
        ({"shifts": (("A", 6, 14), ("A", 14, 22))}, "two shifts"),
        ({"shifts": (("A", 6, 6),)}, "runs over"),
        ({"shifts": tuple((f"S{at}", 6 + at, 7 + at) for at in range(13))}, "at most 12"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_in_words(change: dict[str, object], said: str) -> None:
    """Each with what is wrong and what would be right."""
    given: dict[str, object] = {"zone": "UTC", "day_start": time(6), "shifts": (("A", 6, 14), ("N", 22, 6))}
    values = given | change
    shifts = tuple(Shift(name=name, start=time(a), end=time(b)) for name, a, b in values.pop("shifts"))  # type: ignore[attr-defined]
    with pytest.raises(Invalid, match=said):
        check_rule(Rule(valid_from=BEGINNING, shifts=shifts, **values))  # type: ignore[arg-type]
