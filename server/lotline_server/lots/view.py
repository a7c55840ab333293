"""A lot as its page and its API show it: progress, outlook, and what stands in its way."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_server.core.notes import as_html
from lotline_server.lots import material, material_queries, procurement
from lotline_server.lots import outlook as outlooks
from lotline_server.lots.blocks import Block, blocks
from lotline_server.lots.outlook import OperationProgress, Outlook
from lotline_server.lots.procurement import Procurement
from lotline_server.lots.queries import LotRow
from lotline_server.lots.routing import lot_route
from lotline_server.lots.service import require_lot
from lotline_server.lots.statuses import following
from lotline_server.site import queries as site


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockText:
    """What stands in the way, with its sentence."""

    text: str
    block: Block


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    """A lot whole. notes_html: its notes, rendered; safe to be shown. following: the statuses it may get."""

    lot: LotRow
    notes_html: str
    following: list[str]
    operations: list[OperationProgress]
    outlook: Outlook
    blocks: list[BlockText]


def lot_view(connection: Connection, name: str, now: datetime) -> LotView:
    """Give a lot whole. Raises NotFound."""
    lot = require_lot(connection, name)
    found = procurement.procurement(connection, name, site.today(connection, now))
    return view_of(connection, lot, found, now)


def view_of(connection: Connection, lot: LotRow, found: Procurement, now: datetime) -> LotView:
    """Give a lot whole, of which the material and what is on order were read already."""
    key = material.require_key(connection, lot.lot)
    outlook = outlooks.outlooks(connection, [lot], now)[lot.lot]
    events = material_queries.events_of(connection, key.id)
    return LotView(
        lot=lot,
        notes_html=as_html(lot.notes),
        following=following(lot.status),
        operations=outlooks.by_operation(connection, lot, lot_route(connection, lot.lot)),
        outlook=outlook,
        blocks=[BlockText(text=each.text, block=each) for each in blocks(lot, found, outlook, events)],
    )
