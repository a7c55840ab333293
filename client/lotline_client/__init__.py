"""The lot server for Python programs: lots, parts, units, orders, stock, runs, and waveforms as numpy arrays.

    from lotline_client import LotServer

    with LotServer("https://lots.example:8700", token="…", ca="lotline-ca.pem") as server:
        for lot in server.lots(status="in_production"):
            print(lot.lot, lot.completed, "of", lot.target)

Lists are iterators that fetch page after page. A change that gets no answer is sent again under the key it
was sent with, so it is done once; `key=` names one across restarts of your program. A lot, part or order that
was read singly knows its state: `server.change_lot(lot, target=60)` raises ChangedMeanwhile where somebody
was faster. Everything that can go wrong is a `LotServerError`.
"""

from lotline_client.errors import (
    Away,
    ChangedMeanwhile,
    Conflict,
    LotServerError,
    NotAllowed,
    NotFound,
    Refused,
    ServerFault,
    WhoAreYou,
)
from lotline_client.server import LotServer
from lotline_client.things import (
    Activity,
    Hit,
    Level,
    LineView,
    Lot,
    Movement,
    Operation,
    Order,
    OrderHead,
    OrderLine,
    Part,
    Project,
    Run,
    RunRecord,
    Supplier,
    Unit,
    UnitRecord,
)
from lotline_client.waveforms import Waveform

__all__ = [
    "Activity", "Away", "ChangedMeanwhile", "Conflict", "Hit", "Level", "LineView", "Lot", "LotServer",
    "LotServerError", "Movement", "NotAllowed", "NotFound", "Operation", "Order", "OrderHead", "OrderLine",
    "Part", "Project", "Refused", "Run", "RunRecord", "ServerFault", "Supplier", "Unit", "UnitRecord",
    "Waveform", "WhoAreYou",
]  # fmt: skip
