"""Addresses of our own pages. Every name in them is quoted, whatever it holds."""

from collections.abc import Callable
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import HTTPConnection


def lot_url(lot: str) -> str:
    """Give the page of a lot."""
    return f"/lots/{quote(lot, safe='')}"


def part_url(part_number: str) -> str:
    """Give the page of a part."""
    return f"/parts/{quote(part_number, safe='')}"


def order_url(number: str) -> str:
    """Give the page of a purchase order."""
    return f"/purchasing/{quote(number, safe='')}"


def supplier_url(name: str) -> str:
    """Give the page of a supplier."""
    if name.strip(".") == "":
        return "/supplier?" + urlencode({"name": name})
    return f"/suppliers/{quote(name, safe='')}"


def stock_url(part_number: str) -> str:
    """Give the page of a part's stock."""
    return f"/stock/parts/{quote(part_number, safe='')}"


def project_url(name: str) -> str:
    """Give the page of a project."""
    if name.strip(".") == "":
        return "/project?" + urlencode({"name": name})
    return f"/projects/{quote(name, safe='')}"


def unit_url(serial_number: str, part_number: str | None = None, run_id: str | None = None) -> str:
    """Give the page of a unit. part_number: needed only where a serial number fits several parts."""
    asked = {"part": part_number, "run": run_id}
    query = {name: value for name, value in asked.items() if value is not None}
    if serial_number.strip(".") == "":
        # A browser takes "." and ".." for a way through folders, however they are quoted.
        return "/units?" + urlencode({"serial_number": serial_number, **query})
    return f"/units/{quote(serial_number, safe='')}" + (f"?{urlencode(query)}" if query else "")


def posting_url(posting: int | str) -> str:
    """Give the page of a posting of stock."""
    return f"/stock/postings/{posting}"


def location_url(location: str) -> str:
    """Give the page of what lies at a location."""
    return "/stock?" + urlencode({"location": location})


def _site(_: str) -> str:
    return "/settings/site"


def _stations(_: str) -> str:
    return "/stations"


_SUBJECTS: dict[str, Callable[[str], str]] = {
    "lot": lot_url,
    "part": part_url,
    "bom": part_url,
    "project": project_url,
    "order": order_url,
    "supplier": supplier_url,
    "stock": stock_url,
    "stock.reversed": posting_url,
    "stock.withdrawn": unit_url,
    "location": location_url,
    "station": _stations,
    "record": _stations,
    "site": _site,
    "route": part_url,
    "scan": unit_url,
    "account": lambda _: "/settings/accounts",
    "token": lambda _: "/settings/accounts",
}
"""By the code of an entry of the activity log, or by its kind."""


def subject_url(what: str, subject: str) -> str:
    """Give the page of what an entry of the activity log is about."""
    url = _SUBJECTS.get(what) or _SUBJECTS.get(what.partition(".")[0]) or unit_url
    return url(subject)


def query(path: str, **asked: object) -> str:
    """Give a path with its query; what is None, empty or False is left out."""
    kept = {name: str(value) for name, value in asked.items() if value not in {None, "", False}}
    return f"{path}?{urlencode(kept)}" if kept else path


def sign_in_url(request: HTTPConnection) -> str:
    """Give the sign-in page that leads back to what was asked for; after a form, to the page it stood on."""
    if request.scope["method"] == "GET":
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return query("/sign-in", next="" if back == "/" else back)
    referer = urlsplit(request.headers.get("referer", ""))
    own = referer.netloc == request.headers.get("host")
    return query("/sign-in", next=safe_next(referer.path) if own else "", ended="true")


def safe_next(address: str) -> str:
    """Give back an address of ours to go on to; "/" for what a browser could read as another site's."""
    plain = address.isascii() and address.isprintable() and "\\" not in address
    return address if plain and address.startswith("/") and not address.startswith("//") else "/"
