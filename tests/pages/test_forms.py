"""Forms: what is wrong is said beside its field, and only our own pages may ask."""

import re

import httpx
import pytest
from playwright.sync_api import expect
from tests.browser import Watched
from tests.pages.conftest import Factory


def test_a_part_is_added_and_a_lot_of_it_begun(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/new/part")
    page.get_by_label("Part number", exact=True).fill("bad;number")
    page.get_by_label("Name").fill("Sensor hub")
    page.get_by_label("Route").fill("ICT, ICT")
    page.get_by_role("button", name="Add the part").click()
    expect(page.locator(".field-error:visible")).to_have_count(2)
    page.get_by_label("Part number", exact=True).fill("SNS1")
    page.get_by_label("Route").fill("ICT, FCT")
    page.get_by_label("Serial-number format").fill("SNS1-{N6}")
    page.get_by_role("button", name="Add the part").click()
    expect(page.locator(".toast")).to_have_text("Part SNS1 was added.")
    expect(page.locator(".route li")).to_have_count(2)
    page.get_by_role("link", name="New lot of this part").click()
    expect(page.get_by_label("Part", exact=True)).to_have_value("SNS1")


OURS = {"lot": "CSRF-1", "part_number": "GW2", "target": "1"}


def posted(factory: Factory, values: dict[str, str], **headers: str) -> httpx.Response:
    """Post the form of a new lot with the cookie and the key of its page."""
    with factory.browser() as client:
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
    client = factory.browser(origin=factory.url)
    assert client.post("/new/lot", json=OURS).status_code == 422
    many = "&".join(f"a{number}=1" for number in range(100))
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/new/lot", content=many, headers=kind).status_code == 422
    big = b"notes=" + b"a" * 2_000_000
    assert client.post("/new/lot", content=big, headers=kind).status_code == 413
    client.close()
    # Twice the same answer: reading never writes.
    before = factory.get("/activity?limit=1")
    for path in ("/new/lot?lot=X&part_number=GW2&target=1", "/lots/L1/serials?count=3", "/stations?name=X"):
        factory.client.get(path)
    assert factory.get("/activity?limit=1") == before


def test_what_is_said_after_a_form_cannot_be_said_by_others(factory: Factory) -> None:
    forged = factory.client.get("/lots", headers={"cookie": "lotline_said=SGVsbG8=.00"})
    assert "toast" not in forged.text
    assert "Hello" not in forged.text


def test_what_somebody_is_typing_survives_a_change_of_the_page_beneath(
    factory: Factory, watched: Watched
) -> None:
    """A page that is live leaves a form alone that is being filled, and shows the rest anew."""
    factory.run("lot", "create", "TYPED", "--part", "GW2", "--target", "3")
    page = watched.open(f"{factory.url}/lots/TYPED")
    page.locator(".action > summary", has_text="Hold").click()
    reason = page.locator(".action[open]").get_by_label("Reason")
    reason.fill("wrong capacitors in th")
    factory.client.patch("/api/v1/lots/TYPED", json={"status": "on_hold", "reason": "by somebody else"})
    expect(page.locator("[data-live=events]")).to_contain_text("by somebody else")
    expect(reason).to_have_value("wrong capacitors in th")
    expect(reason).to_be_focused()
    reason.fill("")
    reason.blur()
    factory.client.patch("/api/v1/lots/TYPED", json={"priority": 3})
    expect(page.locator("h1 .chip")).to_have_text("On hold")
