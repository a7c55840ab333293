"""Stations: a card each, those that need somebody first, and the form that adds one."""

from dataclasses import dataclass
from datetime import datetime

from fastapi.responses import Response

from lotline_contract.identity import check_name
from lotline_contract.look import Mark
from lotline_server.core.caller import By
from lotline_server.core.certificates import OwnCa
from lotline_server.core.errors import Invalid
from lotline_server.core.web import Needs
from lotline_server.dashboard.service import is_behind, is_silent
from lotline_server.history import queries as history
from lotline_server.history.queries import RunRow
from lotline_server.stations import enrolment, queries
from lotline_server.stations.queries import StationRow
from lotline_server.web import forms, marks
from lotline_server.web.forms import Filled
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router
from lotline_server.yields import queries as yields

router = pages_router()

SKEW_WORTH_A_WORD_S = 2.0
_ORDER = (marks.STATION_SILENT, marks.STATION_BEHIND, marks.STATION_UNPAIRED, marks.STATION_HEARD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A station as its card shows it. last: its newest run; None before the first.

    counted, share: the units that had their first counted run here today, and how many of them passed at once
    """

    station: StationRow
    mark: Mark
    last: RunRow | None
    clock: str
    clock_is_off: bool
    counted: int
    share: float | None


@router.get("/stations")
def show_stations(needs: Needs, page: Shown) -> Response:
    """Show a card for each station."""
    return _show(needs, page)


def _show(needs: Needs, page: Shown, form: Filled | None = None, **paired: str) -> Response:
    with needs.database.read() as connection:
        today = yields.station_yields(connection, *page.calendar.bounds(page.calendar.day(page.now)))
        cards = [
            _card(
                station,
                next(iter(history.latest_runs(connection, limit=1, station=station.name)), None),
                page.now,
                today.get(station.name, (0, 0)),
            )
            for station in queries.all_stations(connection)
        ]
    cards.sort(key=lambda card: (_ORDER.index(card.mark), card.station.name))
    return page.html(
        "stations.html",
        place="/stations",
        form=form,
        status=422 if form is not None and form.errors else 200,
        cards=cards,
        code=paired.get("code"),
        code_for=paired.get("name"),
        address=f"{page.request.url.scheme}://{page.request.url.netloc}",
        fingerprint=OwnCa(needs.folder.root).fingerprint() if page.request.url.scheme == "https" else None,
    )


def _card(station: StationRow, last: RunRow | None, now: datetime, today: tuple[int, int]) -> Card:
    skew = station.clock_skew_s
    clock, is_off = "not heard yet", False
    if skew is not None:
        is_off = abs(skew) > SKEW_WORTH_A_WORD_S
        clock = f"{abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}" if is_off else "right"
    return Card(
        station=station,
        mark=_mark(station, now),
        last=last,
        clock=clock,
        clock_is_off=is_off,
        counted=today[0],
        share=today[1] / today[0] if today[0] else None,
    )


def _mark(station: StationRow, now: datetime) -> Mark:
    if station.paired_at is None:
        return marks.STATION_UNPAIRED
    if is_silent(station, now):
        return marks.STATION_SILENT
    return marks.STATION_BEHIND if is_behind(station) else marks.STATION_HEARD


@router.post("/stations")
def add_station(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Make a pairing code. It stands only in this one answer, never in an address or a cookie."""
    name = form.need("name", "A station needs a name, such as FCT-01.")
    if name:
        try:
            check_name(name, "The name")
        except ValueError as error:
            form.errors["name"] = f"{error}."
    if form.errors:
        return _show(needs, page, form)
    try:
        with needs.database.write() as connection:
            code = enrolment.new_code(connection, name, at=page.now, who=by.name)
    except Invalid as error:
        form.errors["name"] = f"{error}."
        return _show(needs, page, form)
    return _show(needs, page, code=code, name=name)
