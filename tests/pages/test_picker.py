"""The field for a part: what fits is shown while somebody types, by mouse, by keyboard, by a scanner."""

import re

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser import Watched
from tests.pages.conftest import Factory, axe, ready
from tests.panel.test_access import serious

__all__ = ["axe"]


@pytest.fixture(scope="module")
def stocked(factory: Factory) -> Factory:
    """The factory with a few components, of one of which 1,250.5 m lie in stock."""
    for number, name, kind, uom in (
        ("PICK-CAB-1", "Pickled cable, red", "part", "m"),
        ("PICK-CAB-2", "Pickled cable, blue", "part", "m"),
        ("PICK-BOX", "Pickled cable box", "assembly", "pcs"),
        ("CAB-PICK-CAB-1", "Pickled adapter", "part", "pcs"),
    ):
        body = {"part_number": number, "name": name, "kind": kind, "uom": uom, "revision": "C"}
        answer = factory.client.post("/api/v1/parts", json=body)
        assert answer.status_code in {201, 409}, answer.text
    posting = {"kind": "receipt", "part_number": "PICK-CAB-1", "quantity": "1250.5", "request_id": "pick-1"}
    assert factory.client.post("/api/v1/stock/postings", json=posting).status_code in {200, 201}
    return factory


def field(page: Page) -> Locator:
    return ready(page).get_by_role("combobox", name="Part")


def test_what_fits_is_shown_while_typing_with_revision_kind_and_stock(
    stocked: Factory, watched: Watched
) -> None:
    box = field(page := watched.open(f"{stocked.url}/new/lot"))
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("pick cab")
    options = page.locator(".pick-list").get_by_role("option")
    expect(options).to_have_count(4)
    expect(box).to_have_attribute("aria-expanded", "true")
    # A number that begins so comes before one that only holds the words.
    expect(options.first).to_contain_text("PICK-BOX")
    expect(options.nth(1)).to_contain_text("PICK-CAB-1")
    expect(options.nth(1)).to_contain_text("revision C · part")
    expect(options.nth(1).locator(".pick-stock")).to_have_text("1\u202f250.5 m")
    box.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    marked = box.get_attribute("aria-activedescendant")
    assert marked == options.nth(1).get_attribute("id")
    box.press("ArrowUp")
    box.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value("pick cab")
    box.press("ArrowDown")
    expect(options).to_have_count(4)
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("PICK-CAB-1")
    expect(page.locator("#said-part_number")).to_contain_text("Pickled cable, red")
    expect(page.locator("#said-part_number")).to_contain_text("1\u202f250.5 m in stock")
    box.fill("blue")
    page.locator(".pick-list").get_by_role("option").click()
    expect(box).to_have_value("PICK-CAB-2")
    box.fill("nothing fits this")
    expect(page.locator("#said-part_number")).to_have_text("No part fits this.")


def test_a_scanned_number_is_chosen_and_sends_no_half_filled_form(stocked: Factory, watched: Watched) -> None:
    """The scanner's Enter comes before the server's answer."""
    box = field(page := watched.open(f"{stocked.url}/new/lot"))
    box.focus()
    page.keyboard.type("pick-cab-1")
    page.keyboard.press("Enter")
    expect(box).to_have_value("PICK-CAB-1")
    expect(page.locator("#said-part_number")).to_contain_text("red")
    assert page.url.endswith("/new/lot")
    expect(page.locator(".form-errors")).to_have_count(0)


def test_a_field_that_is_left_takes_the_only_part_that_fits_and_no_other(
    stocked: Factory, watched: Watched
) -> None:
    box = field(page := watched.open(f"{stocked.url}/new/lot"))
    box.press_sequentially("pickled blue")
    expect(page.locator(".pick-list").get_by_role("option")).to_have_count(1)
    box.press("Tab")
    expect(box).to_have_value("PICK-CAB-2")
    box.fill("")
    box.press_sequentially("pickled")
    expect(page.locator(".pick-list").get_by_role("option")).to_have_count(4)
    box.press("Tab")
    expect(box).to_have_value("pickled")


def test_the_list_of_parts_has_no_serious_axe_violation(stocked: Factory, watched: Watched, axe: str) -> None:
    box = field(page := watched.open(f"{stocked.url}/new/lot"))
    box.fill("pickled")
    expect(page.locator(".pick-list").get_by_role("option")).to_have_count(4)
    assert serious(page, axe) == []


def test_without_a_script_a_number_or_words_that_fit_one_part_are_enough(stocked: Factory) -> None:
    """And what fits several says which."""
    with stocked.browser(origin=stocked.url) as client:
        found = re.search(r'name="form_key" value="([0-9a-f]{64})"', client.get("/new/lot").text)
        assert found is not None

        def post(lot: str, part: str) -> httpx.Response:
            body = {"form_key": found[1], "lot": lot, "part_number": part, "target": "1"}
            return client.post("/new/lot", data=body)

        assert post("PICK-L1", "pickled box").status_code == 303
        assert stocked.get("/lots/PICK-L1")["part_number"] == "PICK-BOX"
        assert post("PICK-L2", "pick-cab-2").status_code == 303
        several = post("PICK-L3", "pickled cable")
        assert several.status_code == 422
        assert "several parts fit “pickled cable”: PICK-BOX, PICK-CAB-1, PICK-CAB-2" in several.text.replace(
            "Several", "several"
        )
        assert "No part fits “pickled herring”" in post("PICK-L4", "pickled herring").text
