"""Which lots under way are short of material, all at once: who comes first takes first."""

from sqlalchemy.engine import Connection

from lotline_server.core.quantity import to_micro
from lotline_server.inventory import queries as inventory
from lotline_server.lots import material_queries as queries
from lotline_server.lots.material import still_to_issue
from lotline_server.lots.statuses import per_unit_micro


def short_lots(connection: Connection) -> dict[str, int]:
    """Give for each lot under way that is short of components, of how many; as its own page says it."""
    claims = queries.claims_on(connection, queries.claimed_components(connection))
    left = {
        part: to_micro(quantity)
        for part, quantity in inventory.usable(connection, {claim.component for claim in claims}).items()
    }
    short: dict[str, int] = {}
    for claim in claims:
        wanted = still_to_issue(claim.lot) * per_unit_micro(claim.quantity, claim.attrition)
        there = max(0, left.get(claim.component, 0))
        if wanted > there:
            short[claim.lot.lot] = short.get(claim.lot.lot, 0) + 1
        left[claim.component] = there - min(wanted, there)
    return short
