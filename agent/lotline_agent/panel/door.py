"""Who may come in: this machine's browser, at this address, from this page, with this start's token.

A page of another origin (another port of 127.0.0.1 included: cookies do not know ports) can send a cookie,
so a cookie alone opens nothing that writes. Host is checked against DNS rebinding, Origin and
Sec-Fetch-Site against other pages, and a scan carries a key that only our own page can read.
"""

import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCAN_KEY_HEADER = "x-lotline-scan-key"

_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Keys:
    """What one start of the panel hands out. Neither value gives the token away."""

    def __init__(self, token: str, port: int) -> None:
        """Derive the cookie and the scan key of this token."""
        if len(token) < 16:
            raise ValueError("the panel's token must have at least 16 characters; make it with secrets")
        self._token = token
        self.cookie_name = f"lotline_panel_{port}"
        self.cookie = self._derive("cookie")
        self.scan_key = self._derive("scan")

    def _derive(self, use: str) -> str:
        return hmac.new(self._token.encode(), f"lotline panel {use}".encode(), hashlib.sha256).hexdigest()

    def is_token(self, offered: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(offered.encode(), self._token.encode())

    def has_cookie(self, headers: Headers) -> bool:
        """Tell whether the request carries this start's cookie."""
        offered = _cookie(headers.get("cookie", ""), self.cookie_name)
        return offered is not None and hmac.compare_digest(offered.encode(), self.cookie.encode())

    def has_scan_key(self, headers: Headers) -> bool:
        """Tell whether the request carries the key that only our own page can read."""
        return hmac.compare_digest(headers.get(SCAN_KEY_HEADER, "").encode(), self.scan_key.encode())


class Door:
    """Refuses what comes to another name or from another page, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        """Stand before the app that answers on this port."""
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._address = f"http://127.0.0.1:{port}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through or answer for the app."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        if scope["type"] == "http":
            refusal = self._refuse(scope["method"], Headers(scope=scope))
            await (refusal or self._app)(scope, receive, send_with_headers)

    def _refuse(self, method: str, headers: Headers) -> Response | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return PlainTextResponse(f"This panel answers only at {self._address}\n", 421)
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{hosts[0]}":
            return PlainTextResponse("A page of another origin has no business here.\n", 403)
        if method not in {"GET", "HEAD"} and origin is None:
            return PlainTextResponse("A request that writes must say its Origin.\n", 403)
        site = headers.get("sec-fetch-site", "same-origin")
        visits = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if site not in {"same-origin", "none"} and not visits:
            return PlainTextResponse("A page of another origin has no business here.\n", 403)
        return None


def _cookie(header: str, name: str) -> str | None:
    """Read one cookie; a header that is no cookie header holds none."""
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return None if found is None else found.value
