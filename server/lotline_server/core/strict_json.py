"""JSON from people and programs, read strictly: no NaN, no key twice, no unknown field. And the route class
of every API, which reads so, and does once what names itself (see once.py).
"""

import json
import math
from collections.abc import Callable
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel, ConfigDict

from lotline_server.core import once
from lotline_server.core.errors import Invalid
from lotline_server.core.guarded import GuardedRoute, Handler


class Form(BaseModel):
    """A request's body. Unknown fields are refused, and true is not 1."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_max_length=10_000)


def parse(body: bytes) -> Any:
    """Read JSON. Invalid for anything that JSON itself or common sense does not allow."""
    try:
        return json.loads(
            body, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique
        )
    except (ValueError, RecursionError) as error:
        # ValueError is also what a bad UTF-8 sequence and a 5,000-digit number raise.
        raise Invalid(f"the body is not usable JSON: {error}") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number that JSON knows")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:32]} is larger than any number here")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = value
    return found


class _StrictRequest(Request):
    async def json(self) -> Any:
        """Read the body strictly."""
        return parse(await self.body())


def _query_names(dependant: Dependant) -> frozenset[str]:
    """Give the names of all that a route reads from the query, its dependencies included."""
    own = {each.alias for each in dependant.query_params}
    return frozenset(own.union(*(_query_names(each) for each in dependant.dependencies)))


def _check_query(request: Request, known: frozenset[str]) -> None:
    """Raise Invalid for a parameter that the route does not know: ignored, it would mean something else."""
    for name in request.query_params:
        if name not in known:
            said = f"it knows {', '.join(sorted(known))}" if known else "it knows none"
            raise Invalid(f"the query's {name[:40]!r} is unknown here: {said}")


_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class StrictRoute(GuardedRoute):
    """A route that reads JSON and query strictly, and takes an Idempotency-Key where it changes something."""

    keeps_answers = True

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        self.changes = self.keeps_answers and bool(_CHANGING & set(given.get("methods") or ()))
        super().__init__(path, once.once(endpoint, self._written) if self.changes else endpoint, **given)

    def handler_behind(self) -> Handler:
        """Wrap FastAPI's handler."""
        handler = super().handler_behind()

        known = _query_names(self.dependant)

        async def strict(request: Request) -> Response:
            _check_query(request, known)
            asked = _StrictRequest(request.scope, request.receive)
            with once.asking(await once.naming(asked) if self.changes else None):
                return await handler(asked)

        return strict

    def _written(self, found: Any) -> once.Answer:
        """Write what the endpoint returned as FastAPI would."""
        if isinstance(found, Response):
            return found.status_code, found.headers.get("content-type", ""), bytes(found.body)
        status = self.status_code or 200
        if self.response_field is None:
            return status, "application/json", b"" if status == 204 else b"null"
        value, _ = self.response_field.validate(found, {}, loc=("response",))
        return status, "application/json", self.response_field.serialize_json(value)


class SecretRoute(StrictRoute):
    """A route whose answer or question holds a secret: it reads as strictly, and keeps no answer."""

    keeps_answers = False
