"""The API's description of itself: what all routes have in common is said here, and by none of them again."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from lotline_server.core import once
from lotline_server.core.api_examples import EXAMPLES
from lotline_server.core.etags import tagging_of
from lotline_server.core.paging import pages_of
from lotline_server.core.problems import MEDIA_TYPE, TITLES
from lotline_server.core.strict_json import StrictRoute

ABOUT = """
Everything a page can do. JSON in and out; decimals are texts, moments are ISO 8601 with a zone.

**Lists** come in pages: `limit`, `cursor`, and `Link: <…>; rel="next"` where there is more. **Changes** may
carry an `Idempotency-Key`: sent again within two days they are answered as the first time and done once.
**Single things** have an `ETag`; sent back as `If-Match`, a change is refused (412) where somebody else was
faster. **Errors** are problems as RFC 9457 has them. A field or a parameter that nobody knows is refused.
"""

_TAGS = {
    "accounts": "Who may come in: sessions, accounts, API tokens",
    "lots": "Lots, their serial numbers, material and progress",
    "units": "Units, their runs and waveforms, and what people say of them",
    "parts": "The part catalogue, serial-number formats and routes",
    "boms": "Bills of material",
    "projects": "Projects",
    "purchasing": "Suppliers and purchase orders",
    "stock": "The stock ledger and its sums",
    "yields": "Yields",
    "dashboard": "Figures, and the stations",
    "search": "Finding anything by how it begins",
    "activity": "Who did what, when",
    "site": "Time zone and shifts",
    "quarantine": "Records that could not be taken in",
    "sync": "What stations say; their agents call it",
    "live": "Server-sent events",
}

_PROBLEM = {
    "title": "Problem",
    "description": "An error, as RFC 9457 has it.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "error", "message"],
    "properties": {
        "type": {"type": "string", "description": "Names the kind of problem."},
        "title": {"type": "string", "enum": sorted(set(TITLES.values()))},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was expected, what was found, what to do."},
        "instance": {"type": "string", "description": "Of this one; only where the log has more."},
        "error": {
            "type": "string",
            "enum": sorted(TITLES),
            "description": "The kind, as a program reads it.",
        },
        "message": {"type": "string", "description": "The same as detail."},
        "id": {"type": "string", "description": "What the server's log calls this one."},
    },
}

_MEDIA = {
    ".csv": "text/csv",
    ".pdf": "application/pdf",
    "/file": "application/octet-stream",
    "/vectors/{data_digest}": "application/octet-stream",
    "/quarantine/{key}/record": "application/octet-stream",
}
"""What answers with something else than JSON, by how its path ends."""

_KEY = {
    "name": once.HEADER,
    "in": "header",
    "required": False,
    "description": "Names this request: sent again, it is done once and answered as the first time.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[\x21-\x7e]+$"},
}
_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of what was read: refused with 412 where it is another by now.",
    "schema": {"type": "string", "pattern": r'^(\*|"[0-9a-f]{32}")$'},
}
_ETAG = {"description": "Of what people may change of it.", "schema": {"type": "string"}}
_LINK = {"description": "Where there is more: the next page.", "schema": {"type": "string"}}


def describe(app: FastAPI) -> None:
    """Have an app describe itself at /openapi.json."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def routes_of(app: FastAPI) -> Iterator[APIRoute]:
    """Give every route with an endpoint of ours, whatever router it came with."""
    for found in app.routes:
        for route in getattr(getattr(found, "original_router", None), "routes", [found]):
            if isinstance(route, APIRoute):
                yield route


def _complete(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=ABOUT.strip(),
        routes=app.routes,
        tags=[{"name": name, "description": said} for name, said in _TAGS.items()],
    )
    schemas = found["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    for name, examples in EXAMPLES.items():
        schemas[name]["examples"] = [examples]
    for route in routes_of(app):
        if route.include_in_schema:
            for method in route.methods or ():
                _finish(route, found["paths"][route.path_format][method.lower()])
    return found


def _finish(route: APIRoute, operation: dict[str, Any]) -> None:
    """Say of one operation what it has in common with the others."""
    answers = operation["responses"]
    answers.pop("422", None)
    said = "A problem: what went wrong, and what to do."
    answers["default"] = {
        "description": said,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    calls = set(_calls(route.dependant))
    changes = isinstance(route, StrictRoute) and route.changes
    asked = operation.setdefault("parameters", [])
    if changes:
        asked.append(_KEY)
    if tagging_of in calls and changes and "POST" not in (route.methods or ()):
        asked.append(_MATCH)
    if not asked:
        del operation["parameters"]
    media = next((media for ending, media in _MEDIA.items() if route.path.endswith(ending)), None)
    if media is not None and "GET" in (route.methods or ()):
        answers["200"]["content"] = {media: {}}
    headers = {"ETag": _ETAG} if tagging_of in calls else {"Link": _LINK} if pages_of in calls else {}
    for status, answer in answers.items():
        if headers and status.startswith("2"):
            answer["headers"] = headers


def _calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)
