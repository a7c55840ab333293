"""One lot: its form, its tabs and what is done on them, as a production lead does it."""

import io
import re
from typing import Any

import httpx
import numpy as np
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from tests.browser import Watched, sign_in
from tests.pages.conftest import HOSTILE, Factory
from tests.panel.test_access import serious
from tests.server.signing import session_cookie

from lotline_server.opening import open_data


def post(factory: Factory, path: str, **body: Any) -> Any:
    """Do something over the API."""
    answer = factory.client.post(f"/api/v1{path}", json=body)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def patch(factory: Factory, lot: str, **body: Any) -> None:
    """Change a lot over the API."""
    factory.client.patch(f"/api/v1/lots/{lot}", json=body).raise_for_status()


@pytest.fixture(scope="module")
def made(factory: Factory) -> Factory:
    """A part with a BOM of three components, one of them in stock, and a supplier."""
    post(factory, "/parts", part_number="LP-1", name="Lead's board", kind="pcba", serial_format="LP-{N6}")
    for number, uom in (("LC-100N", "pcs"), ("LR-10K", "pcs"), ("LWIRE", "m")):
        post(factory, "/parts", part_number=number, name=f"Component {number}", kind="part", uom=uom)
    bom(factory, "component,quantity,attrition\nLC-100N,2,0\nLR-10K,1,5%\nLWIRE,0.25,0\n")
    post(factory, "/stock/postings", kind="receipt", part_number="LC-100N", quantity=1000)
    post(factory, "/suppliers", name="Lead Supplies")
    return factory


def bom(factory: Factory, text: str) -> None:
    """Give LP-1 this BOM."""
    digest = post(factory, "/parts/LP-1/bom/preview", csv=text)["digest"]
    post(factory, "/parts/LP-1/bom", csv=text, digest=digest)


def tab(page: Page, name: str) -> Locator:
    """Find a tab."""
    return page.locator(".tabs").get_by_role("link", name=name)


def test_a_lot_is_created_through_the_form_after_its_errors_were_mended(
    made: Factory, watched: Watched
) -> None:
    page = watched.open(f"{made.url}/new/lot")
    suggested = page.get_by_label("Name").input_value()
    assert suggested not in {lot["lot"] for lot in made.get("/lots?limit=1000")}
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name="Create the lot").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("A lot needs a name")
    expect(summary).to_contain_text("Pick the part")
    expect(summary).to_contain_text("whole number")
    expect(page.locator(".field-error")).to_have_count(3)
    page.get_by_label("Name").fill("L1")
    page.get_by_label("Part", exact=True).fill("LP-1")
    page.get_by_label("Target").fill("eleven")
    page.get_by_label("Priority").fill("1000")
    page.get_by_label("Planned start").fill("2026-12-24")
    page.get_by_label("Due").fill("2026-12-01")
    page.get_by_label("Notes").fill("First line\nsecond **line**")
    page.get_by_role("button", name="Create the lot").click()
    expect(page.locator(".field-error")).to_have_count(2)
    expect(page.locator(".field-error").first).to_contain_text("You typed “eleven”.")
    page.get_by_label("Target").fill("11")
    page.get_by_label("Priority").fill("-3")
    page.get_by_role("button", name="Create the lot").click()
    expect(page.locator(".field-error")).to_have_text("A lot is not due before it begins.")
    page.get_by_label("Due").fill("2027-01-15")
    page.get_by_label("Serial numbers to create now").fill("4")
    page.get_by_label("Project").fill("Harbour")
    page.get_by_label("Customer order").fill("450001")
    page.get_by_label("Material leaves stock").select_option("first_run")
    page.get_by_role("button", name="Create the lot").click()
    expect(page.locator(".field-error")).to_have_text("There is a lot L1 already. Choose another name.")
    page.get_by_label("Name").fill("LEAD-1")
    page.get_by_label("Release").select_option("planned")
    page.get_by_role("button", name="Create the lot").click()
    expect(page).to_have_url(re.compile("/lots/LEAD-1$"))
    expect(page.locator(".toast")).to_have_text("Lot LEAD-1 was created with 4 serial numbers.")
    expect(page.locator("h1 .chip")).to_have_text("Planned")
    expect(page.locator(".written p")).to_have_text("First line\nsecond line")
    expect(page.locator(".written strong")).to_have_text("line")
    lot = made.get("/lots/LEAD-1")
    assert (lot["priority"], lot["planned_end"], lot["customer_order"]) == (-3, "2027-01-15", "450001")
    assert (lot["consumption"], lot["project"], lot["status"]) == ("first_run", "Harbour", "planned")
    expect(tab(page, "Serial numbers")).to_contain_text("4")


def test_a_lots_life_is_decided_with_reasons(made: Factory, watched: Watched) -> None:
    post(made, "/lots", lot="LIFE-1", part_number="LP-1", target=3, planned=True)
    page = watched.open(f"{made.url}/lots/LIFE-1")

    def act(name: str, reason: str = "") -> None:
        page.locator(".action > summary", has_text=name).click()
        box = page.locator(".action[open]")
        box.get_by_label("Reason").fill(reason)
        box.get_by_role("button", name=name).click()

    expect(page.locator(".blocks")).to_contain_text("Not released")
    act("Release")
    expect(page.locator(".toast")).to_have_text("Lot LIFE-1 is released.")
    act("Hold")
    expect(page.locator(".action[open] .field-error")).to_contain_text("Say why")
    page.locator(".action[open]").get_by_label("Reason").fill("look at C7")
    page.locator(".action[open]").get_by_role("button", name="Hold").click()
    expect(page.locator("h1 .chip")).to_have_text("On hold")
    expect(page.locator(".blocks li").first).to_contain_text("On hold: stations refuse its units.")
    expect(page.locator(".blocks li").first).to_contain_text("look at C7")
    expect(page.locator(".event").first).to_contain_text("look at C7")
    act("Resume")
    expect(page.locator("h1 .chip")).to_have_text("Released")
    page.locator("#target").get_by_label("Target").fill("0")
    page.locator("#target").get_by_role("button", name="Change").click()
    expect(page.locator("#target .field-error")).to_contain_text("must be 1 to")
    page.locator("#target").get_by_label("Target").fill("5")
    page.locator("#target").get_by_label("Reason").fill("two more")
    page.locator("#target").get_by_role("button", name="Change").click()
    expect(page.locator(".event").first).to_contain_text("Target 3 → 5")
    page.locator(".action > summary", has_text="Cancel the lot").click()
    box = page.locator(".action[open]")
    box.get_by_label("Reason").fill("order withdrawn")
    box.get_by_label("Type LIFE-1 to cancel it").fill("LIFE-2")
    box.get_by_role("button", name="Cancel the lot").click()
    expect(page.locator(".action[open] .field-error")).to_contain_text("Type the lot's name")
    assert made.get("/lots/LIFE-1")["status"] == "released"
    page.get_by_label("Type LIFE-1 to cancel it").fill("LIFE-1")
    page.locator(".action[open]").get_by_role("button", name="Cancel the lot").click()
    expect(page.locator("h1 .chip")).to_have_text("Cancelled")
    expect(page.locator(".action")).to_have_count(0)
    tab(page, "Activity").click()
    expect(page.locator(".event")).to_have_count(5)
    expect(page.locator(".sentence").first).to_contain_text("order withdrawn")


def test_a_lot_is_changed_and_what_somebody_else_changed_meanwhile_is_not_lost(
    made: Factory, watched: Watched
) -> None:
    post(made, "/lots", lot="EDIT-1", part_number="LP-1", target=3)
    page = watched.open(f"{made.url}/lots/EDIT-1/edit")
    expect(page.get_by_label("Kind")).to_have_count(0)
    page.get_by_label("Customer order").fill("450002")
    page.get_by_label("Notes").fill("mine")
    patch(made, "EDIT-1", notes="theirs", priority=7)
    page.get_by_label("Reason").fill("asked for")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-error")).to_contain_text("Somebody changed this meanwhile, to “theirs”.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_have_text("Lot EDIT-1 was changed.")
    lot = made.get("/lots/EDIT-1")
    assert (lot["notes"], lot["customer_order"], lot["priority"]) == ("mine", "450002", 7)
    assert made.get("/lots/EDIT-1/events")[0]["reason"] == "asked for"


def test_the_bom_tab_tells_whether_there_is_enough_and_orders_what_is_short(
    made: Factory, watched: Watched
) -> None:
    post(made, "/lots", lot="BOM-1", part_number="LP-1", target=20, priority=100)
    page = watched.open(f"{made.url}/lots/BOM-1")
    expect(page.locator(".blocks")).to_contain_text("21 pcs of LR-10K short, nothing on order")
    tab(page, "BOM").click()
    expect(page.locator(".notice")).to_have_text("2 components are short, and must still be ordered.")
    row = page.locator("tr", has_text="LR-10K")
    expect(row.locator(".chip")).to_have_text("Short")
    expect(page.locator("tr", has_text="LC-100N").locator(".chip")).to_have_text("Enough")
    found = {each["part_number"]: each for each in made.get("/lots/BOM-1/material")["components"]}
    assert (found["LR-10K"]["needed"], found["LR-10K"]["shortage"]) == ("21", "21")
    page.get_by_role("button", name="Make a draft order").click()
    expect(page.locator(".field-error")).to_have_text("Pick the supplier.")
    page.get_by_label("Supplier").select_option("Lead Supplies")
    page.get_by_label("Order number").fill("PO-LEAD-1")
    page.get_by_label("Expected on").fill("2026-12-20")
    page.get_by_role("button", name="Make a draft order").click()
    expect(page.locator(".toast")).to_contain_text("Draft order PO-LEAD-1 was made, with 2 lines.")
    expect(page.locator("tbody tr")).to_have_count(2)
    line = page.locator("tr", has_text="LR-10K")
    for text in ("PO-LEAD-1", "Lead Supplies", "Not sent yet", "2026-12-20", "21 pcs"):
        expect(line).to_contain_text(text)
    made.client.patch("/api/v1/purchase-orders/PO-LEAD-1", json={"status": "sent"}).raise_for_status()
    body = {"estimated_delivery": "2020-01-01"}
    answer = made.client.patch("/api/v1/purchase-orders/PO-LEAD-1/lines/1", json=body)
    answer.raise_for_status()
    page.reload()
    expect(line.locator(".chip")).to_have_text("Late")
    tab(page, "BOM").click()
    expect(page.locator(".notice")).to_have_text("2 components are short, and all of them are on order.")
    expect(row.locator(".chip")).to_have_text("Short, all of it on order")
    expect(page.locator("#order")).to_have_count(0)
    receive = {"receipt_id": "lead-1", "quantity": "21"}
    post(made, "/purchase-orders/PO-LEAD-1/lines/1/receipts", **receive)
    post(made, "/purchase-orders/PO-LEAD-1/lines/2/receipts", receipt_id="lead-2", quantity="5")
    page.reload()
    expect(page.locator(".notice")).to_contain_text("There is enough of every component for the 20 units")
    patch(made, "BOM-1", status="cancelled", reason="test is over")


def test_material_is_issued_and_a_bom_that_moved_on_is_shown(made: Factory, watched: Watched) -> None:
    post(made, "/lots", lot="ISSUE-1", part_number="LP-1", target=2, consumption="release")
    page = watched.open(f"{made.url}/lots/ISSUE-1/bom")
    expect(page.locator(".notice")).to_have_text("The material of all of its units was issued.")
    patch(made, "ISSUE-1", target=4)
    page.reload()
    page.get_by_role("button", name="Issue material").click()
    expect(page.locator(".toast")).to_have_text("The material of 2 units was issued.")
    assert made.get("/lots/ISSUE-1/material")["issued_units"] == 4
    bom(made, "component,quantity,attrition\nLC-100N,3,0\nLR-10K,1,5%\nLWIRE,0.25,0\n")
    page.reload()
    expect(page.locator("#moved tbody tr")).to_have_count(1)
    expect(page.locator("#moved tbody tr")).to_contain_text("2 pcs, attrition 0")
    expect(page.locator("#moved tbody tr")).to_contain_text("3 pcs, attrition 0")
    expect(page.locator(".blocks")).to_contain_text("BOM moved on since the release, in 1 line")
    bom(made, "component,quantity,attrition\nLC-100N,2,0\nLR-10K,1,5%\nLWIRE,0.25,0\n")
    patch(made, "ISSUE-1", status="cancelled", reason="test is over")


def test_serial_numbers_are_created_found_and_sorted(made: Factory, watched: Watched) -> None:
    post(made, "/lots", lot="SER-1", part_number="LP-1", target=5)
    page = watched.open(f"{made.url}/lots/SER-1/serials")
    expect(page.locator("#create")).to_contain_text("5 more make up the target")
    page.get_by_label("How many").fill("10001")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#create .field-error")).to_contain_text("from 1 to 10,000")
    page.get_by_label("How many").fill("5")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".toast")).to_contain_text("5 serial numbers were created")
    serials = [unit["serial_number"] for unit in made.get("/lots/SER-1/units")]
    expect(page.locator("[data-live=units] tbody tr")).to_have_count(5)
    page.get_by_role("link", name=re.compile("^Planned")).click()
    expect(page.locator(".list-count")).to_have_text("5 units")
    page.get_by_role("link", name=re.compile("Serial number")).last.click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Serial number")
    expect(page.locator("tbody th").first).to_have_text(serials[-1])
    page.get_by_label("Serial number begins with").fill(serials[2])
    page.get_by_role("button", name="Find").click()
    expect(page.locator("tbody th")).to_have_text([serials[2]])
    page.get_by_label("Serial number begins with").fill("%")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".empty")).to_contain_text("No unit of this lot is like that.")
    csv = made.client.get("/lots/SER-1/serials?format=csv&prefix=" + serials[0]).text.splitlines()
    assert csv == ["serial_number,status,hold,completed_at", f"{serials[0]},planned,,"]


def test_serial_numbers_are_imported_after_a_look_at_every_row(made: Factory, watched: Watched) -> None:
    post(made, "/lots", lot="IMP-1", part_number="LP-1", target=5)
    page = watched.open(f"{made.url}/lots/IMP-1/serials")
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_role("button", name="Look at every row").click()
    expect(page.locator(".field-error")).to_contain_text("Paste the serial numbers")
    page.locator("input[type=file]").set_input_files(
        {
            "name": "serials.csv",
            "mimeType": "text/csv",
            "buffer": f"serial_number,note\nLP-900001,a\nLP-900001,b\n{HOSTILE},c\nLP-900002,d\n".encode(),
        }
    )
    expect(page.get_by_label("Serial numbers")).to_have_value(re.compile("LP-900002"))
    page.get_by_role("button", name="Look at every row").click()
    expect(page.locator(".notice")).to_contain_text("2 serial numbers can be imported.")
    expect(page.locator(".notice")).to_contain_text("2 rows are refused, and left out.")
    rows = page.locator("tbody tr")
    expect(rows.nth(1)).to_contain_text("it stands in line 2 already")
    expect(rows.nth(2)).to_contain_text(HOSTILE)
    expect(rows.nth(2)).to_contain_text("it does not have the format LP-{N6}")
    page.get_by_role("button", name="Import 2 serial numbers").click()
    expect(page.locator(".toast")).to_have_text("2 serial numbers were imported.")
    expect(page.locator("tbody th")).to_have_text(["LP-900001", "LP-900002"])


def test_every_tab_works_without_a_script_at_its_own_address(made: Factory, chromium: Browser) -> None:
    post(made, "/lots", lot="PLAIN/1", part_number="LP-1", target=2, serials=2, planned=True)
    context = chromium.new_context(java_script_enabled=False)
    sign_in(context, made.url)
    page = context.new_page()
    page.goto(f"{made.url}/lots/PLAIN%2F1")
    for name, path in (
        ("BOM", "bom"), ("Procurement", "procurement"), ("Serial numbers", "serials"),
        ("Activity", "activity"),
    ):  # fmt: skip
        tab(page, name).click()
        expect(page).to_have_url(f"{made.url}/lots/PLAIN%2F1/{path}")
        expect(page.locator(".tabs [aria-current]")).to_contain_text(name)
        expect(page.locator("h1")).to_contain_text("PLAIN/1")
    tab(page, "Overview").click()
    page.locator(".action > summary", has_text="Release").click()
    page.locator(".action[open]").get_by_role("button", name="Release").click()
    expect(page.locator("h1 .chip")).to_have_text("Released")
    context.close()


def test_a_lot_that_does_not_exist_is_explained_on_every_tab(made: Factory) -> None:
    for path in ("", "/bom", "/procurement", "/serials", "/serials/import", "/activity", "/edit"):
        answer = made.client.get(f"/lots/NONE-1{path}")
        assert answer.status_code == 404
        assert "Lot NONE-1 does not exist" in answer.text


def test_notes_do_nothing_but_show_what_is_written(made: Factory, watched: Watched) -> None:
    notes = (
        f"{HOSTILE}\n\n[click](javascript:alert(1)) [go](https://plm.example/1) "
        "![x](http://evil.example/x.png)\n\n| a |\n|:-:|\n| 1 |\n"
    )
    post(made, "/lots", lot="NOTES-1", part_number="LP-1", target=1, notes=notes)
    page = watched.open(f"{made.url}/lots/NOTES-1")
    expect(page.locator(".written")).to_contain_text(HOSTILE)
    expect(page.locator(".written a")).to_have_text(["go", "x"])
    expect(page.locator(".written a").first).to_have_attribute("rel", "nofollow noopener noreferrer")
    assert page.locator(".written img, .written script, .written [style]").count() == 0


def units_of(factory: Factory, lot: str) -> dict[str, tuple[str, str | None]]:
    """Give (status, hold) of a lot's units by serial number."""
    return {
        unit["serial_number"]: (unit["status"], unit["hold"]) for unit in factory.get(f"/lots/{lot}/units")
    }


def test_many_units_are_ticked_and_treated_at_once(made: Factory, watched: Watched) -> None:
    body = {"lot": "BULK-1", "part_number": "LP-1", "target": 130, "serials": 130, "kind": "test_only"}
    serials = post(made, "/lots", **body)["serial_numbers"]
    page = watched.open(f"{made.url}/lots/BULK-1/serials")
    bulk = page.locator(".bulk")

    def do(what: str, which: str, reason: str) -> None:
        if not bulk.get_by_label("Which").is_visible():
            bulk.locator("summary").click()
        bulk.get_by_label("Which").select_option(which)
        bulk.get_by_label("What").select_option(label=what)
        bulk.get_by_label("Reason").fill(reason)
        bulk.get_by_role("button", name="Do it").click()

    do("Put on hold", "ticked", "look")
    expect(page.locator(".form-errors")).to_contain_text("Tick the units first")
    expect(page.get_by_label("Tick all of this page")).to_be_visible()
    page.get_by_label(f"Tick {serials[0]}").check()
    page.get_by_label(f"Tick {serials[2]}").click(modifiers=["Shift"])
    expect(bulk.locator("[data-ticked]")).to_have_text("3")
    do("Put on hold", "ticked", "")
    expect(page.locator(".form-errors")).to_contain_text("Say why")
    for serial in serials[:3]:
        page.get_by_label(f"Tick {serial}").check()
    do("Put on hold", "ticked", "solder paste")
    expect(page.locator(".toast")).to_have_text("Put on hold: 3 units.")
    assert [units_of(made, "BULK-1")[each] for each in serials[2:4]] == [
        ("planned", "solder paste"), ("planned", None),
    ]  # fmt: skip
    do("Mark completed", "all", "no station tests it")
    expect(page.locator(".form-errors")).to_contain_text("3 of 130 units stand in the way.")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("tbody tr").first).to_contain_text("quality releases it first")
    assert {status for status, _ in units_of(made, "BULK-1").values()} == {"planned"}
    page.get_by_role("button", name="Do it with the other 127 units").click()
    expect(page.locator(".toast")).to_have_text("Mark completed: 127 units.")
    assert made.get("/lots/BULK-1")["completed"] == 127
    page.get_by_role("link", name=re.compile("^On hold")).click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_label("Tick all of this page").check()
    do("Scrap", "ticked", "burnt")
    expect(page.locator(".toast")).to_have_text("Scrap: 3 units.")
    assert made.get("/lots/BULK-1")["scrapped"] == 3


def test_units_of_another_lot_are_never_treated(made: Factory) -> None:
    post(made, "/lots", lot="BULK-2", part_number="LP-1", target=1, serials=1)
    other = post(made, "/lots", lot="BULK-3", part_number="LP-1", target=1, serials=1)["serial_numbers"][0]
    with made.browser() as client:
        key = re.search(r'name="form_key" value="([0-9a-f]{64})"', client.get("/lots/BULK-2/serials").text)
        assert key is not None
        sent = {"form_key": key[1], "do": "hold", "reason": "x", "which": "ticked", "tick": other}
        answer = client.post("/lots/BULK-2/serials/act", data=sent, headers={"origin": made.url})
    assert answer.status_code == 422
    assert "is no unit of lot BULK-2" in answer.text
    assert units_of(made, "BULK-3")[other] == ("planned", None)


def test_labels_are_chosen_looked_at_and_printed(made: Factory, watched: Watched) -> None:
    body = {"lot": "LAB-1", "part_number": "LP-1", "target": 3, "serials": 3, "project": "Harbour"}
    serials = post(made, "/lots", **body)["serial_numbers"]
    page = watched.open(f"{made.url}/lots/LAB-1/serials")
    page.get_by_label(f"Tick {serials[1]}").check()
    page.locator(".bulk summary").click()
    page.locator(".bulk").get_by_role("button", name="Labels").click()
    expect(page.get_by_role("heading", name="1 label")).to_be_visible()
    expect(page.locator(".label-picture text").first).to_have_text(serials[1])
    assert "form_key" not in page.url
    page.get_by_label("Code", exact=True).select_option("code128")
    page.get_by_label("Label", exact=True).select_option("15x15")
    page.get_by_label("A line of your own").fill("with care")
    page.get_by_label("Project").check()
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("alert")).to_contain_text("would be too small to be read on 15 × 15 mm")
    page.get_by_label("Label", exact=True).select_option("a4-65")
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator(".label-picture text")).to_have_text([serials[1], "LP-1", "Harbour", "with care"])
    form = page.locator("form[action$='labels.pdf']")
    query = form.evaluate("(form) => new URLSearchParams(new FormData(form)).toString()")
    answer = made.client.get(f"/lots/LAB-1/labels.pdf?{query}")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    wrong = made.client.get("/lots/LAB-1/labels.pdf?code=ean13")
    assert "is not one of code128" in wrong.text


def test_the_list_of_lots_is_filtered_sorted_and_written(made: Factory, watched: Watched) -> None:
    for lot, values in {
        "LIST-1": {"planned_end": "2020-01-01", "project": "Listed"},
        "LIST-2": {"planned_end": "2999-01-01", "project": "Listed"},
        "LIST-3": {"planned": True},
    }.items():
        post(made, "/lots", lot=lot, part_number="LP-1", target=2, **values)
    page = watched.open(f"{made.url}/lots?part=LP-&sort=lot")

    def listed() -> list[str]:
        return page.locator("tbody th").all_inner_texts()

    assert {"LIST-1", "LIST-2", "LIST-3"} <= set(listed())
    page.get_by_role("link", name=re.compile("^Planned")).first.click()
    expect(page.locator("tbody th", has_text="LIST-3")).to_be_visible()
    assert "LIST-1" not in listed()
    page.get_by_role("link", name="At risk").click()
    expect(page.locator("tr", has_text="LIST-1")).to_contain_text("2020-01-01")
    expect(page.locator("tr", has_text="LIST-1").locator(".meaning.is-attention")).to_be_visible()
    assert "LIST-2" not in listed()
    page.goto(f"{made.url}/lots")
    page.locator(".filter-form").get_by_label("Project").select_option("Listed")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody th")).to_have_count(2)
    page.get_by_label("Due by").fill("2026-01-01")
    page.get_by_role("button", name="Filter").click()
    assert listed() == ["LIST-1"]
    csv = made.client.get(
        "/lots?project=Listed&columns=lot,status,risk&sort=lot&format=csv"
    ).text.splitlines()
    assert csv == ["lot,status,risk", "LIST-1,released,overdue", "LIST-2,released,none"]
    page.goto(f"{made.url}/lots?state=nonsense&due=yesterday&part=%25")
    expect(page.locator(".empty")).to_contain_text("No lot is like that.")
    risky = {each["lot"] for each in made.get("/lot-outlooks?at_risk=true")}
    assert "LIST-1" in risky
    assert "LIST-2" not in risky


def test_the_lot_sheet_is_read_back_by_a_scanner(made: Factory, watched: Watched, axe: str) -> None:
    post(made, "/lots", lot="SHEET-1", part_number="LP-1", target=4)
    page = watched.open(f"{made.url}/lots/SHEET-1")
    expect(page.locator(".sheet")).to_be_hidden()
    page.emulate_media(media="print", color_scheme="light")
    picture = page.screenshot(full_page=True)
    found = zxingcpp.read_barcodes(np.asarray(Image.open(io.BytesIO(picture)).convert("L")))
    assert [each.text for each in found] == ["SHEET-1"]
    expect(page.get_by_role("heading", name="Components")).to_be_visible()
    expect(page.locator("tr", has_text="LR-10K")).to_contain_text("4.2")
    page.emulate_media(media="screen")
    post(made, "/lots/SHEET-1/serials", count=1)
    for path in ("/labels", "/serials", "/serials/import", "/bom", "/procurement"):
        page.goto(f"{made.url}/lots/SHEET-1{path}")
        assert serious(page, axe) == [], path


@pytest.mark.parametrize(
    ("role", "plans", "treats"), [("viewer", False, set()), ("quality", False, {"hold", "scrap", "rework"})]
)
def test_a_reader_is_offered_only_what_they_may_do(
    made: Factory, role: str, plans: bool, treats: set[str]
) -> None:
    post(made, "/lots", lot=f"ROLE-{role}", part_number="LP-1", target=4, serials=1)
    opened = open_data(made.data, serve=False)
    headers = {"cookie": session_cookie(opened, role=role)}
    opened.close()
    with httpx.Client(base_url=made.url, headers=headers, trust_env=False) as client:
        here = f"/lots/ROLE-{role}"
        overview, bom, serials = (client.get(here + path).text for path in ("", "/bom", "/serials"))
        assert client.get(f"{here}/labels.pdf").content.startswith(b"%PDF-")
        assert client.get(f"{here}/edit").status_code == 403
        form = {"do": "completed", "reason": "x", "which": "all"}
        origin = {"origin": made.url}
        assert client.post(f"{here}/serials/act", data=form, headers=origin).status_code in {403, 422}
    for page, words in ((overview, f'{here}/status"'), (bom, f'{here}/order"'), (serials, 'id="create"')):
        assert (words in page) is plans
    offered = set(
        re.findall(r'<option value="(\w+)"', serials.partition('name="do"')[2].partition("</select>")[0])
    )
    assert treats <= offered
    assert "completed" not in offered
    assert made.get(here)["completed"] == 0
