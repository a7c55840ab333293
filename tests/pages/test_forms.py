"""Forms: what is wrong is said beside its field, and only our own pages may ask."""

import re

import httpx
import pytest
from playwright.sync_api import expect
from tests.browser import Watched
from tests.pages.conftest import Factory


def test_a_lot_is_created_through_the_form_after_its_errors_were_mended(
    factory: Factory, watched: Watched
) -> None:
    page = watched.open(f"{factory.url}/new/lot")
    page.get_by_role("button", name="Create the lot").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("A lot needs a name")
    expect(summary).to_contain_text("Pick the part")
    expect(summary).to_contain_text("whole number")
    expect(page.locator(".field-error")).to_have_count(3)
    expect(page.get_by_label("Name")).to_be_focused()
    page.get_by_label("Name").fill("L1")
    page.get_by_role("combobox").fill("gatew")
    expect(page.get_by_role("option")).to_have_count(1)
    page.get_by_role("combobox").press("Enter")
    expect(page.get_by_role("combobox")).to_have_value("GW2")
    page.get_by_label("Target").fill("eleven")
    page.get_by_label("Notes").fill("First line\nsecond line")
    page.get_by_role("button", name="Create the lot").click()
    expect(page.locator(".field-error")).to_contain_text("You typed “eleven”.")
    expect(page.get_by_label("Target")).to_be_focused()
    page.get_by_label("Target").fill("11")
    page.get_by_label("Serial numbers to create now").fill("4")
    page.get_by_role("button", name="Create the lot").click()
    expect(page.locator(".field-error")).to_have_text("There is a lot L1 already. Choose another name.")
    page.get_by_label("Name").fill("FORM-1")
    page.get_by_role("button", name="Create the lot").click()
    expect(page).to_have_url(re.compile("/lots/FORM-1$"))
    expect(page.locator(".toast")).to_have_text("Lot FORM-1 was created with 4 serial numbers.")
    expect(page.locator(".notes-text")).to_have_text("First line\nsecond line")
    expect(page.locator("[data-live=units] tbody tr")).to_have_count(4)
    page.reload()
    expect(page.locator(".toast")).to_have_count(0)


def test_a_block_of_serial_numbers_is_created_on_the_lots_page(factory: Factory, watched: Watched) -> None:
    factory.run("lot", "create", "FORM-2", "--part", "PSU48", "--target", "5")
    page = watched.open(f"{factory.url}/lots/FORM-2")
    expect(page.locator("#serials")).to_contain_text("5 more make up the target")
    count = page.get_by_label("How many")
    count.fill("10001")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".field-error")).to_contain_text("from 1 to 10,000")
    page.get_by_label("How many").fill("5")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".toast")).to_contain_text("5 serial numbers were created")
    units = factory.get("/lots/FORM-2/units")
    assert len(units) == 5
    expect(page.locator("[data-live=units] tbody tr")).to_have_count(5)
    page.get_by_role("link", name=re.compile("^Planned")).click()
    expect(page.locator(".list-count")).to_have_text("5 units")
    page.get_by_role("link", name=re.compile("Serial number")).click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Serial number")
    expect(page.locator("tbody th").first).to_have_text(units[-1]["serial_number"])


def test_a_part_is_added_and_a_lot_of_it_begun(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/new/part")
    page.get_by_label("Part number", exact=True).fill("bad;number")
    page.get_by_label("Name").fill("Sensor hub")
    page.get_by_label("Route").fill("ICT, ICT")
    page.get_by_role("button", name="Add the part").click()
    expect(page.locator(".field-error")).to_have_count(2)
    page.get_by_label("Part number", exact=True).fill("SNS1")
    page.get_by_label("Route").fill("ICT, FCT")
    page.get_by_label("Serial prefix").fill("SNS1-")
    page.get_by_role("button", name="Add the part").click()
    expect(page.locator(".toast")).to_have_text("Part SNS1 was added.")
    expect(page.locator(".route li")).to_have_count(2)
    page.get_by_role("link", name="New lot of this part").click()
    expect(page.get_by_role("combobox")).to_have_value("SNS1")


def test_a_lot_is_closed_and_opened_again(factory: Factory, watched: Watched) -> None:
    factory.run("lot", "create", "FORM-3", "--part", "GW2", "--target", "1")
    page = watched.open(f"{factory.url}/lots/FORM-3")
    page.get_by_role("button", name="Close the lot").click()
    expect(page.locator(".toast")).to_contain_text("closed")
    expect(page.locator(".notice")).to_contain_text("stations refuse its units")
    page.get_by_role("button", name="Open the lot again").click()
    expect(page.locator(".notice")).to_have_count(0)
    assert factory.get("/lots/FORM-3")["open"]


OURS = {"lot": "CSRF-1", "part_number": "GW2", "target": "1"}


def posted(factory: Factory, values: dict[str, str], **headers: str) -> httpx.Response:
    """Post the form of a new lot with the cookie and the key of its page."""
    with httpx.Client(base_url=factory.url, trust_env=False) as client:
        found = re.search(r'name="form_key" value="([0-9a-f]{64})"', client.get("/new/lot").text)
        assert found is not None
        return client.post("/new/lot", data={"form_key": found[1], **values}, headers=headers)


def lots_of(factory: Factory) -> set[str]:
    """Give the names of all lots."""
    return {lot["lot"] for lot in factory.get("/lots?limit=1000")}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_a_form_of_another_site_changes_nothing(
    factory: Factory, headers: dict[str, str], status: int
) -> None:
    assert posted(factory, OURS, **headers).status_code == status
    assert "CSRF-1" not in lots_of(factory)


@pytest.mark.parametrize("key", ["", "0" * 64, "é"])
def test_a_form_without_the_key_of_its_page_changes_nothing(factory: Factory, key: str) -> None:
    answer = posted(factory, OURS | {"form_key": key}, origin=factory.url)
    assert answer.status_code == 422
    assert "This form was too old" in answer.text
    assert 'value="CSRF-1"' in answer.text
    assert "CSRF-1" not in lots_of(factory)


def test_a_form_is_taken_only_as_a_form_and_within_bounds(factory: Factory) -> None:
    origin = {"origin": factory.url}
    assert factory.client.post("/new/lot", json=OURS, headers=origin).status_code == 422
    many = "&".join(f"a{number}=1" for number in range(100))
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert factory.client.post("/new/lot", content=many, headers=origin | kind).status_code == 422
    big = b"notes=" + b"a" * 2_000_000
    assert factory.client.post("/new/lot", content=big, headers=origin | kind).status_code == 413
    # Twice the same answer: reading never writes.
    before = factory.get("/activity?limit=1")
    for path in ("/new/lot?lot=X&part_number=GW2&target=1", "/lots/L1/serials?count=3", "/stations?name=X"):
        factory.client.get(path)
    assert factory.get("/activity?limit=1") == before


def test_what_is_said_after_a_form_cannot_be_said_by_others(factory: Factory) -> None:
    forged = factory.client.get("/lots", headers={"cookie": "lotline_said=SGVsbG8=.00"})
    assert "toast" not in forged.text
    assert "Hello" not in forged.text
