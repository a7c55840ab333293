"""The catalogue's pages: parts, BOMs, routes, projects, as a planner uses them."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.browser import Watched
from tests.pages.conftest import HOSTILE, Factory, axe, ready
from tests.panel.test_access import serious

__all__ = ["axe"]


@pytest.fixture(scope="module")
def shelf(factory: Factory) -> Factory:
    """The factory with a board, its components and a project."""
    for number, name, kind, uom in (
        ("CT-R1", "Catalogue resistor", "part", "pcs"),
        ("CT-C1", "Catalogue capacitor", "part", "pcs"),
        ("CT-W1", "Catalogue wire", "part", "m"),
        ("CT-PCB", "Catalogue board", "pcba", "pcs"),
        ("CT-BOX", "Catalogue box", "assembly", "pcs"),
    ):
        body = {"part_number": number, "name": name, "kind": kind, "uom": uom}
        assert factory.client.post("/api/v1/parts", json=body).status_code in {201, 409}
    return factory


def saved(page: Page, text: str) -> None:
    """Wait for what is said after a form."""
    expect(page.locator(".toast")).to_contain_text(text)


def looked(factory: Factory, path: str) -> str:
    """Give what a signed-in browser is shown."""
    with factory.browser() as client:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


def lines(factory: Factory, part: str, **asked: str) -> list[tuple[str, str, str]]:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    found = factory.get(f"/parts/{part}/bom?{query}")["lines"]
    return [(each["part_number"], each["quantity"], each["designators"]) for each in found]


def test_the_list_narrows_while_somebody_types_and_its_address_says_so(
    shelf: Factory, watched: Watched
) -> None:
    page = ready(watched.open(f"{shelf.url}/parts"))
    page.get_by_placeholder("Number, name or words").press_sequentially("catal bo")
    rows = page.locator("[data-narrowed] tbody tr")
    expect(rows).to_have_count(2)
    expect(page).to_have_url(re.compile(r"q=catal\+bo"))
    page.get_by_role("link", name=re.compile("^Assembly")).click()
    expect(page.locator("[data-narrowed] tbody tr")).to_have_count(1)
    expect(page.locator("[data-narrowed] tbody th")).to_contain_text("CT-BOX")
    ready(page)
    page.get_by_placeholder("Number, name or words").fill("nothing like this")
    expect(page.locator(".empty")).to_contain_text("No part fits")
    csv = looked(shelf, "/parts?q=catal&kind=part&format=csv&columns=part_number,kind,uom")
    assert csv.splitlines()[0].lstrip("\ufeff") == "part_number,kind,uom"
    assert [row.split(",")[0] for row in csv.splitlines()[1:]] == ["CT-C1", "CT-R1", "CT-W1"]


def test_a_part_is_added_with_a_format_that_shows_what_it_makes(shelf: Factory, watched: Watched) -> None:
    page = ready(watched.open(f"{shelf.url}/new/part"))
    page.get_by_label("Part number", exact=True).fill("CT-NEW")
    expect(page.locator(".format-examples code").first).to_have_text("CT-NEW-000001")
    page.get_by_label("Serial-number format").fill("N{YY}{WW}{N4}{CHECK}")
    expect(page.locator(".format-examples code").first).to_have_text(re.compile(r"^N\d{4}0001\d$"))
    page.get_by_label("Serial-number format").fill("N{WW}{N4}")
    expect(page.locator(".format-error")).to_contain_text("A week without its year")
    page.get_by_label("Name").fill("New one")
    page.get_by_label("Revision").fill("a b")
    page.get_by_role("button", name="Add the part").click()
    expect(page.locator(".field-error:visible")).to_have_count(2)
    page.get_by_label("Revision").fill("A")
    page.get_by_label("Serial-number format").fill("N{YYYY}-{N4}")
    page.get_by_label("Route").fill("ICT, (Burn-in), FCT")
    page.get_by_label("Project").fill("Catalogue project")
    page.get_by_role("button", name="Add the part").click()
    saved(page, "Part CT-NEW was added.")
    expect(page.locator(".route").first).to_contain_text("(Burn-in)")
    expect(page.locator(".pieces")).to_contain_text("year of the day it is made")
    made = shelf.get("/parts/CT-NEW")
    assert (made["revision"], made["project"], made["optional"]) == ("A", "Catalogue project", ["Burn-in"])


def test_a_change_that_crosses_another_one_loses_neither(shelf: Factory, watched: Watched) -> None:
    page = ready(watched.open(f"{shelf.url}/parts/CT-C1/edit"))
    expect(page.get_by_label("Name")).to_have_value("Catalogue capacitor")
    shelf.client.patch("/api/v1/parts/CT-C1", json={"description": "X7R"})
    page.get_by_label("Status").select_option("not_for_new")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed this meanwhile")
    expect(page.locator("#theirs-description")).to_contain_text("X7R")
    page.get_by_label("Description").fill("X7R")
    page.get_by_role("button", name="Save").click()
    saved(page, "Part CT-C1 was changed.")
    made = shelf.get("/parts/CT-C1")
    assert (made["description"], made["status"]) == ("X7R", "not_for_new")


def test_a_bom_is_written_line_by_line_and_mended(shelf: Factory, watched: Watched) -> None:
    page = ready(watched.open(f"{shelf.url}/parts/CT-PCB/bom"))
    expect(page.locator(".empty")).to_contain_text("has no BOM yet")
    field = page.get_by_role("combobox", name="Component")
    field.press_sequentially("ct-r")
    expect(page.locator(".pick-list").get_by_role("option")).to_have_count(1)
    field.press("Enter")
    page.get_by_role("textbox", name="Per unit").fill("3")
    page.get_by_role("textbox", name="Reference designators").fill("R1-R2")
    page.get_by_role("button", name="Add the line").click()
    expect(page.get_by_role("alert")).to_contain_text("2 designators for a quantity of 3")
    expect(page.get_by_role("combobox", name="Component")).to_have_value("CT-R1")
    page.get_by_role("textbox", name="Reference designators").fill("R1-R3")
    page.get_by_role("textbox", name="Attrition").fill("0.5%")
    page.get_by_role("button", name="Add the line").click()
    saved(page, "CT-R1 was added")
    expect(page.locator(".bom-list tbody tr")).to_contain_text("R1-R3")
    page.get_by_role("combobox", name="Component").fill("CT-W1")
    page.get_by_role("textbox", name="Per unit").fill("0.25")
    page.get_by_role("button", name="Add the line").click()
    saved(page, "CT-W1 was added")
    page.get_by_role("link", name="Change the line of CT-R1").click()
    expect(page.get_by_role("textbox", name="Attrition")).to_have_value("0.5%")
    page.get_by_role("textbox", name="Per unit").fill("2")
    page.get_by_role("textbox", name="Reference designators").fill("R1 R9")
    page.get_by_role("button", name="Save the line").click()
    saved(page, "The line of CT-R1 was changed")
    assert lines(shelf, "CT-PCB") == [("CT-R1", "2", "R1,R9"), ("CT-W1", "0.25", "")]
    page.get_by_role("link", name="Change the line of CT-W1").click()
    page.get_by_role("button", name="Take it out").click()
    saved(page, "CT-W1 was taken out")
    assert lines(shelf, "CT-PCB") == [("CT-R1", "2", "R1,R9")]


def test_a_file_is_taken_in_exactly_as_it_was_shown(shelf: Factory, watched: Watched, tmp_path: Path) -> None:
    """A file as a spreadsheet on Windows writes it: semicolons, decimal commas, no UTF-8."""
    body = {"part_number": "CT-Ü", "name": "nothing", "kind": "part"}
    assert shelf.client.post("/api/v1/parts", json=body).status_code == 422
    shelf.client.patch("/api/v1/parts/CT-W1", json={"name": "Überlanger Draht"})
    file = tmp_path / "bom.csv"
    file.write_bytes(
        "Teilenummer;Menge;Ausschuss;Ref;Bemerkung\r\nCT-R1;2;0,5%;R1 R2;ü\r\nCT-W1;0,75;;;\r\n"
        "CT-NONE;1;;;\r\nCT-C1;1.250;;;\r\n".encode("windows-1252")
    )
    page = ready(watched.open(f"{shelf.url}/parts/CT-BOX/bom/import"))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Take a file").click()
    chooser.value.set_files(file)
    expect(page.get_by_label("The text of the file")).to_have_value(re.compile("CT-R1;2;0,5%;R1 R2;ü"))
    page.get_by_role("button", name="Look at every row").click()
    expect(page.locator(".fate-error")).to_have_count(2)
    expect(page.locator(".fate-error").first).to_contain_text("part CT-NONE does not exist")
    expect(page.locator(".fate-error").last).to_contain_text("may set thousands apart: write 1250")
    expect(page.get_by_role("button", name="Do exactly this")).to_have_count(0)
    assert lines(shelf, "CT-BOX") == []
    text = page.get_by_label("The text of the file").input_value()
    page.get_by_label("The text of the file").fill(text.split("CT-NONE")[0])
    page.get_by_role("button", name="Look at every row").click()
    expect(page.locator(".fate-new")).to_have_count(2)
    expect(page.locator(".fate-new").first).to_contain_text("0.5")
    # Meanwhile somebody else adds a line: what was shown is no longer what would be done.
    line = {"component": "CT-PCB", "quantity": 1}
    assert shelf.client.put("/api/v1/parts/CT-BOX/bom/lines", json=line).status_code == 200
    page.get_by_role("button", name="Do exactly this").click()
    expect(page.get_by_role("alert")).to_contain_text("would no longer become what the preview showed")
    expect(page.locator(".fate-removed")).to_contain_text("CT-PCB")
    page.get_by_role("button", name="Do exactly this").click()
    saved(page, "The BOM was imported: 2 lines.")
    assert lines(shelf, "CT-BOX") == [("CT-R1", "2", "R1,R2"), ("CT-W1", "0.75", "")]
    # What is exported is taken in again, and nothing changes.
    csv = looked(shelf, "/parts/CT-BOX/bom?format=csv")
    again = shelf.client.post("/api/v1/parts/CT-BOX/bom/preview", json={"csv": csv}).json()
    assert (again["ok"], again["counts"]["same"], len(again["rows"])) == (True, 2, 2)


def test_two_revisions_are_compared_and_the_tree_is_walked(shelf: Factory, watched: Watched) -> None:
    for part, component, quantity in (("CT-PCB", "CT-R1", 2), ("CT-BOX", "CT-PCB", 3)):
        line = {"component": component, "quantity": quantity}
        assert shelf.client.put(f"/api/v1/parts/{part}/bom/lines", json=line).status_code == 200
    page = ready(watched.open(f"{shelf.url}/parts/CT-PCB/edit"))
    page.get_by_label("Revision").fill("B")
    page.get_by_role("button", name="Save").click()
    saved(page, "was changed")
    line = {"component": "CT-W1", "quantity": "0.5"}
    assert shelf.client.put("/api/v1/parts/CT-PCB/bom/lines", json=line).status_code == 200
    page.goto(f"{shelf.url}/parts/CT-PCB/bom/compare")
    expect(page.locator(".fate-added")).to_contain_text("CT-W1")
    expect(page.locator(".fate-same")).to_contain_text("CT-R1")
    page.get_by_label("From revision").select_option("B")
    page.get_by_label("to revision").select_option("-")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".fate-removed")).to_contain_text("CT-W1")
    page.goto(f"{shelf.url}/parts/CT-W1/where-used")
    expect(page.locator(".tree-1").first).to_contain_text("CT-BOX")
    expect(page.locator(".tree-2").first).to_contain_text("CT-BOX")
    expect(page.locator(".tree-2").first).to_contain_text("1.5 in all")


def test_a_route_is_edited_by_keyboard_and_released_lots_keep_theirs(
    shelf: Factory, watched: Watched
) -> None:
    body = {"part_number": "CT-RT", "name": "Routed", "operations": ["ICT", "FCT"]}
    assert shelf.client.post("/api/v1/parts", json=body).status_code == 201
    lot = {"lot": "CT-RT-L1", "part_number": "CT-RT", "target": 1}
    assert shelf.client.post("/api/v1/lots", json=lot).status_code == 201
    page = ready(watched.open(f"{shelf.url}/parts/CT-RT/route"))
    page.get_by_role("button", name="Add an operation").click()
    expect(page.get_by_label("Operation 3")).to_be_focused()
    page.keyboard.type("Burn-in")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_label("Operation 2")).to_be_focused()
    expect(page.get_by_label("Operation 2")).to_have_value("Burn-in")
    expect(page.locator("[data-operations-said]")).to_have_text("Burn-in is now operation 2")
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_label("Operation 2").press("Enter")
    saved(page, "The route is saved as version 2. Released lots keep theirs.")
    expect(page.locator(".versions")).to_contain_text("CT-RT-L1")
    expect(page.locator(".notice")).to_contain_text("One open lot follows another version")
    made = shelf.get("/parts/CT-RT/route")
    assert [(each["operation"], each["optional"]) for each in made["operations"]] == [
        ("ICT", False), ("Burn-in", True), ("FCT", False),
    ]  # fmt: skip
    assert shelf.get("/lots/CT-RT-L1/route")["version"] == 1
    page.get_by_role("button", name="Move down").first.click()
    expect(page.get_by_label("Operation 2")).to_have_value("ICT")
    page.get_by_role("button", name="Take it out").first.click()
    expect(page.get_by_label("Operation 1")).to_have_value("ICT")
    page.get_by_label("Operation 2").fill("ICT")
    page.get_by_role("button", name="Save the route").click()
    expect(page.get_by_role("alert")).to_contain_text("ICT stands twice")
    # Somebody else was quicker: theirs is not overwritten.
    newer = {"operations": [{"operation": "Final"}]}
    assert shelf.client.put("/api/v1/parts/CT-RT/route", json=newer).status_code == 200
    page.get_by_label("Operation 2").fill("FCT")
    page.get_by_role("button", name="Save the route").click()
    expect(page.get_by_role("alert")).to_contain_text("changed by somebody else")
    assert shelf.get("/parts/CT-RT/route")["version"] == 3


def test_without_a_script_the_same_buttons_move_the_lines(shelf: Factory) -> None:
    body = {"part_number": "CT-PLAIN", "name": "Plain", "operations": ["A", "B"]}
    assert shelf.client.post("/api/v1/parts", json=body).status_code in {201, 409}
    address = "/parts/CT-PLAIN/route"
    with shelf.browser(origin=shelf.url) as client:
        found = re.search(r'name="form_key" value="([0-9a-f]{64})"', client.get(address).text)
        assert found is not None

        def press(do: str, *names: str) -> httpx.Response:
            fields = {f"operation-{at}": name for at, name in enumerate(names)}
            return client.post(address, data={"form_key": found[1], "do": do, "base": "1", **fields})

        def shown(answer: httpx.Response) -> list[str]:
            return re.findall(r'name="operation-\d+" value="([^"]*)"', answer.text)

        assert shown(press("down-0", "A", "B")) == ["B", "A"]
        assert shown(press("up-1", "A", "B", "C")) == ["B", "A", "C"]
        assert shown(press("remove-0", "A", "B")) == ["B"]
        assert shown(press("add", "A", "B")) == ["A", "B", ""]
        assert shown(press("up-0", "A", "B")) == shown(press("down-99", "A", "B")) == ["A", "B"]
        assert shelf.get("/parts/CT-PLAIN/route")["version"] == 1
        assert press("save", "B", "", "A").status_code == 303
        assert shelf.get("/parts/CT-PLAIN")["operations"] == ["B", "A"]


def test_a_project_is_created_changed_closed_and_holds_what_is_its(shelf: Factory, watched: Watched) -> None:
    page = ready(watched.open(f"{shelf.url}/new/project"))
    page.get_by_role("button", name="Create the project").click()
    expect(page.get_by_role("alert")).to_contain_text("A project needs a name")
    page.get_by_label("Name").fill("Crane/2 ü")
    page.get_by_label("Customer").fill("Port")
    page.get_by_role("button", name="Create the project").click()
    saved(page, "Project Crane/2 ü was created.")
    for lot, planned in (("CT-PR-1", False), ("CT-PR-2", True)):
        body = {"lot": lot, "part_number": "CT-PCB", "target": 7, "project": "Crane/2 ü", "planned": planned}
        assert shelf.client.post("/api/v1/lots", json=body).status_code == 201
    shelf.client.patch("/api/v1/parts/CT-PCB", json={"project": "Crane/2 ü"})
    supplier = shelf.client.post("/api/v1/suppliers", json={"name": "CT supplier"})
    assert supplier.status_code in {201, 409}, supplier.text
    order = {"number": "CT-PO-1", "supplier": "CT supplier", "project": "Crane/2 ü", "currency": "EUR"}
    answer = shelf.client.post("/api/v1/purchase-orders", json=order)
    assert answer.status_code == 201, answer.text
    page.reload()
    expect(page.locator(".figures")).to_contain_text("of 14")
    expect(page.locator("[data-live=lots] tbody tr")).to_have_count(2)
    expect(page.locator("[data-live=parts]")).to_contain_text("CT-PCB")
    expect(page.locator("[data-live=orders]")).to_contain_text("CT-PO-1")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Description").fill("Second crane")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notes-text")).to_have_text("Second crane")
    page.get_by_role("button", name="Close the project").click()
    saved(page, "is closed")
    body = {"lot": "CT-PR-3", "part_number": "CT-PCB", "target": 1, "project": "Crane/2 ü"}
    assert shelf.client.post("/api/v1/lots", json=body).status_code == 422
    page.get_by_role("navigation", name="Lotline").get_by_role("link", name="Projects").click()
    expect(page.locator("tbody")).not_to_contain_text("Crane/2")
    page.get_by_role("link", name=re.compile("^All")).click()
    expect(page.locator("tbody")).to_contain_text("Crane/2 ü")
    page.get_by_role("link", name="Crane/2 ü").click()
    page.get_by_role("button", name="Open it again").click()
    saved(page, "is open again")


PLACES = (
    "/parts", "/new/part", "/parts/CT-PCB", "/parts/CT-PCB/edit", "/parts/CT-PCB/bom",
    "/parts/CT-PCB/bom/import", "/parts/CT-PCB/bom/compare", "/parts/CT-PCB/where-used",
    "/parts/CT-PCB/route", "/parts/CT-PCB/lots", "/projects", "/projects/Harbour", "/new/project",
)  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_the_catalogue_can_be_read_and_fits_a_phone(
    shelf: Factory, watched: Watched, axe: str, theme: str
) -> None:
    for place in PLACES:
        page = watched.open(shelf.url + place, width=390, height=844)
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert serious(page, axe) == [], place
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, (place, wide)
        page.close()


def test_what_people_type_is_only_ever_text(shelf: Factory, watched: Watched) -> None:
    body = {"part_number": "CT-EVIL", "name": HOSTILE, "description": HOSTILE, "project": HOSTILE}
    assert shelf.client.post("/api/v1/parts", json=body).status_code in {201, 409}
    line = {"component": "CT-EVIL", "quantity": 1}
    assert shelf.client.put("/api/v1/parts/CT-BOX/bom/lines", json=line).status_code == 200
    for place in (
        "/parts?q=CT-EVIL", "/parts/CT-EVIL", "/parts/CT-EVIL/edit", "/parts/CT-BOX/bom",
        "/parts/CT-EVIL/where-used", "/projects", "/projects/%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
    ):  # fmt: skip
        page = watched.open(shelf.url + place)
        expect(page.locator("main")).to_contain_text("<img src=x")
        assert page.locator("main img").count() == 0
        page.close()
