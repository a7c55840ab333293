"""The API as a page: what can be asked, who may, and what each kind of problem means. Nothing is loaded from
anywhere else: it is drawn from the description that /openapi.json gives to programs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response

from lotline_server.accounts.access import ACCESS
from lotline_server.core.problems import TITLES
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()

_METHODS = ("get", "head", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that can be asked. needs: the permission, or who comes in without one.

    parameters: (name, where it stands, whether it must be there)
    """

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    needs: str
    parameters: list[tuple[str, str, bool]]


@router.get("/help/api")
def show_reference(page: Shown) -> Response:
    """Show what programs may ask."""
    described = page.request.app.openapi()
    words = {each["name"]: each.get("description", "") for each in described.get("tags", ())}
    groups: dict[str, list[Operation]] = {}
    for tag, operation in _operations(described["paths"]):
        groups.setdefault(tag, []).append(operation)
    return page.html(
        "reference.html",
        groups=[(tag, words.get(tag, ""), found) for tag, found in sorted(groups.items())],
        problems=sorted(TITLES.items()),
        how_many=sum(len(found) for found in groups.values()),
    )


def _operations(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Operation]]:
    needed = {path.replace(":path}", "}"): methods for path, methods in ACCESS.items()}
    for path, methods in sorted(paths.items()):
        for method in _METHODS:
            found = methods.get(method)
            if found is None:
                continue
            summary, _, text = str(found.get("description", found.get("summary", ""))).partition("\n")
            yield (
                next(iter(found.get("tags", ())), "other"),
                Operation(
                    anchor=str(found["operationId"]),
                    method=method.upper(),
                    path=path,
                    summary=summary,
                    text=text.strip(),
                    needs=_who(needed.get(path, {}).get(method.upper())),
                    parameters=[
                        (each["name"], each["in"], bool(each.get("required")))
                        for each in found.get("parameters", ())
                        if "name" in each and each["in"] != "header"
                    ],
                ),
            )


def _who(rule: Any) -> str:
    """Say who may ask, in the access table's own words."""
    rules = rule if isinstance(rule, tuple) else (rule,)
    return " / ".join(str(getattr(each, "value", each)) for each in rules if each is not None)
