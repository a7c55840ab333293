"""The site's calendar over HTTP."""

from dataclasses import dataclass
from datetime import date, datetime, time

from fastapi import APIRouter
from pydantic import Field

from lotline_server.core.caller import By
from lotline_server.core.errors import Invalid
from lotline_server.core.plain_text import required_text
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.site import queries, service
from lotline_server.site.calendar import BEGINNING, MAX_NAME, Calendar, Rule, Shift


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftView:
    """A shift by the clock on the wall: "06:00" to "14:00"."""

    name: str
    start: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """What holds from a day on (2026-11-23); "beginning" for the first one."""

    valid_from: str
    zone: str
    day_start: str
    shifts: list[ShiftView]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """The site today. today: the day it is, from `since` to `until`. shift: the present one; None between
    shifts. calendars: all rules, the oldest first
    """

    today: date
    since: datetime
    until: datetime
    shift: str | None
    calendar: RuleView
    calendars: list[RuleView]


class ShiftForm(Form):
    """A shift. Over midnight, `end` is the earlier time."""

    name: str
    start: str
    end: str


class RuleForm(Form):
    """What is to hold. valid_from: a day (2026-11-23); null for today, "beginning" for all that was."""

    zone: str
    day_start: str = "00:00"
    shifts: list[ShiftForm] = Field(default_factory=list)
    valid_from: str | None = None


def make_router(recount: service.Recount) -> APIRouter:
    """Make the routes. recount: counts anew what is counted by days."""
    router = APIRouter(prefix="/api/v1", tags=["site"], route_class=StrictRoute)

    @router.get("/site")
    def get_site(needs: Needs) -> SiteView:
        """Give the site's time zone, the begin of its day and its shifts."""
        with needs.database.read() as connection:
            return view(queries.calendar(connection), needs.clock())

    @router.put("/site")
    def put_site(form: RuleForm, needs: Needs, by: By) -> SiteView:
        """Have another zone, begin of the day or shifts hold, from a day on. What lies before stays."""
        with needs.database.write() as connection:
            at = needs.clock()
            day = read_from(form.valid_from, queries.calendar(connection), at)
            shifts = [(each.name, each.start, each.end) for each in form.shifts]
            rule = read_rule(form.zone, form.day_start, shifts, day)
            return view(service.set_rule(connection, rule, at=at, who=by.name, recount=recount), at)

    @router.delete("/site/{valid_from}")
    def drop_site(valid_from: str, needs: Needs, by: By) -> SiteView:
        """Take back what holds from a day on."""
        with needs.database.write() as connection:
            at = needs.clock()
            day = read_from(valid_from, queries.calendar(connection), at)
            return view(service.drop_rule(connection, day, at=at, who=by.name, recount=recount), at)

    return router


def view(calendar: Calendar, now: datetime) -> SiteView:
    """Show a calendar."""
    today = calendar.day(now)
    since, until = calendar.bounds(today)
    shift = next((each.shift for each in calendar.spans(today) if each.start <= now < each.end), "")
    return SiteView(
        today=today,
        since=since,
        until=until,
        shift=shift or None,
        calendar=rule_view(calendar.rule(today)),
        calendars=[rule_view(rule) for rule in calendar.rules],
    )


def rule_view(rule: Rule) -> RuleView:
    """Show a rule."""
    return RuleView(
        valid_from="beginning" if rule.valid_from == BEGINNING else rule.valid_from.isoformat(),
        zone=rule.zone,
        day_start=f"{rule.day_start:%H:%M}",
        shifts=[
            ShiftView(name=each.name, start=f"{each.start:%H:%M}", end=f"{each.end:%H:%M}")
            for each in rule.shifts
        ],
    )


def read_from(text: str | None, calendar: Calendar, now: datetime) -> date:
    """Read since when a rule holds. Raises Invalid."""
    if text is None:
        return calendar.day(now)
    if text == "beginning":
        return BEGINNING
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"a calendar holds from a day such as 2026-11-23 on, not {text[:40]!r}") from error


def read_rule(zone: str, day_start: str, shifts: list[tuple[str, str, str]], valid_from: date) -> Rule:
    """Read a rule; what it says together is checked when it is set. Raises Invalid."""
    return Rule(
        valid_from=valid_from,
        zone=zone.strip(),
        day_start=read_time(day_start, "the day"),
        shifts=tuple(
            Shift(
                name=required_text(name, "a shift's name", MAX_NAME),
                start=read_time(start, f"shift {name[:MAX_NAME]}"),
                end=read_time(end, f"shift {name[:MAX_NAME]}"),
            )
            for name, start, end in shifts
        ),
    )


def read_shift(text: str) -> tuple[str, str, str]:
    """Take "Early 06:00-14:00" apart into name, start and end. Raises Invalid."""
    name, _, span = text.strip().rpartition(" ")
    start, dash, end = span.replace("–", "-").partition("-")
    if not dash:
        raise Invalid(f"a shift is written as 'Early 06:00-14:00', not {text[:80]!r}")
    return name, start, end


def read_time(text: str, what: str) -> time:
    """Read a time of the day, such as 06:00. Raises Invalid."""
    found = text.strip()
    hours, colon, minutes = found.partition(":")
    if not (colon and found.isascii() and hours.isdigit() and minutes.isdigit() and len(found) <= 5):
        raise Invalid(f"{what} begins and ends at a time such as 06:00, not {found[:40]!r}")
    try:
        return time(int(hours), int(minutes))
    except ValueError as error:
        raise Invalid(f"{what}: {found} is no time of a day") from error
