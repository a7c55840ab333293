"""Finding things, the log of what happened, and the site's calendar, as people use them."""

import re

from playwright.sync_api import expect
from tests.browser import Watched
from tests.pages.conftest import Factory


def test_what_is_typed_is_suggested_and_chosen_by_keyboard(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/lots")
    page.keyboard.press("/")
    page.keyboard.type("gw2-00000")
    search = page.get_by_role("combobox", name="Search everything")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("GW2-000001")
    expect(search).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url("**/units/GW2-000002**")
    page.keyboard.press("/")
    page.keyboard.type("gw2")
    expect(options.first).to_be_visible()
    page.keyboard.press("Escape")
    expect(search).to_have_attribute("aria-expanded", "false")


def test_a_scanner_opens_what_it_scanned(factory: Factory, watched: Watched) -> None:
    """It types a whole code and Enter within a moment, with what its maker puts before it."""
    for code in ("GW2-000003", "]C0GW2-000003", "(01)04012345678901(21)GW2-000003"):
        page = watched.open(f"{factory.url}/activity")
        page.keyboard.press("/")
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        page.wait_for_url("**/units/GW2-000003**")
        page.close()


def test_the_log_says_what_changed_and_is_filtered(factory: Factory, watched: Watched) -> None:
    body = {"target": 77}
    assert factory.client.patch("/api/v1/lots/L1", json=body).status_code == 200
    page = watched.open(f"{factory.url}/activity")
    page.get_by_label("Kind").select_option("lot")
    page.get_by_label("Object").fill("L1")
    page.get_by_role("button", name="Show").click()
    first = page.locator(".sentence").first
    first.locator("summary").click()
    expect(first.get_by_role("row", name=re.compile("target")).last).to_contain_text("77")
    with page.expect_download() as got:
        page.get_by_role("link", name="CSV").click()
    text = got.value.path().read_text(encoding="utf-8")
    assert "77" in text.splitlines()[1]
    page.goto(f"{factory.url}/activity?since=2026-99-99")
    expect(page.get_by_role("alert")).to_contain_text("is no day")
    page.goto(f"{factory.url}/activity?who=nobody")
    expect(page.locator(".empty")).to_contain_text("Nothing that fits")


def test_the_site_s_shifts_are_set_and_taken_back(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/settings/site")
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_role("button", name="Set the calendar").click()
    expect(page.get_by_role("alert")).to_contain_text("is no time zone")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_label("A day begins at").fill("06:00")
    page.locator("#field-shift0").fill("Early")
    page.locator("#field-start0").fill("06:00")
    page.locator("#field-end0").fill("14:00")
    page.get_by_role("button", name="Set the calendar").click()
    expect(page.locator(".toast")).to_contain_text("works by these days")
    expect(page.locator("table.list tbody tr").first).to_contain_text("Early 06:00–14:00")
    page.goto(factory.url)
    page.get_by_role("link", name="Shift").click()
    expect(page.get_by_role("heading", name="Units completed per shift")).to_be_visible()
    page.get_by_role("link", name="By operation").click()
    expect(page.get_by_role("heading", name="Units that passed each operation, per shift")).to_be_visible()
    page.goto(f"{factory.url}/settings/site")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".toast")).to_contain_text("was taken back")


def test_lots_on_the_first_page_sort_and_filter(factory: Factory, watched: Watched) -> None:
    page = watched.open(factory.url)
    page.get_by_role("link", name="Due").click()
    page.wait_for_url("**sort=due**")
    page.get_by_role("link", name=re.compile("At risk")).click()
    page.wait_for_url("**state=risk**")
