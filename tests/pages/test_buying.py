"""Purchasing and stock as their users do it: order, send, confirm, receive, correct, count, move."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import Watched, watch
from tests.pages.buying import buy
from tests.pages.conftest import HOSTILE, Factory, ready, started
from tests.pages.test_everywhere import fits, serious

from lotline_server.inventory.pages.counting import A_SHEET

PATHS = (
    "/purchasing", "/purchasing?show=late", "/purchasing/PO-118", "/purchasing/PO-118/lines/1",
    "/purchasing/PO-118/receive", "/purchasing/PO-118/dates", "/purchasing/PO-121/edit",
    "/purchasing/PO-121/dates", "/new/order", "/suppliers", "/suppliers/Nordic%20Components", "/new/supplier",
    "/stock", "/stock?location=Shelf+B2&show=short", "/stock/parts/R-0402-10K", "/stock/locations",
    "/stock/move?kind=transfer&part=C-0402-100N", "/stock/count?location=Stock", "/stock/postings/1",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    """A server with suppliers, stock, lots and orders in every state."""
    for made in started(tmp_path_factory.mktemp("shop")):
        made.run("part", "add", "GW2", "--name", "Gateway board", "--prefix", "GW2-")
        buy(made.client, "GW2", datetime.now(UTC).astimezone().date())
        yield made


def said(page: Page) -> str:
    """Give what the toast says."""
    return page.locator(".toast").inner_text()


def test_what_is_late_stands_first_and_money_is_never_mixed(shop: Factory, watched: Watched) -> None:
    page = watched.open(f"{shop.url}/purchasing")
    expect(page.locator("tbody th a").first).to_have_text("PO-118")
    expect(page.locator("tbody tr").first).to_contain_text("5")
    orders = shop.get("/purchase-orders")
    for currency in ("EUR", "USD"):
        total = sum(Decimal(each["total"]) for each in orders if each["currency"] == currency)
        shown = re.search(rf"([\d.\u202f]+)\u00a0{currency}", page.locator(".sums").inner_text())
        assert shown is not None
        assert Decimal(shown[1].replace("\u202f", "")) == total
    page.get_by_role("link", name=re.compile("^Late")).click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("link", name="PO-118").click()
    expect(page.locator(".notice").first).to_contain_text("are 5 days late")
    expect(page.locator(".notice").first).to_contain_text("This delays lots LOT-2612-051, LOT-2612-052.")


def draft(shop: Factory, watched: Watched) -> tuple[Page, str]:
    """Make a draft of two lines by hand and from a table; gives its page and its number."""
    page = ready(watched.open(f"{shop.url}/new/order"))
    number = page.locator("main").get_by_label("Number").input_value()
    assert re.fullmatch(r"PO-\d{4}-001", number)
    page.get_by_role("button", name="Create the draft").click()
    expect(page.locator(".field-error")).to_have_text("Pick the supplier.")
    page.get_by_label("Supplier").select_option("Nordic Components")
    page.get_by_role("button", name="Create the draft").click()
    ready(page).get_by_label("Part", exact=True).press_sequentially("housing")
    page.get_by_role("listbox", name="Parts").get_by_role("option").first.click()
    page.get_by_label("Quantity").fill("2.5")
    page.get_by_label("Price for one").fill("4.125")
    page.get_by_role("button", name="Add the line").click()
    expect(page.locator(".field-error")).to_contain_text("2.5 is no whole number")
    page.get_by_label("Quantity").fill("20")
    page.get_by_role("button", name="Add the line").click()
    expect(page.locator(".sums")).to_contain_text("82.50\u00a0EUR")
    table = "part;quantity;price;delivery\nWIRE-05-RED;12,5;0,19;2026-12-24\nNOTHING;1;;\n"
    page.get_by_label("Table").fill(table)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.locator("#import .field-error")).to_contain_text("part NOTHING does not exist")
    expect(page.get_by_role("button", name="Add these lines")).to_have_count(0)
    page.get_by_label("Table").fill(table.replace("NOTHING", "HSG-GW"))
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Add these lines").click()
    expect(page.locator("#add tbody tr")).to_have_count(3)
    page.get_by_role("link", name=re.compile("^3 · HSG-GW")).click()
    page.get_by_role("button", name="Remove the line").click()
    expect(page.locator("#add tbody tr")).to_have_count(2)
    return page, number


def test_an_order_is_made_sent_confirmed_received_and_corrected(shop: Factory, watched: Watched) -> None:
    page, number = draft(shop, watched)
    page.get_by_role("link", name="Send").click()
    page.get_by_role("button", name="It is sent").click()
    assert said(page) == f"Order {number} is sent."
    page.get_by_role("link", name="Confirm").click()
    page.get_by_label("Day of line 1").fill("2026-12-18")
    page.get_by_role("button", name="It is confirmed").click()
    page.get_by_role("link", name="Receive", exact=True).click()
    expect(page.get_by_label("Arrived of line 2")).to_have_value("12.5")
    page.get_by_label("Arrived of line 2").fill("")
    page.get_by_label("Arrived of line 1").fill("21")
    page.get_by_label("Packing slip").fill("LS 1")
    page.get_by_role("button", name="Receive it").click()
    expect(page.get_by_role("alert")).to_contain_text("are still to come")
    page.get_by_label("Arrived of line 1").fill("15")
    page.get_by_label("Where line 1 is put").select_option("Shelf B2")
    page.get_by_role("button", name="Receive it").click()
    expect(page.locator("h1")).to_contain_text("Partly received")
    assert shop.get("/stock?part_number=HSG-GW&location=Shelf B2")[0]["quantity"] == "15"
    page.get_by_text("Take back", exact=True).click()
    page.get_by_label("What was wrong?").fill("these were for PO-120")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("h1")).to_contain_text("Confirmed")
    expect(page.locator(".taken-back")).to_contain_text("these were for PO-120")
    page.get_by_label("Reason").fill("too dear")
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.locator("h1")).to_contain_text("Cancelled")
    expect(page.locator("[data-live=history]")).to_contain_text("is cancelled: too dear")


def test_a_delivery_sent_twice_is_taken_in_once(shop: Factory) -> None:
    with shop.browser() as client:
        text = client.get("/purchasing/PO-119/receive").text
        hidden = dict(re.findall(r'name="(form_key|delivery_id|delivered_on)"[^>]*value="([^"]+)"', text))
        values = {**hidden, "arrived:1": "20", "location:1": "Untested", "packing_slip": ""}
        for _ in range(2):
            answer = client.post("/purchasing/PO-119/receive", data=values, headers={"origin": shop.url})
            assert answer.status_code == 303, answer.text
        wrong = {**values, "location:1": "Stock", "delivery_id": "other"}
        answer = client.post("/purchasing/PO-119/receive", data=wrong, headers={"origin": shop.url})
        assert answer.status_code == 422
        assert "built outside" in answer.text
    levels = {each["location"]: each["quantity"] for each in shop.get("/stock?part_number=GW2")}
    assert levels == {"Untested": "20"}


def test_a_line_says_for_which_lots_it_is(shop: Factory, watched: Watched) -> None:
    page = watched.open(f"{shop.url}/purchasing/PO-118/lines/1")
    page.get_by_label("Lot", exact=True).fill("LOT-2612-052")
    page.get_by_label("Quantity for the lot").fill("700")
    page.get_by_role("button", name="Say it is for this lot").click()
    expect(page.locator(".field-error")).to_contain_text("600 pcs of line 1 are left, not 700")
    page.get_by_label("Quantity for the lot").fill("600")
    page.get_by_role("button", name="Say it is for this lot").click()
    expect(page.locator("tbody tr").nth(1)).to_contain_text("600")
    expect(page.locator("main")).to_contain_text("0 pcs are for no lot.")


def test_the_order_goes_to_the_supplier_as_pdf(shop: Factory) -> None:
    for path in ("/purchasing/PO-120/order.pdf", "/api/v1/purchase-orders/PO-120/order.pdf"):
        answer = shop.client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF-")
    assert shop.client.get("/purchasing/none/order.pdf").status_code == 404


def test_stock_is_filtered_and_its_file_has_what_the_page_has(shop: Factory, watched: Watched) -> None:
    page = watched.open(f"{shop.url}/stock")
    rows = {each["part_number"]: each for each in shop.get("/stock/parts")}
    expect(page.locator("tbody tr")).to_have_count(len(rows))
    page.get_by_label("Words of number or name").fill("resistor")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody th a")).to_have_text(["R-0402-10K"])
    page.goto(f"{shop.url}/stock?show=short")
    short = [number for number, each in rows.items() if Decimal(each["available"]) < 0]
    expect(page.locator("tbody th a")).to_have_text(sorted(short))
    answer = shop.client.get("/stock?format=csv&columns=part,on_hand,available")
    lines = answer.text.splitlines()
    assert lines[0].lstrip("\ufeff") == "part,on_hand,available"
    wire = rows["WIRE-05-RED"]
    assert f"WIRE-05-RED,{wire['on_hand']},{wire['available']}" in [each.replace("'", "") for each in lines]


def test_points_of_quantities_stand_above_each_other(shop: Factory, watched: Watched) -> None:
    page = watched.open(f"{shop.url}/stock?columns=part,reserved")
    places = page.locator("td .quantity").evaluate_all(
        """(all) => all.map((each) => {
          const text = each.firstChild, range = document.createRange();
          const digits = text.data.replace(/[\\u2007\\u2008]+$/, "");
          const at = digits.indexOf(".") < 0 ? digits.length : digits.indexOf(".");
          range.setStart(text, 0); range.setEnd(text, at);
          return Math.round(range.getBoundingClientRect().right);
        })"""
    )
    assert len(places) >= 3
    assert max(places) - min(places) <= 1


def test_stock_is_moved_and_a_mistake_taken_back(shop: Factory, watched: Watched) -> None:
    page = ready(watched.open(f"{shop.url}/stock/parts/U-LDO-3V3"))
    page.get_by_role("link", name="Transfer").click()
    page.get_by_label("Quantity").fill("1000")
    page.get_by_label("To", exact=True).select_option("Shelf B2")
    page.get_by_role("button", name="Post it").click()
    expect(page.locator(".field-error")).to_contain_text("Stock holds 40 pcs of U-LDO-3V3, not 1000")
    page.get_by_label("Quantity").fill("15")
    page.get_by_role("button", name="Post it").click()
    expect(page.locator(".stock-figures")).to_contain_text("At Shelf B2")
    page.get_by_role("link", name="Adjust").click()
    page.get_by_label("Difference").fill("−3")
    page.get_by_role("button", name="Post it").click()
    expect(page.locator(".field-error")).to_have_text("An adjustment needs a reason.")
    page.get_by_label("Reason").fill("dropped")
    page.get_by_role("button", name="Post it").click()
    expect(page.locator("[data-live=ledger] tbody tr").first).to_contain_text("dropped")
    page.locator("[data-live=ledger] tbody th a").first.click()
    page.get_by_label("Reason").fill("they were found")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("h1")).to_contain_text("Counter-entry")
    stock = shop.get("/stock/parts/U-LDO-3V3")["stock"]
    assert [(each["location"], each["quantity"]) for each in stock["places"]] == [
        ("Stock", "25"), ("Shelf B2", "15"),
    ]  # fmt: skip


def test_a_location_is_added_and_counted(shop: Factory, watched: Watched) -> None:
    page = ready(watched.open(f"{shop.url}/stock/locations"))
    page.get_by_label("Name").fill("Shelf B2")
    page.get_by_role("button", name="Add the location").click()
    expect(page.locator(".field-error")).to_contain_text("exists already")
    page.get_by_label("Name").fill("Cage 1")
    page.get_by_role("button", name="Add the location").click()
    expect(page.locator("tbody")).to_contain_text("Cage 1")
    page.locator("tr", has_text="Cage 1").get_by_role("link", name="Count").click()
    expect(page.locator(".empty")).to_contain_text("Nothing should be here")
    page.get_by_label("Another part that was found").fill("WIRE-05-RED")
    page.get_by_role("button", name="Add it to the sheet").click()
    page.get_by_label("Counted of WIRE-05-RED").fill("a few")
    page.get_by_role("button", name="Show the differences").click()
    expect(page.locator(".field-error")).to_contain_text("plain decimal number")
    page.get_by_label("Counted of WIRE-05-RED").fill("7.5")
    page.get_by_role("button", name="Show the differences").click()
    expect(page.locator(".notice")).to_contain_text("1 part is not as it should be. Nothing was posted yet.")
    expect(page.locator("tbody tr")).to_contain_text("+7.5 m")
    body = {"kind": "receipt", "part_number": "WIRE-05-RED", "quantity": 1, "location": "Cage 1"}
    shop.client.post("/api/v1/stock/postings", json=body).raise_for_status()
    page.get_by_role("button", name="Post the count").click()
    expect(page.get_by_role("alert")).to_contain_text("WIRE-05-RED moved at Cage 1")
    page.get_by_role("button", name="Show the differences").click()
    page.get_by_role("button", name="Post the count").click()
    assert "Cage 1 was counted: 1 of 1 part was not as it should be." in said(page)
    assert shop.get("/stock?location=Cage 1")[0]["quantity"] == "7.5"


@pytest.mark.parametrize("first", [1, 2])
def test_a_ledger_is_paged_without_losing_a_line(shop: Factory, first: int) -> None:
    part = f"FLIP-{first}"
    shop.client.post("/api/v1/parts", json={"part_number": part, "name": "Flip", "kind": "part"})
    here, there = "Stock", "Untested"
    receipt = {"kind": "receipt", "part_number": part, "quantity": 1}
    shop.client.post("/api/v1/stock/postings", json=receipt).raise_for_status()
    for _ in range(52):
        body = {
            "kind": "transfer",
            "part_number": part,
            "quantity": 1,
            "location": here,
            "to_location": there,
        }
        shop.client.post("/api/v1/stock/postings", json=body).raise_for_status()
        here, there = there, here
    # With one more line above them, a page would end between the two lines of a transfer.
    for _ in range(first - 1):
        shop.client.post("/api/v1/stock/postings", json=receipt).raise_for_status()
    seen: list[str] = []
    address = f"/stock/parts/{part}"
    while address:
        ledger = shop.client.get(address).text.partition('data-live="ledger"')[2]
        seen += re.findall(r'<tr data-key="([^"]+)"', ledger)
        onward = re.search(r'href="([^"]*before=[^"]*)"', ledger)
        address = unescape(onward[1]) if onward else ""
    assert len(seen) == len(set(seen)) == first + 2 * 52


def test_a_large_location_is_counted_sheet_by_sheet(shop: Factory) -> None:
    names = [f"BULK-{number:03d}" for number in range(A_SHEET + 2)]
    for name in names:
        body = {"part_number": name, "name": "Bulk", "kind": "part"}
        shop.client.post("/api/v1/parts", json=body).raise_for_status()
    shop.client.post("/api/v1/locations", json={"name": "Hall"}).raise_for_status()
    lines = [{"part_number": name, "quantity": int(name != "BULK-007")} for name in names]
    body = {"location": "Hall", "lines": lines}
    shop.client.post("/api/v1/stock/counts", json=body).raise_for_status()
    seen: list[str] = []
    address = "/stock/count?location=Hall"
    while address:
        text = shop.client.get(address).text
        seen += re.findall(r'name="seen:(BULK-\d+)"', text)
        onward = re.search(r'href="(/stock/count[^"]*after=[^"]*)"', text)
        address = unescape(onward[1]) if onward else ""
    assert seen == [name for name in names if name != "BULK-007"], "nothing that lies there is left out"


def test_a_supplier_is_added_and_changed(shop: Factory, watched: Watched) -> None:
    page = watched.open(f"{shop.url}/new/supplier")
    page.get_by_label("Name").fill(HOSTILE)
    page.get_by_label("Currency").fill("euro")
    page.get_by_label("Lead time in days").fill("soon")
    page.get_by_role("button", name="Add the supplier").click()
    page.get_by_label("Lead time in days").fill("5")
    page.get_by_label("Currency").fill("EUR")
    page.get_by_role("button", name="Add the supplier").click()
    expect(page.locator("h1")).to_have_text(HOSTILE)
    page.get_by_label("Contact").fill("Ms. N")
    page.get_by_label("New orders").select_option("no")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice")).to_contain_text("It takes no new orders.")
    page.goto(f"{shop.url}/suppliers")
    expect(page.locator("tbody")).to_contain_text(HOSTILE)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_fits_and_axe_finds_nothing_serious(
    shop: Factory, axe: str, chromium: Browser, theme: str
) -> None:
    context = chromium.new_context(locale="en-GB", color_scheme="dark" if theme == "dark" else "light")
    watched = watch(context)
    page = watched.open(shop.url)
    for path in PATHS if theme == "light" else PATHS[:3]:
        page.set_viewport_size({"width": 1280, "height": 800})
        answer = page.goto(shop.url + path)
        assert answer is not None
        assert answer.status == 200, path
        assert serious(page, axe) == [], path
        assert fits(page), path
    context.close()
    assert watched.faults() == {}


def test_the_count_sheet_is_printed_without_the_frame(shop: Factory, watched: Watched) -> None:
    page = watched.open(f"{shop.url}/stock/count?location=Stock")
    page.emulate_media(media="print")
    expect(page.locator(".side")).to_be_hidden()
    expect(page.get_by_role("button", name="Show the differences")).to_be_hidden()
    expect(page.locator(".count-sheet")).to_contain_text("C-0402-100N")


@pytest.mark.parametrize(
    "path",
    ["/purchasing/none", "/suppliers/none", "/stock/parts/none", "/stock/postings/999999",
     "/purchasing/none/edit", "/stock?location=nowhere", "/purchasing/PO-118/lines/99"],
)  # fmt: skip
def test_what_is_not_there_is_said(shop: Factory, path: str) -> None:
    answer = shop.client.get(path)
    assert answer.status_code == 404
    assert "Nothing has this name" in answer.text
