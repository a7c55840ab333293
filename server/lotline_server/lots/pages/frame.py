"""What stands on every tab of a lot: its head, what stands in its way, the tabs with their counts."""

from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response
from sqlalchemy.engine import Connection

from lotline_server.lots import material_queries
from lotline_server.lots.material import require_key
from lotline_server.lots.pages import words
from lotline_server.lots.procurement import Procurement, procurement
from lotline_server.lots.queries import LotRow
from lotline_server.lots.service import require_lot
from lotline_server.lots.view import LotView, view_of
from lotline_server.parts.service import require_part
from lotline_server.web.forms import Filled
from lotline_server.web.language import N_
from lotline_server.web.links import lot_url
from lotline_server.web.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A tab. count: what stands beside its name; None for nothing."""

    key: str
    name: str
    href: str
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A lot, as every tab needs it."""

    view: LotView
    supply: Procurement
    events: int
    part_kind: str

    @property
    def lot(self) -> LotRow:
        """Give the lot."""
        return self.view.lot


def read_frame(connection: Connection, name: str, page: Page) -> Frame:
    """Read what every tab shows. Raises NotFound."""
    key = require_key(connection, name)
    supply = procurement(connection, name, page.calendar.wall_date(page.now))
    return Frame(
        view=view_of(connection, require_lot(connection, name), supply, page.now),
        supply=supply,
        part_kind=require_part(connection, key.part_number).kind,
        events=len(material_queries.events_of(connection, key.id)),
    )


def tabs_of(frame: Frame) -> list[Tab]:
    """Give the tabs of a lot; BOM not of a bought part."""
    lot, url = frame.lot, lot_url(frame.lot.lot)
    components = len(frame.supply.supplies)
    made = [
        Tab(key="overview", name=N_("Overview"), href=url),
        Tab(key="bom", name=N_("BOM"), href=f"{url}/bom", count=components),
        Tab(
            key="procurement",
            name=N_("Procurement"),
            href=f"{url}/procurement",
            count=len({view.line.order for view in frame.supply.lines}),
        ),
        Tab(key="serials", name=N_("Serial numbers"), href=f"{url}/serials", count=lot.units),
        Tab(key="activity", name=N_("Activity"), href=f"{url}/activity", count=frame.events),
    ]
    return [each for each in made if each.key != "bom" or components or frame.part_kind != "part"]


def show_tab(
    page: Page, template: str, frame: Frame, tab: str, *, form: Filled | None = None, **shown: Any
) -> Response:
    """Render a tab; with a form that was not taken as an error."""
    return page.html(
        template,
        place="/lots",
        form=form,
        status=422 if form is not None and form.errors else 200,
        **in_frame(frame, tab),
        **shown,
    )


def in_frame(frame: Frame, tab: str) -> dict[str, Any]:
    """Give what lot_frame.html needs."""
    return {
        "lot": frame.lot,
        "lot_view": frame.view,
        "mark": words.STATUS_MARKS[frame.lot.status],
        "tabs": tabs_of(frame),
        "tab": tab,
        "words": words,
        "here": lot_url(frame.lot.lot),
    }
