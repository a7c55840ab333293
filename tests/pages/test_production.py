"""The first page: figures, chart, lots and activity; live, small, and helpful while there is nothing."""

import re

from playwright.sync_api import Page, Request, expect
from tests.browser import Watched, sign_in
from tests.pages.conftest import Factory

BUDGET_BYTES = 150_000


def test_the_dashboard_shows_what_was_completed(factory: Factory, watched: Watched) -> None:
    figures = factory.get("/dashboard")["figures"]
    page = watched.open(factory.url)
    today = page.locator(".figure", has_text="Completed today")
    expect(today).to_contain_text(f"{figures['completed_today']} units")
    expect(page.locator("tr", has_text="L1").first).to_contain_text("of 12")
    expect(page.locator(".sentences")).to_contain_text("FCT-01 ")
    bars = page.locator(".bar")
    expect(bars).to_have_count(30)
    page.get_by_text("The figures as a table").click()
    expect(page.locator(".behind tr").nth(1)).to_contain_text(str(figures["completed_today"]))


def test_the_chart_is_read_by_keyboard_and_each_bar_leads_to_its_units(
    factory: Factory, watched: Watched
) -> None:
    page = watched.open(f"{factory.url}/?per=month")
    expect(page.locator(".bar")).to_have_count(12)
    bar = page.locator("a.bar").last
    bar.focus()
    expect(page.locator(".tip")).to_have_text(re.compile(r"\d{4}: \d+ units"))
    bar.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Completed: ")
    expect(page.get_by_role("link", name="GW2-000001")).to_be_visible()


def test_the_last_label_of_the_axis_is_not_cut(factory: Factory, watched: Watched) -> None:
    for width in (390, 1280):
        page = watched.open(factory.url, width=width)
        last = page.locator(".chart-tick").last.bounding_box()
        card = page.locator(".chart-card").bounding_box()
        assert last is not None
        assert card is not None
        assert last["x"] + last["width"] <= card["x"] + card["width"]


def test_the_dashboard_costs_less_than_its_budget(factory: Factory, watched: Watched) -> None:
    sign_in(watched.context, factory.url)
    page = watched.context.new_page()
    finished: list[Request] = []
    page.on(
        "requestfinished", lambda request: finished.append(request) if "/live" not in request.url else None
    )
    page.goto(factory.url, wait_until="load")
    sizes = {request.url: request.sizes() for request in finished}
    total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes.values())
    assert 10_000 < total < BUDGET_BYTES, sizes
    assert not any("uplot" in url for url in sizes)


def test_an_empty_server_says_what_comes_first(empty: Factory, watched: Watched) -> None:
    page = watched.open(empty.url)
    expect(page.get_by_role("heading", name="Nothing is here yet")).to_be_visible()
    expect(page.locator("main")).to_contain_text("lotline-server station add FCT-01")
    page.get_by_role("link", name="Add a part").click()
    expect(page).to_have_url(re.compile("/new/part$"))
    for path in ("/lots", "/parts", "/stations", "/activity", "/search?q=x", "/new/lot"):
        page.goto(empty.url + path)
        expect(page.locator(".empty").first).to_be_visible()


def test_a_new_run_appears_without_a_reload(factory: Factory, watched: Watched) -> None:
    factory.run("lot", "create", "LIVE-1", "--part", "GW2", "--target", "3", "--serials", "3")
    serial = factory.get("/lots/LIVE-1/units")[0]["serial_number"]
    page = watched.open(f"{factory.url}/units/{serial}")
    dashboard = watched.open(factory.url)
    for each in (page, dashboard):
        each.evaluate("() => { window.stayed = true; }")
        expect(each.locator("body[data-link=live]")).to_be_attached()
    expect(page.locator(".runs")).to_contain_text("never tested")
    row = dashboard.locator("tr", has_text="LIVE-1")
    row.get_by_role("link", name="LIVE-1").focus()
    factory.test(serial, lot="LIVE-1", defect="rf_power")
    expect(page.locator(".run")).to_have_count(1)
    expect(page.locator(".value-wrong")).to_contain_text("rf_power")
    expect(page.locator("header .chip")).to_have_text("Failed")
    expect(row).to_contain_text("1")
    expect(dashboard.locator(".sentences li").first).to_contain_text(serial)
    assert focused(dashboard) == "LIVE-1"
    page.locator(".run > summary").click()
    run = factory.test(serial, lot="LIVE-1", seed=2)
    expect(page.locator(".run")).to_have_count(2)
    expect(page.locator(".run").first).to_have_attribute("data-key", run)
    expect(page.locator(".run").last).not_to_have_attribute("open", "")
    expect(page.locator("header .chip")).to_have_text("Completed")
    assert page.evaluate("() => window.stayed")
    assert dashboard.evaluate("() => window.stayed")


def focused(page: Page) -> str:
    """Give the text of what has the focus."""
    text: str = page.evaluate("() => document.activeElement.textContent")
    return text


def test_activity_is_filtered_and_paged(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/activity")
    page.get_by_role("link", name="Failed runs").click()
    failed = "FCT-01 failed GW2-000004: 3.3 V rail 3.3994 V > 3.37 V"
    expect(page.locator(".sentences")).to_contain_text(failed)
    expect(page.locator(".sentence")).not_to_have_count(0)
    assert all(" failed " in text for text in page.locator(".sentence").all_text_contents())
    page.goto(f"{factory.url}/activity?kind=lot&subject=L1")
    expect(page.locator(".sentences")).to_contain_text("Lot L1 was created")


def test_the_stations_page_gives_a_code_and_says_how_to_use_it(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/stations")
    expect(page.locator(".station", has_text="FCT-01")).to_contain_text("Connected")
    page.get_by_label("Name").fill("FCT-77")
    page.get_by_role("button", name="Make a pairing code").click()
    code = page.locator(".pairing-code").inner_text()
    assert re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", code)
    expect(page.locator(".pairing")).to_contain_text(f"lotline-agent pair station.toml {code}")
    expect(page.locator(".station", has_text="FCT-77")).to_contain_text("Not paired")
    assert code not in page.url
    page.reload()
    page.goto(f"{factory.url}/stations")
    expect(page.locator(".pairing-code")).to_have_count(0)
    page.get_by_label("Name").fill("../../x")
    page.get_by_role("button", name="Make a pairing code").click()
    expect(page.locator(".field-error")).to_contain_text("is not usable")
