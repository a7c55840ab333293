"""Forms: read in full, believed only from our own page, and given back with what is wrong beside each field.

A form carries a key that only our own page can read, and its request must say that it comes from here. The
key is derived from the secret of the browser's session, so it ends with that; before anybody is signed in,
from a cookie of its own. GET never writes, so nothing else needs a key.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from lotline_server.core import etags
from lotline_server.core.caller import known_caller
from lotline_server.core.errors import Forbidden, Invalid
from lotline_server.core.quantity import parse_amount
from lotline_server.web.shown import sentence

COOKIE = "__Host-lotline-form"
SAID_COOKIE = "lotline_said"
KEY_FIELD = "form_key"
STATE_FIELD = "as_read"
"""The hidden field that says which state of a thing a form shows: its ETag."""
MAX_FIELDS = 80
TICK_FIELD = "tick"
"""The one field that may come many times: the rows of a table that somebody ticked."""
MAX_TICKS = 1000
MAX_PART = 16 * 1024 * 1024
"""Of one field of a form with a file: a table of points is pasted into one."""
MAX_LONG_FIELDS = 4000

_SECRET = secrets.token_bytes(32)


def _plain(value: object) -> str:
    return "" if value is None else str(value).strip().replace("\r\n", "\n")


def new_cookie() -> str:
    """Make the value that a browser keeps for its forms before anybody is signed in."""
    return secrets.token_urlsafe(24)


def secret_of(request: HTTPConnection) -> str:
    """Give what this browser's forms are bound to; empty where it has nothing of the kind yet."""
    caller = known_caller(request)
    if caller is not None and caller.session is not None:
        return caller.session
    return request.cookies.get(COOKIE, "")


def key_of(secret: str) -> str:
    """Derive the key that a form of this browser must carry. Nobody can find the secret from it."""
    return hmac.new(secret.encode(), b"lotline form", hashlib.sha256).hexdigest()


def seal(text: str) -> str:
    """Write a sentence for the next page into a cookie, so that nobody else can put words there."""
    packed = base64.urlsafe_b64encode(text.encode()).decode()
    return f"{packed}.{_mac(f'said {packed}')}"


def unseal(sealed: str) -> str | None:
    """Read such a sentence; None for anything that this process did not write."""
    packed, _, mac = sealed.rpartition(".")
    if not packed or not hmac.compare_digest(mac.encode(), _mac(f"said {packed}").encode()):
        return None
    return base64.urlsafe_b64decode(packed).decode()


def _mac(text: str) -> str:
    return hmac.new(_SECRET, text.encode(), hashlib.sha256).hexdigest()


@dataclass(slots=True, kw_only=True)
class Filled:
    """What somebody sent, and what is wrong with it, by field. The empty field name is the whole form.

    ticks: the rows of a table that were ticked
    theirs: what somebody else saved meanwhile, by field, where it is not what was sent
    """

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    ticks: list[str] = field(default_factory=list)

    def outdated(self, found: Any, saved: Mapping[str, object] | None = None) -> bool:
        """Tell whether what the form changes is no more what it showed: to be asked inside the transaction.

        It notes an error and, beside each field, what is saved there now; sent once more, the form replaces
        that. The template has `state_field(found)` in its form. saved: by field, where a field is not called
        as in `found`
        """
        if self.values.get(STATE_FIELD) == etags.digest(found):
            return False
        for name, typed in self.values.items():
            now = saved[name] if saved and name in saved else getattr(found, name, typed)
            if _plain(now) != _plain(typed):
                self.theirs[name] = _plain(now)
        self.values[STATE_FIELD] = etags.digest(found)
        self.errors[""] = (
            "Somebody changed this meanwhile. What is saved now stands beside each field; what you typed is "
            "kept. Send it once more to replace what is saved."
        )
        return True

    def text(self, name: str) -> str:
        """Give a field without the space around it; empty where it was not sent."""
        return self.values.get(name, "").strip()

    def whole(self, name: str, what: str, *, low: int, high: int, empty: int | None = None) -> int:
        """Read a whole number; notes an error and gives `low` where it is none. empty: what no text means."""
        text = self.text(name)
        if not text and empty is not None:
            return empty
        if not (text.isascii() and text.isdigit()) or len(text) > 18 or not low <= int(text) <= high:
            self.errors[name] = f"{what} is a whole number from {low:,} to {high:,}." + (
                f" You typed “{text[:40]}”." if text else ""
            )
            return low
        return int(text)

    def amount(self, name: str, what: str) -> Decimal:
        """Read a quantity or a price, exactly; notes an error and gives 0 where it is none."""
        try:
            return parse_amount(self.text(name), what)
        except Invalid as error:
            self.errors[name] = sentence(error)
            return Decimal(0)

    def need(self, name: str, message: str) -> str:
        """Read a text that must be there; notes the message where it is not."""
        text = self.text(name)
        if not text:
            self.errors[name] = message
        return text


async def read_form(request: Request) -> Filled:
    """Read a form of up to MAX_FIELDS fields, as `read_fields` does."""
    return await read_fields(request, MAX_FIELDS)


async def read_long_form(request: Request) -> Filled:
    """Read a form that has a few fields for each line of a list, as `read_fields` does."""
    return await read_fields(request, MAX_LONG_FIELDS)


async def read_fields(request: Request, most: int) -> Filled:
    """Read a form of our own page. Raises Forbidden for one of another site, Invalid for what is no form.

    A key that is out of date (another session has begun) is an error of the form, to be sent once more.
    """
    _check_from_here(request)
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Invalid("a form is application/x-www-form-urlencoded")
    body = await request.body()
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=most + MAX_TICKS,
            errors="strict",
        )
        if sum(name != TICK_FIELD for name, _ in pairs) > most:
            raise ValueError("too many fields")
    except ValueError as error:
        raise Invalid("this form cannot be read") from error
    filled = _believed(request, {name: value for name, value in pairs if name != TICK_FIELD})
    filled.ticks = [value for name, value in pairs if name == TICK_FIELD]
    return filled


@dataclass(slots=True, kw_only=True)
class Uploaded:
    """A form with a file. content: empty where none was chosen. name: as the browser says it."""

    form: Filled
    name: str
    content: bytes


async def read_upload(request: Request) -> Uploaded:
    """Read a form of our own page that brings a file in its field `file`. Raises as read_form does."""
    _check_from_here(request)
    if request.headers.get("content-type", "").split(";")[0].strip() != "multipart/form-data":
        raise Invalid("a form with a file is multipart/form-data")
    values: dict[str, str] = {}
    name, content = "", b""
    async with request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_PART) as sent:
        for key, value in sent.multi_items():
            if isinstance(value, str):
                values[key] = value
            elif key == "file":
                name, content = value.filename or "", await value.read()
    return Uploaded(form=_believed(request, values), name=name, content=content)


def _check_from_here(request: Request) -> None:
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is None and site != "same-origin":
        raise Forbidden("a form must say which page it comes from")


def _believed(request: Request, values: dict[str, str]) -> Filled:
    """Take a form's fields, with an error of the whole form where its key is not ours."""
    offered = values.pop(KEY_FIELD, "")
    filled = Filled(values=values)
    secret = secret_of(request)
    if not secret or not hmac.compare_digest(offered.encode(), key_of(secret).encode()):
        filled.errors[""] = "This form was too old to be believed. Nothing was changed; send it once more."
    return filled


Sent = Annotated[Filled, Depends(read_form)]
"""A route's parameter `form: Sent` is the form that was sent."""
SentWithFile = Annotated[Uploaded, Depends(read_upload)]
"""A route's parameter `sent: SentWithFile` is the form that was sent, and its file."""
SentLong = Annotated[Filled, Depends(read_long_form)]
"""The same for a form with a few fields for each line of a list."""
