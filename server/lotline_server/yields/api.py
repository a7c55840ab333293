"""Yields over HTTP."""

from fastapi import APIRouter

from lotline_server.core.strict_json import StrictRoute
from lotline_server.core.web import Needs
from lotline_server.yields.service import LotYield, lot_yield

router = APIRouter(prefix="/api/v1", tags=["yields"], route_class=StrictRoute)


@router.get("/lots/{lot:path}/yield")
def get_yield(lot: str, needs: Needs) -> LotYield:
    """Give a lot's yields by operation."""
    with needs.database.read() as connection:
        return lot_yield(connection, lot)
