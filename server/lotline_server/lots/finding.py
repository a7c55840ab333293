"""The route of each unit that is derived, asked for once in a transaction."""

from sqlalchemy.engine import Connection

from lotline_server.lots import queries
from lotline_server.routes import queries as routes
from lotline_server.routes.queries import Route


class RouteFinder:
    """Gives the route of a unit by part and lot (row ids): pinned by the lot, else the part's current one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pinned: dict[int, Route | None] = {}
        self._current: dict[int, Route | None] = {}

    def __call__(self, part: int, lot: int | None) -> Route | None:
        """Find it; None where the part has no route."""
        if lot is not None:
            if lot not in self._pinned:
                self._pinned[lot] = self._pinned_by(lot)
            pinned = self._pinned[lot]
            if pinned is not None:
                return pinned
        if part not in self._current:
            self._current[part] = routes.current_route(self._connection, part)
        return self._current[part]

    def _pinned_by(self, lot: int) -> Route | None:
        key = queries.pinned_route(self._connection, lot)
        return None if key is None else routes.find_routes(self._connection, [key])[key]
