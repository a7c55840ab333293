"""The one table of roles and what each may do."""

from lotline_server.core.access import Permission

SEE, WORK, PLAN, DECIDE, ADMINISTER = Permission

ROLES: dict[str, frozenset[Permission]] = {
    "viewer": frozenset({SEE}),
    "operator": frozenset({SEE, WORK}),
    "planner": frozenset({SEE, WORK, PLAN}),
    "quality": frozenset({SEE, WORK, DECIDE}),
    "admin": frozenset(Permission),
}
"""By role, from the least to the most; what does not stand here may not be done."""

ABOUT: dict[str, str] = {
    "viewer": "sees everything and changes nothing",
    "operator": "also attaches test data, joins sub-units, scans",
    "planner": "also plans: lots, parts, BOMs, routes, purchasing, stock",
    "quality": "also decides on quality: hold, release, rework, scrap",
    "admin": "may do everything, accounts and stations included",
}
"""What a role is, for the person who gives it."""
