"""The access table: who may call what. What does not stand here, nobody may.

A path stands as its route writes it, with its parameters; each method names the permission it needs, or who
comes in without one. A page and the API call that does the same stand beside each other with the same rule.
"""

from lotline_server.core.access import Open, Permission, Rule

SEE, WORK, PLAN, DECIDE, ADMINISTER = Permission
ANYBODY, STATION, PERSON = Open

Rules = dict[str, dict[str, Rule]]

_STATIONS: Rules = {
    "/sync/v1/pair": {"POST": STATION},
    "/sync/v1/hello": {"POST": STATION},
    "/sync/v1/records": {"POST": STATION},
    "/sync/v1/blobs/{blob}": {"HEAD": STATION, "PUT": STATION},
    "/sync/v1/changes": {"GET": STATION},
    "/stations": {"GET": SEE, "POST": ADMINISTER},
    "/api/v1/stations": {"GET": SEE},
}

_FRAME: Rules = {
    "/favicon.ico": {"GET": ANYBODY},
    "/openapi.json": {"GET": SEE},
    "/help/api": {"GET": SEE},
    "/live": {"GET": SEE},
    "/settings/site": {"GET": SEE, "POST": ADMINISTER},
    "/settings/site/drop": {"POST": ADMINISTER},
    "/api/v1/site": {"GET": SEE, "PUT": ADMINISTER},
    "/api/v1/site/{valid_from}": {"DELETE": ADMINISTER},
}

_ACCOUNTS: Rules = {
    "/sign-in": {"GET": ANYBODY, "POST": ANYBODY},
    "/set-up": {"GET": ANYBODY, "POST": ANYBODY},
    "/new-password": {"GET": ANYBODY, "POST": ANYBODY},
    "/sign-out": {"POST": PERSON},
    "/settings": {"GET": PERSON},
    "/settings/me": {"GET": PERSON},
    "/settings/me/password": {"POST": PERSON},
    "/settings/me/sign-out-elsewhere": {"POST": PERSON},
    "/settings/tokens": {"GET": PERSON, "POST": PERSON},
    "/settings/tokens/{key}/revoke": {"POST": PERSON},
    "/settings/accounts": {"GET": ADMINISTER, "POST": ADMINISTER},
    "/settings/accounts/{name}/role": {"POST": ADMINISTER},
    "/settings/accounts/{name}/active": {"POST": ADMINISTER},
    "/settings/accounts/{name}/code": {"POST": ADMINISTER},
    "/settings/accounts/tokens/{key}/revoke": {"POST": ADMINISTER},
    "/api/v1/session": {"GET": SEE, "POST": ANYBODY, "DELETE": PERSON},
    "/api/v1/session/password": {"POST": PERSON},
    "/api/v1/tokens": {"GET": PERSON, "POST": PERSON},
    "/api/v1/tokens/{key}": {"DELETE": PERSON},
    "/api/v1/accounts": {"GET": ADMINISTER, "POST": ADMINISTER},
    "/api/v1/accounts/{name}": {"PATCH": ADMINISTER},
    "/api/v1/accounts/{name}/code": {"POST": ADMINISTER},
    "/api/v1/accounts/{name}/tokens": {"GET": ADMINISTER},
    "/api/v1/accounts/{name}/tokens/{key}": {"DELETE": ADMINISTER},
}

_PARTS: Rules = {
    "/parts": {"GET": SEE},
    "/new/part": {"GET": PLAN, "POST": PLAN},
    "/parts/{part_number:path}": {"GET": SEE},
    "/parts/{part_number:path}/edit": {"GET": PLAN, "POST": PLAN},
    "/parts/{part_number:path}/lots": {"GET": SEE},
    "/parts/{part_number:path}/where-used": {"GET": SEE},
    "/parts/{part_number:path}/bom": {"GET": SEE},
    "/parts/{part_number:path}/bom/lines": {"POST": PLAN},
    "/parts/{part_number:path}/bom/import": {"GET": PLAN, "POST": PLAN},
    "/parts/{part_number:path}/bom/import/commit": {"POST": PLAN},
    "/parts/{part_number:path}/bom/compare": {"GET": SEE},
    "/parts/{part_number:path}/route": {"GET": SEE, "POST": PLAN},
    "/api/v1/serial-format-example": {"GET": SEE},
    "/api/v1/parts": {"GET": SEE, "POST": PLAN},
    "/api/v1/parts/{part_number:path}": {"GET": SEE, "PATCH": PLAN},
    "/api/v1/parts/{part_number:path}/bom": {"GET": SEE, "POST": PLAN},
    "/api/v1/parts/{part_number:path}/bom/preview": {"POST": PLAN},
    "/api/v1/parts/{part_number:path}/bom/lines": {"PUT": PLAN, "DELETE": PLAN},
    "/api/v1/parts/{part_number:path}/bom/compare": {"GET": SEE},
    "/api/v1/parts/{part_number:path}/structure": {"GET": SEE},
    "/api/v1/parts/{part_number:path}/where-used": {"GET": SEE},
    "/api/v1/parts/{part_number:path}/route": {"GET": SEE, "PUT": PLAN},
    "/api/v1/parts/{part_number:path}/routes": {"GET": SEE},
}

_PROJECTS: Rules = {
    "/projects": {"GET": SEE},
    "/project": {"GET": SEE},
    "/new/project": {"GET": PLAN, "POST": PLAN},
    "/projects/{name:path}": {"GET": SEE},
    "/projects/{name:path}/edit": {"GET": PLAN, "POST": PLAN},
    "/projects/{name:path}/close": {"POST": PLAN},
    "/api/v1/projects": {"GET": SEE, "POST": PLAN},
    "/api/v1/projects/{name:path}": {"GET": SEE, "PATCH": PLAN},
}

_LOTS: Rules = {
    "/lots": {"GET": SEE},
    "/new/lot": {"GET": PLAN, "POST": PLAN},
    "/lots/{lot:path}": {"GET": SEE},
    "/lots/{lot:path}/edit": {"GET": PLAN, "POST": PLAN},
    "/lots/{lot:path}/status": {"POST": PLAN},
    "/lots/{lot:path}/target": {"POST": PLAN},
    "/lots/{lot:path}/serials": {"GET": SEE, "POST": PLAN},
    "/lots/{lot:path}/serials/import": {"GET": PLAN, "POST": PLAN},
    "/lots/{lot:path}/serials/act": {"POST": (PLAN, DECIDE)},
    "/lots/{lot:path}/labels": {"GET": SEE},
    "/lots/{lot:path}/labels.pdf": {"GET": SEE},
    "/lots/{lot:path}/bom": {"GET": SEE},
    "/lots/{lot:path}/issue": {"POST": PLAN},
    "/lots/{lot:path}/order": {"POST": PLAN},
    "/lots/{lot:path}/procurement": {"GET": SEE},
    "/lots/{lot:path}/activity": {"GET": SEE},
    "/api/v1/next-lot": {"GET": SEE},
    "/api/v1/lot-outlooks": {"GET": SEE},
    "/api/v1/lots": {"GET": SEE, "POST": PLAN},
    "/api/v1/lots/{lot:path}": {"GET": SEE, "PATCH": PLAN},
    "/api/v1/lots/{lot:path}/overview": {"GET": SEE},
    "/api/v1/lots/{lot:path}/route": {"GET": SEE},
    "/api/v1/lots/{lot:path}/serials": {"POST": PLAN},
    "/api/v1/lots/{lot:path}/serials/preview": {"POST": PLAN},
    "/api/v1/lots/{lot:path}/serials/import": {"POST": PLAN},
    "/api/v1/lots/{lot:path}/labels.pdf": {"GET": SEE},
    "/api/v1/lots/{lot:path}/units": {"GET": SEE},
    "/api/v1/lots/{lot:path}/units.csv": {"GET": SEE},
    "/api/v1/lots/{lot:path}/material": {"GET": SEE},
    "/api/v1/lots/{lot:path}/events": {"GET": SEE},
    "/api/v1/lots/{lot:path}/ledger": {"GET": SEE},
    "/api/v1/lots/{lot:path}/issue": {"POST": PLAN},
    "/api/v1/lots/{lot:path}/yield": {"GET": SEE},
}

_UNITS: Rules = {
    "/units": {"GET": SEE},
    "/units/{serial_number:path}": {"GET": SEE},
    "/unit/act": {"POST": (PLAN, DECIDE)},
    "/unit/data": {"POST": WORK},
    "/unit/vector": {"POST": WORK},
    "/unit/file": {"POST": WORK},
    "/unit/sub-units": {"POST": WORK},
    "/unit/sub-units/remove": {"POST": WORK},
    "/traveler": {"GET": SEE},
    "/traveler.pdf": {"GET": SEE},
    "/api/v1/travelers/{serial_number:path}": {"GET": SEE},
    "/api/v1/units/{serial_number:path}": {"GET": SEE},
    "/api/v1/units/{serial_number:path}/measurements.csv": {"GET": SEE},
    "/api/v1/units/{serial_number:path}/genealogy": {"GET": SEE},
    "/api/v1/units/{serial_number:path}/sub-units": {"POST": WORK},
    "/api/v1/units/{serial_number:path}/sub-units/remove": {"POST": WORK},
    "/api/v1/units/{serial_number:path}/data": {"POST": WORK},
    "/api/v1/units/{serial_number:path}/files": {"POST": WORK},
    "/api/v1/units/actions": {"POST": (PLAN, DECIDE)},
    "/api/v1/units/{serial_number:path}/scrap": {"POST": DECIDE},
    "/api/v1/units/{serial_number:path}/unscrap": {"POST": DECIDE},
}

_RUNS: Rules = {
    "/api/v1/runs": {"GET": SEE},
    "/api/v1/runs/{run_id}": {"GET": SEE},
    "/api/v1/runs/{run_id}/record": {"GET": SEE},
    "/api/v1/runs/{run_id}/file": {"GET": SEE},
    "/api/v1/vectors/{data_digest}": {"GET": SEE},
    "/api/v1/vectors/{data_digest}/overview": {"GET": SEE},
    "/api/v1/quarantine": {"GET": SEE},
    "/api/v1/quarantine/{key}/record": {"GET": SEE},
    "/api/v1/quarantine/{key}/replay": {"POST": ADMINISTER},
    "/api/v1/completeness": {"GET": SEE},
}

_PURCHASING: Rules = {
    "/api/v1/suppliers": {"GET": SEE, "POST": PLAN},
    "/api/v1/suppliers/{name:path}": {"GET": SEE, "PATCH": PLAN},
    "/api/v1/next-order-number": {"GET": SEE},
    "/api/v1/purchase-orders": {"GET": SEE, "POST": PLAN},
    "/api/v1/purchase-orders/{number:path}": {"GET": SEE, "PATCH": PLAN},
    "/api/v1/purchase-orders/{number:path}/lines": {"POST": PLAN},
    "/api/v1/purchase-orders/{number:path}/lines/{position}": {"PATCH": PLAN, "DELETE": PLAN},
    "/api/v1/purchase-orders/{number:path}/lines/{position}/lots": {"PUT": PLAN},
    "/api/v1/purchase-orders/{number:path}/lines/{position}/receipts": {"POST": PLAN},
    "/api/v1/purchase-orders/{number:path}/lines/import": {"POST": PLAN},
    "/api/v1/purchase-orders/{number:path}/order.pdf": {"GET": SEE},
    "/api/v1/purchase-orders/{number:path}/deliveries": {"POST": PLAN},
    "/api/v1/purchase-receipts/{receipt_id:path}/take-back": {"POST": PLAN},
    "/api/v1/late-lines": {"GET": SEE},
    "/api/v1/lots/{lot:path}/procurement": {"GET": SEE},
    "/api/v1/lots/{lot:path}/order-shortages": {"POST": PLAN},
}

_PURCHASING_PAGES: Rules = {
    "/purchasing": {"GET": SEE},
    "/new/order": {"GET": PLAN, "POST": PLAN},
    "/suppliers": {"GET": SEE},
    "/supplier": {"GET": SEE},
    "/new/supplier": {"GET": PLAN, "POST": PLAN},
    "/suppliers/{name:path}": {"GET": SEE, "POST": PLAN},
    "/purchasing/{number:path}": {"GET": SEE},
    "/purchasing/{number:path}/edit": {"GET": PLAN, "POST": PLAN},
    "/purchasing/{number:path}/dates": {"GET": PLAN, "POST": PLAN},
    "/purchasing/{number:path}/receive": {"GET": PLAN, "POST": PLAN},
    "/purchasing/{number:path}/take-back": {"POST": PLAN},
    "/purchasing/{number:path}/import": {"POST": PLAN},
    "/purchasing/{number:path}/end": {"POST": PLAN},
    "/purchasing/{number:path}/order.pdf": {"GET": SEE},
    "/purchasing/{number:path}/lines": {"POST": PLAN},
    "/purchasing/{number:path}/lines/{position}": {"GET": SEE},
    "/purchasing/{number:path}/lines/{position}/change": {"POST": PLAN},
    "/purchasing/{number:path}/lines/{position}/remove": {"POST": PLAN},
    "/purchasing/{number:path}/lines/{position}/lots": {"POST": PLAN},
}

_STOCK: Rules = {
    "/stock": {"GET": SEE},
    "/stock/locations": {"GET": SEE, "POST": PLAN},
    "/stock/count": {"GET": PLAN, "POST": PLAN},
    "/stock/move": {"GET": PLAN, "POST": PLAN},
    "/stock/postings/{posting}": {"GET": SEE},
    "/stock/postings/{posting}/take-back": {"POST": PLAN},
    "/stock/parts/{part_number:path}": {"GET": SEE},
    "/api/v1/locations": {"GET": SEE, "POST": PLAN},
    "/api/v1/stock": {"GET": SEE},
    "/api/v1/part-suggestions": {"GET": SEE},
    "/api/v1/stock/ledger": {"GET": SEE},
    "/api/v1/stock/parts": {"GET": SEE},
    "/api/v1/stock/parts/{part_number:path}": {"GET": SEE},
    "/api/v1/stock/parts/{part_number:path}/ledger": {"GET": SEE},
    "/api/v1/stock/counts": {"POST": PLAN},
    "/api/v1/stock/check": {"GET": SEE},
    "/api/v1/stock/postings": {"POST": PLAN},
    "/api/v1/stock/postings/{posting}/reverse": {"POST": PLAN},
}

_SEEING: Rules = {
    "/": {"GET": SEE},
    "/completed/{period}": {"GET": SEE},
    "/api/v1/completed": {"GET": SEE},
    "/api/v1/completed/{period}": {"GET": SEE},
    "/activity": {"GET": SEE},
    "/search": {"GET": SEE},
    "/search/suggestions": {"GET": SEE},
    "/api/v1/dashboard": {"GET": SEE},
    "/api/v1/activity": {"GET": SEE},
    "/api/v1/activity.csv": {"GET": SEE},
    "/api/v1/search": {"GET": SEE},
}

_GROUPS = (
    _STATIONS, _FRAME, _ACCOUNTS, _PARTS, _PROJECTS, _LOTS, _UNITS, _RUNS, _PURCHASING, _PURCHASING_PAGES,
    _STOCK, _SEEING,
)  # fmt: skip


def _one_table(groups: tuple[Rules, ...]) -> Rules:
    table: Rules = {}
    for path, methods in ((path, methods) for group in groups for path, methods in group.items()):
        if path in table:
            raise ValueError(f"{path} stands twice in the access table")
        table[path] = methods
    return table


ACCESS = _one_table(_GROUPS)
"""By path template, then by method."""
