"""What people do with a unit on its page, and its traveler."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser import Watched
from tests.pages.conftest import Factory
from tests.pages.pdf_text import pdf_text
from tests.panel.test_access import serious

from lotline_server.web.pdf_fonts import find_font

UNIT, BOARD, SPARE = "GW2-000008", "GW2-000009", "GW2-000010"


def opened(page: Page, name: str) -> Locator:
    """Open the form of an action, and give it."""
    page.locator(f"#act-{name} > summary").click()
    return page.locator(f"#act-{name} form")


def send(form: Locator) -> None:
    """Send it."""
    form.locator("button").click()


def test_a_hold_is_said_everywhere_until_it_is_released(factory: Factory, watched: Watched) -> None:
    """With a reason: without one the form stays, says so, and nothing happened."""
    page = watched.open(f"{factory.url}/units/{UNIT}")
    form = opened(page, "hold")
    send(form)
    expect(page.locator("#form-errors")).to_contain_text("Nothing was changed yet")
    expect(page.locator("#act-hold form")).to_be_visible()
    form = page.locator("#act-hold form")
    form.get_by_label("Reason").fill("burnt smell")
    send(form)
    expect(page.locator(".toast")).to_contain_text(f"{UNIT} is on hold.")
    expect(page.locator("header.head")).to_contain_text("On hold")
    expect(page.locator("p.notice.is-attention")).to_contain_text("every station refuses it: burnt smell")
    form = opened(page, "release")
    form.get_by_label("Reason").fill("it was the soldering iron")
    send(form)
    expect(page.locator("header.head")).not_to_contain_text("On hold")
    expect(page.get_by_role("heading", name="What was said of it")).to_be_visible()
    expect(page.locator("[data-live=events] tbody tr").first).to_contain_text("it was the soldering iron")


def test_values_are_attached_and_judged_and_what_is_none_is_refused_beside_its_field(
    factory: Factory, watched: Watched
) -> None:
    """The decimal comma too."""
    page = watched.open(f"{factory.url}/units/{UNIT}")
    form = opened(page, "data")
    form.get_by_label("Measurement").fill("Screw torque")
    form.get_by_label("Value").fill("0,61")
    form.get_by_label("Upper limit").fill("0.55")
    send(form)
    expect(page.locator("#form-errors")).to_contain_text("a limit on a number needs a uom")
    form = page.locator("#act-data form")
    expect(form.get_by_label("Value")).to_have_value("0,61")
    form.get_by_label("Uom").fill("Nm")
    send(form)
    expect(page.locator(".toast")).to_contain_text("was attached")
    run = page.locator(".run", has_text="Attached by hand").first
    run.locator("summary").first.click()
    expect(run).to_contain_text("Screw torque")
    expect(run).to_contain_text("0.06\u00a0Nm over")
    expect(page.locator("header.head .chip").first).to_have_text("Completed")


def test_a_vector_is_pasted_and_drawn_and_a_file_comes_back(
    factory: Factory, watched: Watched, tmp_path: Path
) -> None:
    """A CSV file serves as well as the clipboard."""
    page = watched.open(f"{factory.url}/units/{BOARD}")
    form = opened(page, "vector")
    form.get_by_label("Measurement").fill("Ramp")
    form.get_by_label("Points").fill("t,U\n0,0\n1,five")
    send(form)
    expect(page.locator("#act-vector")).to_contain_text("Line 3: '1,five'")
    table = tmp_path / "ramp.csv"
    table.write_text("t,U\n" + "\n".join(f"{at},{at / 10}" for at in range(50)))
    form = page.locator("#act-vector form")
    form.get_by_label("Points").fill("")
    form.get_by_label("CSV file").set_input_files(table)
    form.get_by_label("Uom", exact=False).first.fill("V")
    send(form)
    expect(page.locator(".toast")).to_contain_text("The vector was attached")
    form = opened(page, "file")
    form.get_by_label("File").set_input_files(table)
    send(form)
    expect(page.locator(".toast")).to_contain_text("The file was attached")
    runs = factory.get(f"/units/{BOARD}")["runs"]
    ramp = next(each for each in runs if each["record"]["steps"][0]["name"] == "Ramp")
    page.goto(f"{factory.url}/units/{BOARD}?run={ramp['row']['run_id']}")
    expect(page.locator(".run[open] .wave h3")).to_have_text("Ramp")
    run = page.locator(".run", has_text="ramp.csv").first
    run.locator("summary").first.click()
    with page.expect_download() as download:
        run.get_by_role("link", name="ramp.csv").click()
    assert Path(download.value.path()).read_bytes() == table.read_bytes()


def test_a_board_is_built_in_and_replaced_and_both_pages_say_so(factory: Factory, watched: Watched) -> None:
    """The one that was taken out is kept in the record."""
    page = watched.open(f"{factory.url}/units/{UNIT}")
    form = opened(page, "sub")
    form.get_by_label("Serial number").fill("nobody")
    send(form)
    expect(page.locator("#act-sub")).to_contain_text("Unit nobody does not exist.")
    form = page.locator("#act-sub form")
    form.get_by_label("Serial number").fill(BOARD)
    form.get_by_label("Place").fill("J4")
    send(form)
    row = page.locator("tr", has_text=BOARD).first
    expect(row).to_contain_text("J4")
    row.get_by_text("Take out").first.click()
    row.get_by_label("Reason").fill("C12 burnt")
    row.get_by_label("Replaced by").fill(SPARE)
    row.get_by_role("button", name="Take out").click()
    expect(page.locator("tr", has_text=SPARE).first).to_contain_text("J4")
    page.goto(f"{factory.url}/units/{SPARE}")
    expect(page.locator(".sits")).to_contain_text(UNIT)
    page.goto(f"{factory.url}/units/{BOARD}")
    page.get_by_text("What was before").click()
    expect(page.locator("tr", has_text="C12 burnt").first).to_contain_text(UNIT)


def test_scrap_asks_for_the_units_name(factory: Factory, watched: Watched) -> None:
    """And can be taken back."""
    page = watched.open(f"{factory.url}/units/GW2-000006")
    form = opened(page, "scrap")
    form.get_by_label("Reason").fill("bent")
    form.get_by_label("Serial number").fill("GW2-000005")
    send(form)
    expect(page.locator("#act-scrap")).to_contain_text("Type GW2-000006")
    form = page.locator("#act-scrap form")
    form.get_by_label("Serial number").fill("GW2-000006")
    send(form)
    expect(page.locator("header.head .chip").first).to_have_text("Scrapped")
    form = opened(page, "unscrap")
    form.get_by_label("Reason").fill("it was another one")
    send(form)
    expect(page.locator("header.head .chip").first).to_have_text("Completed")


def test_a_mark_is_set_and_withdrawn(factory: Factory, watched: Watched) -> None:
    """It says by hand where a run would say how often."""
    factory.run("lot", "create", "MARKS", "--part", "GW2", "--target", "2", "--serials", "2")
    serial = factory.get("/lots/MARKS/units")[0]["serial_number"]
    page = watched.open(f"{factory.url}/units/{serial}")
    form = opened(page, "mark")
    form.get_by_label("Reason").fill("tested by the customer")
    send(form)
    expect(page.locator("header.head .chip").first).to_have_text("Completed")
    expect(page.locator(".dot")).to_contain_text("marked by hand")
    form = opened(page, "withdraw")
    form.get_by_label("Reason").fill("a mistake")
    send(form)
    expect(page.locator("header.head .chip").first).to_have_text("Planned")


def test_every_form_is_readable_by_everybody(factory: Factory, watched: Watched, axe: str) -> None:
    """Open, on a desk and on a phone, without a serious violation and without overflow."""
    page = watched.open(f"{factory.url}/units/GW2-000002")
    for summary in page.locator(".act > summary").all():
        summary.click()
        assert serious(page, axe) == []
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
        summary.click()


HARD = '<img src=x onerror=alert(1)> Ωµ Ž 中 \u05d0 "%_'


def test_the_traveler_says_everything_as_a_page_and_as_a_pdf_whatever_the_letters(
    factory: Factory, watched: Watched
) -> None:
    """Text stays text, a letter that the font lacks is written as its code, and nothing is left out."""
    serial = "GW2-000003"
    body = {"action": "hold", "serial_numbers": [serial], "reason": HARD}
    factory.client.post("/api/v1/units/actions", json=body).raise_for_status()
    factory.client.post(
        f"/api/v1/units/{serial}/files", params={"name": "Prüfbericht.pdf"}, content=b"x",
        headers={"Content-Type": "application/octet-stream"},
    ).raise_for_status()  # fmt: skip
    page = watched.open(f"{factory.url}/traveler?serial_number={serial}")
    text = page.locator("main").inner_text()
    with factory.browser() as client:
        answer = client.get("/traveler.pdf", params={"serial_number": serial})
        assert client.get("/traveler", params={"serial_number": "nobody"}).status_code == 404
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="traveler-GW2_000003.pdf"'
    written = re.sub(r"\s+", " ", pdf_text(answer.content))
    for said in (serial, "L1", "FCT", "rail_3v3", "ripple_3v3", "Prüfbericht.pdf", "Put on hold", "34465A"):
        assert said in text or said == "34465A", said
        assert said in written, said
    assert HARD in text
    if find_font() is not None:
        assert '<img src=x onerror=alert(1)> Ωµ Ž [U+4E2D] \u05d0 "%_' in written
    for value in factory.get(f"/units/{serial}")["runs"][-1]["record"]["steps"][0]["measurements"]:
        assert value["name"] in written
    again = factory.client.get(f"/api/v1/travelers/{serial}")
    assert pdf_text(again.content).splitlines()[0] == serial
    assert factory.client.get("/api/v1/travelers/nobody").status_code == 404


@pytest.mark.parametrize("address", ["/traveler", "/traveler.pdf"])
def test_a_traveler_is_there_for_a_serial_number_that_no_address_can_hold(
    factory: Factory, hostile: str, address: str
) -> None:
    """Whatever is in it."""
    with factory.browser() as client:
        for serial in ("..", hostile, "%_", "a/b?c#d"):
            answer = client.get(f"{address}?serial_number={quote(serial, safe='')}")
            assert answer.status_code == 200, serial


def test_a_form_of_another_site_attaches_nothing(factory: Factory) -> None:
    """Nor one without our key."""
    files = {"file": ("x.txt", b"x", "text/plain")}
    fields = {"serial_number": "GW2-000001"}
    before = len(factory.get("/units/GW2-000001")["runs"])
    asked: tuple[tuple[dict[str, str], int], ...] = (
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": factory.url}, 422),
    )
    for headers, status in asked:
        with factory.browser(**headers) as client:
            assert client.post("/unit/file", data=fields, files=files).status_code == status
    assert len(factory.get("/units/GW2-000001")["runs"]) == before
