"""The unit: found by its prefix, failed measurements first, and a waveform that can be looked into."""

import re

from playwright.sync_api import Locator, Page, expect
from tests.browser import Watched
from tests.pages.conftest import LONG, Factory, ready


def test_search_finds_a_serial_number_by_its_prefix_and_opens_the_unit(
    factory: Factory, watched: Watched
) -> None:
    page = ready(watched.open(factory.url))
    page.keyboard.press("/")
    page.keyboard.type("gw2-00000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Units")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(9)
    page.get_by_role("link", name="GW2-000004").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("GW2-000004")
    page.goto(f"{factory.url}/search?q=GW2-000002")
    expect(page).to_have_url(re.compile("/units/GW2-000002"))
    page.goto(f"{factory.url}/search?q=%25%25")
    expect(page.locator(".empty")).to_contain_text("Nothing is called “%%”")


def test_what_failed_stands_first_with_its_distance(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/units/GW2-000004")
    first = page.locator(".values tbody tr").first
    expect(first).to_contain_text("rail_3v3")
    expect(first).to_contain_text("Fail")
    expect(first).to_contain_text("3.3994 V")
    expect(first).to_contain_text("3.23\u00a0…\u00a03.37\u00a0V")
    expect(first).to_contain_text("0.029\u00a0V over")
    expect(page.locator(".dot")).to_contain_text("FCT")
    expect(page.locator("header .chip")).to_have_text("Failed")
    # No value stands there in fifteen digits.
    digits = [
        re.sub(r"\D", "", text) for text in page.locator("td > span[aria-hidden=true]").all_inner_texts()
    ]
    assert max(map(len, digits)) <= 7


def test_values_stand_on_one_decimal_point(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/units/GW2-000001")
    ends = page.locator(".value-whole > [aria-hidden]").evaluate_all(
        "(all) => [...new Set(all.map((each) => Math.round(each.getBoundingClientRect().right)))]"
    )
    assert len(ends) == 1


def test_a_broken_instrument_is_said_in_words(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/units/GW2-000007")
    expect(page.locator(".notice.is-fault")).to_contain_text("no answer within 2 s. Check its cable.")
    expect(page.locator("header .chip")).to_have_text("In progress")


def test_the_downloads_are_what_the_station_sent(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/units/GW2-000001")
    with page.expect_download() as download:
        page.get_by_role("link", name="Record (JSON)").click()
    assert b"GW2-000001" in download.value.path().read_bytes()
    with page.expect_download() as download:
        page.get_by_role("link", name="raw, little-endian").click()
    assert len(download.value.path().read_bytes()) == 2 * 10_000
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "rail_3v3" in download.value.path().read_text(encoding="utf-8")


def plotted(page: Page) -> Locator:
    """Give the waveform's figure once it can be zoomed."""
    figure = page.locator("[data-wave]").first
    figure.scroll_into_view_if_needed()
    expect(figure.locator(".u-over")).to_be_visible()
    expect(figure).to_have_attribute("data-zoomed", "false")
    return figure


def width_of(figure: Locator) -> float:
    """Give how much of its axis a waveform shows."""
    return float(figure.get_attribute("data-to") or "nan") - float(figure.get_attribute("data-from") or "nan")


def test_a_waveform_zooms_by_drag_and_resets_by_double_click(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/units/GW2-000001", height=1600)
    figure = plotted(page)
    whole = width_of(figure)
    box = figure.locator(".u-over").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.25, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=5)
    page.mouse.up()
    expect(figure).to_have_attribute("data-zoomed", "true")
    assert 0.2 < width_of(figure) / whole < 0.3
    expect(figure.locator("[data-wave-said]")).to_contain_text("µs to")
    page.mouse.dblclick(box["x"] + box["width"] / 2, middle)
    expect(figure).to_have_attribute("data-zoomed", "false")
    assert width_of(figure) == whole


def test_a_waveform_zooms_and_moves_by_keyboard(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/units/GW2-000001", height=1600)
    figure = plotted(page)
    whole = width_of(figure)
    figure.locator("[data-wave-picture]").focus()
    page.keyboard.press("+")
    expect(figure).to_have_attribute("data-zoomed", "true")
    assert abs(width_of(figure) / whole - 0.5) < 0.01
    start = figure.get_attribute("data-from")
    page.keyboard.press("ArrowRight")
    expect(figure).not_to_have_attribute("data-from", str(start))
    assert abs(width_of(figure) / whole - 0.5) < 0.01
    for _ in range(30):
        page.keyboard.press("-")
    expect(figure).to_have_attribute("data-zoomed", "false")
    page.keyboard.press("+")
    page.keyboard.press("0")
    expect(figure.get_by_role("button", name="Show all")).to_be_disabled()


def test_a_long_waveform_fetches_the_detail_that_a_zoom_needs(
    factory: Factory, long_wave: str, watched: Watched
) -> None:
    page = watched.open(f"{factory.url}/units/{long_wave}", height=1600)
    figure = plotted(page)
    expect(figure).to_have_attribute("data-points", str(LONG))
    figure.locator("[data-wave-picture]").focus()
    for _ in range(10):
        page.keyboard.press("+")
    expect(figure).to_have_attribute("data-detail", re.compile(r"^\d+-\d+$"))
    expect(figure).to_have_attribute("data-detail", re.compile(r"^99\d\d\d-100\d\d\d$"))


def test_the_same_serial_number_of_two_parts_asks_which(factory: Factory, watched: Watched) -> None:
    factory.test("TWIN-1", part_number="GW2", lot=None, wave=False)
    factory.test("TWIN-1", part_number="PSU48", lot=None, wave=False)
    page = watched.open(f"{factory.url}/units/TWIN-1")
    expect(page.locator("main")).to_contain_text("Which unit do you mean?")
    page.get_by_role("link", name="PSU48").click()
    expect(page.locator(".head-line")).to_contain_text("Power supply")
    expect(page.locator(".dot")).to_have_count(2)


def test_an_unknown_serial_number_is_explained_and_can_be_looked_for(
    factory: Factory, watched: Watched
) -> None:
    page = watched.open(f"{factory.url}/units/GW2-999999")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing has this name")
    field = page.get_by_role("searchbox", name="Look for it")
    field.fill("GW2-000001")
    field.press("Enter")
    expect(page).to_have_url(re.compile("/units/GW2-000001"))
    answer = factory.client.get("/nowhere/at/all")
    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]
    assert factory.client.get("/api/v1/nowhere").headers["content-type"] == "application/problem+json"
