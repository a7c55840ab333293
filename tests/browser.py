"""Chromium for tests, and the rules every page of ours keeps in it.

`watched` opens pages that note whatever a page of ours must never do: a request that leaves this machine,
a dialog, a violation of the Content-Security-Policy, an error in a script. At the end of the test there is
none, or the test fails. Without Chromium the tests are skipped and say so; where CI=true they fail.
"""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
LEAVES_LOOPBACK = re.compile(
    r"^(?!(?:https?|wss?)://(?:127\.0\.0\.1|localhost|\[::1\])[:/]|data:|blob:|about:)"
)


def find_chromium() -> str | None:
    """Give the path of the Chromium to use (LOTLINE_CHROMIUM first); None where there is none."""
    named = os.environ.get("LOTLINE_CHROMIUM")
    if named:
        return named
    return next((place for place in PLACES if os.access(place, os.X_OK)), shutil.which("chromium"))


_SESSIONS: dict[str, str] = {}


def remember(url: str, cookie: str) -> None:
    """Have every page of this server opened signed in. cookie: the header, see tests/server/signing.py."""
    _SESSIONS[url.rstrip("/")] = cookie


def sign_in(context: BrowserContext, url: str) -> None:
    """Give a context the session that was remembered for this address; nothing where none was."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    name, _, value = _SESSIONS.get(origin, "").partition("=")
    if value:
        # A browser keeps the cookie on http://127.0.0.1, but lets it be put there only under https.
        cookie = {"name": name, "value": value, "url": f"https://{parts.netloc}", "httpOnly": True}
        context.add_cookies([{**cookie, "secure": True, "sameSite": "Lax"}])  # type: ignore[typeddict-item]


@dataclass
class Watched:
    """Pages of ours in one browser context, and what they did that they must not do."""

    context: BrowserContext
    left_loopback: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    script_errors: list[str] = field(default_factory=list)

    def open(self, url: str, *, width: int = 1280, height: int = 800, signed_in: bool = True) -> Page:
        """Open a page of this size; its document is loaded on return.

        signed_in: with the session that `remember` was told of for this server
        """
        if signed_in:
            sign_in(self.context, url)
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: self.script_errors.append(str(error)))
        page.goto(url)
        return page

    def faults(self) -> dict[str, list[str]]:
        """Give what was noted, empty where all is well."""
        noted = {
            "requests that left loopback": self.left_loopback,
            "dialogs": self.dialogs,
            "CSP violations": self.violations,
            "script errors": self.script_errors,
        }
        return {what: found for what, found in noted.items() if found}

    def _refuse(self, route: Route) -> None:
        self.left_loopback.append(route.request.url)
        route.abort()

    def _watch(self) -> None:
        self.context.expose_binding("lotlineNotesViolation", lambda _, text: self.violations.append(text))
        self.context.add_init_script(
            "document.addEventListener('securitypolicyviolation', (event) =>"
            " window.lotlineNotesViolation(`${event.violatedDirective}: ${event.blockedURI}`));"
        )
        # Only what leaves is led through this process: a test may wait for something else meanwhile.
        self.context.route(LEAVES_LOOPBACK, self._refuse)


def watch(context: BrowserContext) -> Watched:
    """Note what the pages of this context do."""
    watched = Watched(context)
    watched._watch()
    return watched


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the whole session."""
    path = find_chromium()
    if path is None:
        reason = "browser tests did not run: no Chromium; install it or name it in LOTLINE_CHROMIUM"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(ARGUMENTS))
        except Error as error:
            pytest.fail(f"Chromium at {path} does not start: {error.message.splitlines()[0]}")
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    """Pages in a fresh context; the test fails for what they did that no page of ours may do."""
    context = chromium.new_context(locale="en-GB", color_scheme="dark")
    pages = watch(context)
    try:
        yield pages
    finally:
        context.close()
    assert pages.faults() == {}
