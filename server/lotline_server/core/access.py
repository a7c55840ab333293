"""What may be done at all, and how a route says whom it lets in. What each role may stands in accounts."""

from enum import StrEnum
from typing import assert_never


class Permission(StrEnum):
    """One kind of deed. Roles are sets of these, and an API token's scopes are, too."""

    SEE = "see"
    WORK = "work"
    PLAN = "plan"
    DECIDE = "decide"
    ADMINISTER = "administer"


class Open(StrEnum):
    """Whom a route lets in where no permission is asked for.

    ANYBODY: also who is not signed in. STATION: a station by its own token, which the route looks up itself.
    PERSON: anybody who is signed in, about themselves; no API token.
    """

    ANYBODY = "anybody"
    STATION = "station"
    PERSON = "person"


Rule = Permission | Open | tuple[Permission, ...]
"""What a route asks of who calls it. Of several permissions one is enough to come in: what is asked for then
decides which it must be, and the route itself says so (`Caller.require`).
"""


def about(permission: Permission) -> str:
    """Say what a permission allows, for the person who gives or lacks it."""
    match permission:
        case Permission.SEE:
            return "see everything"
        case Permission.WORK:
            return "attach test data, join sub-units, scan"
        case Permission.PLAN:
            return "plan: lots, parts, BOMs, routes, purchasing, stock"
        case Permission.DECIDE:
            return "decide on quality: hold, release, rework, scrap"
        case Permission.ADMINISTER:
            return "administer: accounts, stations, settings"
        case _:
            assert_never(permission)
