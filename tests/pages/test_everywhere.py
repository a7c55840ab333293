"""What holds on every page: text stays text, nothing overflows, all can read it, no script is needed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import LEAVES_LOOPBACK, Watched, sign_in, watch
from tests.pages.buying import buy
from tests.pages.conftest import Factory, let_ten_be_tested, ready, started
from tests.pages.every_page import DARK, NO_PAGE, PAGES, SIGNED_IN, SIGNED_OUT, pages_of_the_server
from tests.panel.test_access import serious

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    """A factory that tests, buys and plans: something stands on every page."""
    for made in started(tmp_path_factory.mktemp("busy")):
        let_ten_be_tested(made)
        buy(made.client, "GW2", datetime.now(UTC).astimezone().date())
        yield made


def test_no_page_is_forgotten_here() -> None:
    assert pages_of_the_server() == SIGNED_IN.keys() | SIGNED_OUT.keys()
    assert NO_PAGE & (SIGNED_IN.keys() | SIGNED_OUT.keys()) == set()


def hostile_pages(text: str) -> tuple[str, ...]:
    """Give the pages on which the hostile text stands."""
    name = quote(text, safe="")
    return (
        "/", "/lots", "/lots/HOSTILE-1", "/lots/HOSTILE-1/serials", "/lots/HOSTILE-1/activity",
        "/lots/HOSTILE-1/edit", "/parts", "/parts/EVIL", "/activity", "/stations", "/new/lot",
        f"/units/{name}", "/units?serial_number=..", f"/units/{quote('a/b?c#d', safe='')}", "/units/%25_",
        f"/search?q={quote(text[:4])}", f"/search?q={name}x", f"/activity?subject={name}",
        "/units/EVIL-000001",
    )  # fmt: skip


def fits(page: Page) -> bool:
    """Tell whether a page is as wide as its window, on a phone and on a desk."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        if page.evaluate("() => document.documentElement.scrollWidth - innerWidth") > 0:
            return False
    return True


def test_hostile_text_is_shown_as_it_is_and_does_nothing(
    factory: Factory, hostile: str, watched: Watched
) -> None:
    page = watched.open(factory.url)
    page.locator("#search").fill(hostile)
    page.locator("#search").press("Enter")
    expect(page.locator("h1")).to_contain_text(hostile)
    for path in hostile_pages(hostile):
        page.goto(factory.url + path)
        expect(page.locator("main h1")).to_be_visible()
        assert page.locator("img[src=x], main script").count() == 0, path
        assert fits(page), path
    page.goto(f"{factory.url}/lots/HOSTILE-1")
    expect(page.locator(".notes-text")).to_contain_text(hostile)
    expect(page.locator(".head-line")).to_contain_text(hostile)
    page.goto(f"{factory.url}/units?serial_number=..")
    expect(page.locator("h1")).to_contain_text("..")


def test_hostile_text_in_a_form_comes_back_as_text(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/new/lot")
    text = '"><img src=x onerror=alert(1)>'
    for label in ("Name", "Target", "Project", "Notes"):
        page.get_by_label(label, exact=False).first.fill(text)
    page.get_by_role("button", name="Create the lot").click()
    expect(page.get_by_label("Name")).to_have_value(text)
    expect(page.get_by_label("Notes")).to_have_value(text)
    assert page.locator("img[src=x]").count() == 0


def test_no_page_is_wider_than_its_window(busy: Factory, watched: Watched) -> None:
    page = watched.open(busy.url)
    for path in PAGES:
        answer = page.goto(busy.url + path)
        assert answer is not None
        assert answer.status == (404 if path == "/nowhere" else 200), path
        assert fits(page), path


def test_the_pages_before_the_door_fit_and_can_be_read(busy: Factory, axe: str, chromium: Browser) -> None:
    for theme in ("light", "dark"):
        context = chromium.new_context(locale="en-GB", color_scheme=theme)  # type: ignore[arg-type]
        watched = watch(context)
        for path in SIGNED_OUT.values():
            page = watched.open(busy.url + path, signed_in=False)
            expect(page.locator("h1")).to_be_visible()
            assert fits(page), path
            assert serious(page, axe) == [], path
            page.close()
        context.close()
        assert watched.faults() == {}


@pytest.mark.parametrize(("theme", "paths"), [("light", PAGES), ("dark", DARK)])
def test_axe_finds_nothing_serious_on_any_page(
    busy: Factory, axe: str, chromium: Browser, theme: Any, paths: tuple[str, ...]
) -> None:
    context = chromium.new_context(locale="en-GB", color_scheme=theme)
    watched = watch(context)
    page = watched.open(busy.url)
    for path in paths:
        page.goto(busy.url + path)
        if page.locator("[data-wave-picture]").count():
            page.locator("[data-wave]").first.scroll_into_view_if_needed()
            page.locator(".uplot").first.wait_for()
        assert serious(page, axe) == [], path
    ready(page).keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious(page, axe) == []
    context.close()
    assert watched.faults() == {}


def test_the_keyboard_reaches_every_place(factory: Factory, watched: Watched) -> None:
    page = ready(watched.open(factory.url))
    for key, path in (
        ("l", "/lots"),
        ("b", "/parts"),
        ("s", "/stations"),
        ("a", "/activity"),
        ("p", "/"),
        ("n", "/new/lot"),
    ):
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page).to_have_url(factory.url + path)
        ready(page)
    page.goto(f"{factory.url}/lots")
    ready(page).keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("New lot")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("/")
    search = page.locator("#search")
    expect(search).to_be_focused()
    # In a field a letter is a letter.
    page.keyboard.type("gl?")
    expect(search).to_have_value("gl?")
    page.keyboard.press("Escape")
    expect(search).not_to_be_focused()


def test_light_and_dark_and_the_folded_sidebar_are_kept(factory: Factory, watched: Watched) -> None:
    page = watched.open(factory.url)
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Fold or unfold the sidebar").click()
    page.goto(f"{factory.url}/lots")
    expect(page.locator("html[data-theme=light] body[data-side=folded]")).to_be_attached()
    expect(page.locator(".side").get_by_text("Stations")).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".side").get_by_text("Stations")).to_be_visible()


def test_pages_work_without_scripts(busy: Factory, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    sign_in(context, busy.url)
    left: list[str] = []
    context.route(LEAVES_LOOPBACK, lambda route: (left.append(route.request.url), route.abort()))
    page = context.new_page()
    for path in PAGES:
        answer = page.goto(busy.url + path)
        assert answer is not None
        assert answer.status == (404 if path == "/nowhere" else 200), path
    page.goto(f"{busy.url}/units/GW2-000001")
    line = page.locator(".wave-line")
    assert len(line.get_attribute("d") or "") > 1000
    expect(page.locator(".wave-limit")).to_have_count(2)
    expect(page.get_by_role("img", name=re.compile("ripple_3v3: lowest"))).to_be_visible()
    page.goto(f"{busy.url}/new/lot")
    page.get_by_label("Name").fill("PLAIN-1")
    page.get_by_label("Part", exact=True).fill("gateway board")
    page.get_by_label("Target").fill("2")
    page.get_by_role("button", name="Create the lot").click()
    expect(page.locator(".toast")).to_have_text("Lot PLAIN-1 was created.")
    page.get_by_label("Search everything").fill("PLAIN")
    page.get_by_label("Search everything").press("Enter")
    expect(page).to_have_url(f"{busy.url}/lots/PLAIN-1")
    context.close()
    assert left == []


def test_every_answer_keeps_itself_to_itself(factory: Factory) -> None:
    for path in ("/", "/nowhere", "/api/v1/lots", "/favicon.ico", "/lots/L1"):
        headers = factory.client.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
    page = factory.client.get("/").text
    assert not re.search(r"<[^>&]*\s(?:style|on\w+)=|<script(?! type=\"module\" src=)", page)
    for asset in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        answer = factory.client.get(asset)
        assert answer.status_code == 200, asset
        assert "immutable" in answer.headers["cache-control"]
    assert factory.client.get("/openapi.json").json()["paths"].keys() & {"/", "/lots", "/stations"} == set()


def test_paper_shows_the_lot_without_the_frame(factory: Factory, watched: Watched) -> None:
    page: Page = watched.open(f"{factory.url}/lots/L1")
    page.emulate_media(media="print")
    expect(page.locator(".side")).to_be_hidden()
    expect(page.locator("#target")).to_be_hidden()
    expect(page.locator(".tabs")).to_be_hidden()
    expect(page.get_by_role("heading", name="What is planned")).to_be_visible()
    expect(page.get_by_role("img", name="L1", exact=True)).to_be_visible()
    page.goto(f"{factory.url}/lots/L1/serials")
    expect(page.locator("#create")).to_be_hidden()
    expect(page.get_by_role("link", name="GW2-000001")).to_be_visible()
