"""Lists in pages, all of one kind: `limit`, an opaque `cursor`, and `Link: <…>; rel="next"` to the next page.

A cursor says behind which row to go on, by the columns the list is sorted by and never by a count. So what
is added or taken away meanwhile shifts nothing: no row stands twice, and none that was there all the time is
left out. A route does it so, its statement sorted by columns that are unique together:

    def list_lots(…, pages: Paged) -> list[LotRow]:
        with needs.database.read() as connection:
            found = queries.list_lots(connection, after=pages.after(int), limit=pages.ask)
        return pages.cut(found, lambda row: (row.id,))
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import Depends, Query, Request, Response

from lotline_server.core.errors import Invalid

Row = TypeVar("Row")
_LARGEST = 2**63 - 1
MOST = 1000
"""How many rows a page may have."""


class Pages:
    """One request's page of a list. limit: how many rows it has. ask: how many to ask the database for."""

    def __init__(self, request: Request, response: Response, limit: int, cursor: str | None) -> None:
        self.limit = limit
        self.ask = limit + 1
        self._request = request
        self._response = response
        self._cursor = cursor

    def after(self, *kinds: type[int] | type[str]) -> tuple[Any, ...] | None:
        """Give the row to go on behind, one value of these kinds for each column; None at the beginning.

        Raises Invalid for what is no cursor of this list.
        """
        if self._cursor is None:
            return None
        values = _unpack(self._cursor)
        fits = len(values) == len(kinds) + 1 and values[0] == _name(self._request)
        if not fits or not all(type(value) is kind for value, kind in zip(values[1:], kinds, strict=True)):
            raise Invalid("this cursor is not of this list: begin without one, and follow the Link header")
        return tuple(values[1:])

    def cut(self, found: Sequence[Row], place: Callable[[Row], tuple[int | str, ...]]) -> list[Row]:
        """Give one page of what was found, and link to the next where there is more.

        place: of a row; those that share one stay on one page
        """
        end = min(self.limit, len(found))
        while 0 < end < len(found) and place(found[end]) == place(found[end - 1]):
            end += 1
        shown = list(found[:end])
        if len(found) > self.limit:
            cursor = _pack([_name(self._request), *place(shown[-1])])
            kept = [each for each in self._request.query_params.multi_items() if each[0] != "cursor"]
            query = urlencode([*kept, ("cursor", cursor)])
            self._response.headers["Link"] = f'<{_path(self._request)}?{query}>; rel="next"'
        return shown

    def among(self, found: Sequence[Row], place: Callable[[Row], tuple[int | str, ...]]) -> list[Row]:
        """Give one page of a short list that is there whole, sorted by `place`."""
        ordered = sorted(found, key=place)
        kinds = tuple(type(value) for value in place(ordered[0])) if ordered else ()
        after = self.after(*kinds) if ordered else None
        return self.cut([row for row in ordered if after is None or place(row) > after][: self.ask], place)


def behind(columns: Sequence[Any], after: Sequence[Any], *, descending: bool = False) -> Any:
    """Give the condition that a row stands behind another one in a list sorted by these columns."""
    left = sa.tuple_(*columns)
    right = sa.tuple_(*(sa.literal(value, column.type) for column, value in zip(columns, after, strict=True)))
    return left < right if descending else left > right


def _path(request: Request) -> str:
    raw: bytes = request.scope["raw_path"]
    return raw.decode("ascii", "replace")


def _name(request: Request) -> str:
    """Name a list, so that a cursor of another one is known for what it is."""
    return hashlib.sha256(request.url.path.encode()).hexdigest()[:8]


def _pack(values: Sequence[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _unpack(cursor: str) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        for value in values:
            # What a forged one might hold that no column does.
            if not (isinstance(value, int) and abs(value) <= _LARGEST) and "\0" in value.encode().decode():
                return []
    except (ValueError, binascii.Error, AttributeError, TypeError, RecursionError):
        return []
    return list(values)


async def pages_of(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most.")] = 100,
    cursor: Annotated[
        str | None,
        Query(max_length=2000, description="Where to go on; from the Link header of the page before."),
    ] = None,
) -> Pages:
    """Give a request its page of a list."""
    return Pages(request, response, limit, cursor)


Paged = Annotated[Pages, Depends(pages_of)]
"""A route's parameter `pages: Paged`."""
