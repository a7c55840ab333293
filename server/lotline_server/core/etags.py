"""ETag and If-Match against lost updates: a digest of what people may change of a thing.

A thing's tag is the same as long as nobody changed it. What only follows from other things (a lot's counts
of units, a part's next serial number) is no part of it, or every unit that a station tests would stand in the
way of the planner who corrects a note: a row type names those fields in its class variable `DERIVED`.

A route gives and checks it so, the check inside the write transaction:

    def get_lot(…, tag: Tag) -> LotRow:
        with needs.database.read() as connection:
            return tag.of(service.require_lot(connection, lot))

    def change_lot(…, tag: Tag) -> LotRow:
        with needs.database.write() as connection:
            tag.check(service.require_lot(connection, lot))
            …
            return tag.of(service.require_lot(connection, lot))

A page's form carries the same digest in a hidden field, and its route asks for it the same way; the form
then says that somebody changed it, shows both values beside each field, and has lost nothing that was typed:

    {{ state_field(lot) }}                                        in the template, inside the form

    with needs.database.write() as connection:
        found = service.require_lot(connection, lot)
        if not form.outdated(found):
            …
    if form.errors:
        return …the form again
"""

import dataclasses
import hashlib
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Request, Response

from lotline_server.core.errors import ChangedMeanwhile, WhichVersion

Found = TypeVar("Found")


def digest(found: Any) -> str:
    """Give the tag of a dataclass, or of several, without quotes: of all fields but the derived ones."""
    return hashlib.sha256(msgspec.json.encode(_said(found), order="sorted")).hexdigest()[:32]


def _said(found: Any) -> Any:
    if isinstance(found, list | tuple):
        return [_said(each) for each in found]
    if not dataclasses.is_dataclass(found):
        return found
    derived: frozenset[str] = getattr(type(found), "DERIVED", frozenset())
    fields = [each.name for each in dataclasses.fields(found) if each.name not in derived]
    return {name: _said(getattr(found, name)) for name in fields}


class Tagging:
    """One request's ETag and If-Match."""

    def __init__(self, wanted: str | None, response: Response) -> None:
        self._wanted = wanted
        self.response = response

    def of(self, found: Found, state: Any = None) -> Found:
        """Put a thing's ETag onto the answer, and give the thing back. state: what the tag is of instead."""
        self.response.headers["ETag"] = f'"{digest(found if state is None else state)}"'
        return found

    def check(self, found: Any, *, required: bool = False) -> None:
        """Raise ChangedMeanwhile where the thing is no more what the caller has read.

        required: raise WhichVersion where the caller does not say what it has read
        """
        if self._wanted is None:
            if required:
                raise WhichVersion(
                    "this replaces all of it: send the ETag of what you have read as If-Match, "
                    "so that nobody's change is lost"
                )
            return
        known = [each.strip() for each in self._wanted.split(",")]
        if "*" not in known and f'"{digest(found)}"' not in known:
            raise ChangedMeanwhile(
                "somebody changed it since you read it, and nothing was done: get it again, "
                "apply your change to what it says now, and send that with the new ETag"
            )


async def tagging_of(request: Request, response: Response) -> Tagging:
    """Give a request its tagging."""
    return Tagging(request.headers.get("if-match"), response)


Tag = Annotated[Tagging, Depends(tagging_of)]
"""A route's parameter `tag: Tag`."""
