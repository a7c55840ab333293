"""Who may come in, and who may start a run."""

import http.server
import secrets
import socket
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.browser import Watched
from tests.panel.scenes import READY
from tests.panel.scripted_screen import ScriptedScreen

from lotline_agent.panel import PanelError, PanelPortTaken, PanelServer

OpenPanel = Callable[..., Page]
BODY = {"text": "GW2-000125"}


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[ScriptedScreen, PanelServer]]:
    """One panel for all who knock."""
    station = ScriptedScreen(READY)
    with PanelServer(station, secrets.token_urlsafe(32), 0) as server:
        yield station, server


@pytest.fixture
def screen(door: tuple[ScriptedScreen, PanelServer]) -> ScriptedScreen:
    """Its station, with no scan yet."""
    door[0].forget()
    return door[0]


@pytest.fixture
def panel(door: tuple[ScriptedScreen, PanelServer]) -> PanelServer:
    """Its server."""
    return door[1]


@pytest.fixture
def client(panel: PanelServer) -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client(base_url=panel.url, trust_env=False, timeout=10) as made:
        yield made


@pytest.fixture
def keyed(client: httpx.Client, panel: PanelServer) -> httpx.Client:
    """A client that opened the start address and read the page, as a browser does."""
    assert client.get(panel.address).status_code == 303
    page = client.get("/").text
    key = page.split('name="lotline-scan-key" content="')[1].split('"')[0]
    client.headers.update({"Origin": panel.url.rstrip("/"), "X-Lotline-Scan-Key": key})
    return client


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """A page of another origin: the same machine, another port."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title><link rel=icon href='data:,'>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of a page of another origin."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_the_start_address_opens_the_panel_and_leaves_no_token_behind(
    panel: PanelServer, client: httpx.Client
) -> None:
    answer = client.get(panel.address)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    token = panel.address.split("token=")[1]
    page = client.get("/")
    assert page.status_code == 200
    assert token not in cookie
    assert token not in page.text


@pytest.mark.parametrize("path", ["/", "/?token=", "/?token=wrong", "/?token=%00%ff"])
def test_without_its_token_the_page_says_which_address_to_open(path: str, client: httpx.Client) -> None:
    answer = client.get(path)
    assert answer.status_code == 403
    assert "lotline-agent run" in answer.text
    assert READY.station not in answer.text


@pytest.mark.parametrize("path", ["/view", "/events"])
def test_without_a_cookie_nothing_is_to_be_seen(path: str, client: httpx.Client) -> None:
    assert client.get(path).status_code == 403


def test_a_scan_of_the_panels_own_page_is_taken(keyed: httpx.Client, screen: ScriptedScreen) -> None:
    assert keyed.post("/scan", json=BODY).status_code == 204
    assert screen.scans == ["GW2-000125"]


@pytest.mark.parametrize(
    "change",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Origin": None},
        {"X-Lotline-Scan-Key": "0" * 64},
        {"X-Lotline-Scan-Key": None},
        {"Cookie": "lotline_panel_1=x"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Content-Type": "text/plain"},
    ],
)
def test_a_scan_that_lacks_one_thing_starts_nothing(
    change: dict[str, str | None], keyed: httpx.Client, screen: ScriptedScreen
) -> None:
    request = keyed.build_request("POST", "/scan", json=BODY)
    for name, value in change.items():
        if value is None:
            del request.headers[name]
        else:
            request.headers[name] = value
    assert keyed.send(request).status_code in {403, 415}
    assert screen.scans == []


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1.nip.io", ""])
@pytest.mark.parametrize("path", ["/", "/view", "/static/panel.js"])
def test_another_name_for_this_machine_is_refused(host: str, path: str, keyed: httpx.Client) -> None:
    answer = keyed.get(path, headers={"Host": host})
    assert answer.status_code == 421
    assert READY.station not in answer.text


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b'{"text": 1}', b'{"text": null}', b'{"text": "a", "more": 1}',
     b'{"text": NaN}', b'{"text": "\\ud800"}', b'{"text": "\xff"}'],
)  # fmt: skip
def test_a_body_that_is_no_scan_is_refused_and_shows_nothing_of_ours(
    body: bytes, keyed: httpx.Client, screen: ScriptedScreen
) -> None:
    answer = keyed.post("/scan", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "/" not in answer.text
    assert screen.scans == []


def test_a_body_over_the_limit_is_refused_though_it_says_no_length(
    keyed: httpx.Client, screen: ScriptedScreen
) -> None:
    parts = (b"x" * 8192 for _ in range(100))
    answer = keyed.post("/scan", content=parts, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert screen.scans == []


@pytest.mark.parametrize("path", ["/", "/view", "/static/panel.css", "/look/tokens.css", "/nothing"])
def test_every_answer_carries_the_headers(path: str, keyed: httpx.Client) -> None:
    headers = keyed.get(path).headers
    assert headers["content-security-policy"] == (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_get_never_scans(keyed: httpx.Client, screen: ScriptedScreen) -> None:
    assert keyed.get("/scan", params=BODY).status_code == 405
    assert screen.scans == []


def test_a_page_of_another_origin_cannot_start_a_run(
    elsewhere: str, screen: ScriptedScreen, panel: PanelServer, open_panel: OpenPanel, watched: Watched
) -> None:
    """It stands on the same machine, so the browser even sends it our cookie."""
    open_panel()
    page = watched.open(elsewhere)
    attempts = page.evaluate(
        """async (url) => {
          const body = JSON.stringify({ text: "GW2-000125" });
          const ways = [
            { mode: "no-cors", headers: { "Content-Type": "text/plain" } },
            { headers: { "Content-Type": "application/json", "X-Lotline-Scan-Key": "x" } },
            { headers: { "Content-Type": "text/plain" } },
          ];
          const told = [];
          for (const way of ways) {
            told.push(await fetch(`${url}scan`, { method: "POST", credentials: "include", body, ...way })
              .then((answer) => answer.type, () => "refused"));
          }
          told.push(await fetch(url, { credentials: "include" }).then(() => "read", () => "refused"));
          return told;
        }""",
        panel.url,
    )
    assert attempts == ["refused"] * 4
    page.evaluate(
        """(url) => {
          const form = document.createElement("form");
          form.method = "post"; form.action = `${url}scan`; form.enctype = "text/plain";
          const field = document.createElement("input");
          field.name = '{"text": "GW2-000125", "x": "'; field.value = '"}';
          form.append(field); document.body.append(form); form.submit();
        }""",
        panel.url,
    )
    expect(page.locator("body")).to_contain_text("another origin")
    assert screen.scans == []


def test_no_other_page_can_frame_the_panel(
    elsewhere: str, panel: PanelServer, open_panel: OpenPanel, watched: Watched
) -> None:
    open_panel()
    page = watched.open(elsewhere)
    page.evaluate(
        """(url) => new Promise((done) => {
          const frame = document.createElement("iframe");
          frame.onload = done; frame.src = url; document.body.append(frame);
        })""",
        panel.url,
    )
    assert page.frames[1].locator(".band").count() == 0


def test_a_browser_without_the_key_is_told_what_to_open(panel: PanelServer, watched: Watched) -> None:
    page = watched.open(panel.url)
    expect(page.locator("h1")).to_have_text("This panel is locked")
    expect(page.locator("main")).to_contain_text("lotline-agent run")


def test_a_port_in_use_is_said_in_one_sentence(screen: ScriptedScreen) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PanelPortTaken) as caught:
            PanelServer(screen, secrets.token_urlsafe(32), port).start()
    assert str(caught.value) == (
        f"Port {port} on 127.0.0.1 is in use by another program; choose another [panel] port"
    )
    assert isinstance(caught.value, PanelError)


def test_the_port_is_free_again_after_a_stop_with_a_browser_still_listening(
    screen: ScriptedScreen, watched: Watched
) -> None:
    before = {thread for thread in threading.enumerate() if thread.name.startswith("panel")}
    token = secrets.token_urlsafe(32)
    first = PanelServer(screen, token, 0)
    first.start()
    page = watched.open(first.address)
    page.locator("body[data-link=live]").wait_for()
    first.stop()
    first.stop()
    page.locator("body[data-link=lost]").wait_for()
    with PanelServer(screen, token, first.port) as second:
        assert second.port == first.port
        page.locator("body[data-link=live]").wait_for()
    left = {thread for thread in threading.enumerate() if thread.name.startswith("panel")}
    assert left == before


def test_a_short_token_is_refused(screen: ScriptedScreen) -> None:
    with pytest.raises(ValueError, match="at least 16"):
        PanelServer(screen, "short", 0).start()
