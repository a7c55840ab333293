"""A whole production, as its people play it: in the browser and at a station, counted along by hand."""

import re
import time
from collections.abc import Iterator
from decimal import Decimal
from math import ceil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser import Watched
from tests.system.factory_floor import BOM, Tally, is_sound, need, share

from lotline_agent.demo.line import ADMIN, Line
from lotline_agent.demo.processes import wait_until

SEED = 37
TARGET = 10
LOT = "LOT-PLAY"
SERIALS = [f"GW2-{number:06d}" for number in range(1, TARGET + 2)]
DEFECTIVE = [serial for serial in SERIALS if not is_sound(SEED, serial)]
AT_HAND = {"C-100N": Decimal(20), "R-10K": Decimal(0), "J-RJ45": Decimal(100)}


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    with Line(tmp_path, seed=SEED) as started:
        yield started


class Play:
    """The people of one factory at one browser, and the station beside them."""

    def __init__(self, line: Line, watched: Watched) -> None:
        self.line = line
        self.tally = Tally()
        self.came = dict(AT_HAND)
        self.page: Page = watched.open(f"{line.server_url}/sign-in", signed_in=False)

    def go(self, path: str) -> Page:
        """Open a page."""
        self.page.goto(self.line.server_url + path)
        return self.page

    def sign_in(self) -> None:
        self.page.get_by_label("Name").fill(ADMIN)
        self.page.get_by_label("Password").fill(self.line.password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page).to_have_url(f"{self.line.server_url}/")

    def add_parts(self) -> None:
        for number in BOM:
            page = self.go("/new/part")
            page.get_by_label("Part number").fill(number)
            page.get_by_label("Kind").select_option("part")
            page.get_by_label("Name").fill(f"Component {number}")
            page.get_by_role("button", name="Add the part").click()
            expect(page.locator("h1")).to_contain_text(number)
            if AT_HAND[number]:
                self.receive_by_hand(number, AT_HAND[number])

    def receive_by_hand(self, number: str, quantity: Decimal) -> None:
        page = self.go(f"/stock/move?kind=receipt&part={number}")
        page.get_by_label("Quantity").fill(str(quantity))
        page.get_by_role("button", name="Post it").click()
        expect(page.locator(".toast")).to_contain_text("was posted")

    def import_bom(self) -> None:
        rows = [
            "component;quantity;attrition;designators",
            "C-100N;4;;C1-C4",
            "R-10K;2;5%;R1 R2",
            "J-RJ45;1;;J1",
        ]
        page = self.go("/parts/GW2/bom/import")
        page.get_by_label("The text of the file").fill("\n".join(rows))
        page.get_by_role("button", name="Look at every row").click()
        expect(page.locator(".fate-new")).to_have_count(len(BOM))
        page.get_by_role("button", name="Do exactly this").click()
        expect(page.locator("main")).to_contain_text("C-100N")

    def create_lot(self) -> None:
        page = self.go("/new/lot")
        page.get_by_label("Part", exact=True).fill("GW2")
        page.get_by_label("Name").fill(LOT)
        page.get_by_label("Target").fill(str(TARGET))
        page.get_by_label("Project").fill("Harbour")
        page.get_by_label("Release").select_option("planned")
        page.get_by_role("button", name="Create the lot").click()
        expect(page.locator("h1")).to_contain_text(LOT)

    def add_supplier(self) -> None:
        page = self.go("/new/supplier")
        page.get_by_label("Name").fill("Lead Supplies")
        page.get_by_label("Currency").fill("EUR")
        page.get_by_role("button", name="Add the supplier").click()
        expect(page.locator("h1")).to_contain_text("Lead Supplies")

    def buy_what_is_short(self, short: dict[str, Decimal]) -> None:
        """Check the shortage against the tally, then order it, send, confirm and receive it."""
        page = self.go(f"/lots/{LOT}/bom")
        for part, quantity in short.items():
            assert amount(cell(page, part, "Short")) == quantity, part
        page.get_by_label("Supplier").select_option("Lead Supplies")
        page.get_by_role("button", name="Make a draft order").click()
        made = re.search(r"Draft order (\S+) was made", page.locator(".toast").inner_text())
        assert made is not None
        page = self.go(f"/purchasing/{made[1]}")
        expect(page.locator("h1 .chip")).to_have_text("Draft")
        # Nobody sells a part of a piece.
        ordered = {part: Decimal(ceil(quantity)) for part, quantity in short.items() if quantity}
        for part, quantity in ordered.items():
            assert amount(cell(page, part, "Ordered")) == quantity
        for step, done in (("Send", "It is sent"), ("Confirm", "It is confirmed")):
            page.get_by_role("link", name=step, exact=True).click()
            page.get_by_role("button", name=done).click()
        expect(page.locator("h1 .chip")).to_have_text("Confirmed")
        page.get_by_role("link", name="Receive", exact=True).click()
        page.get_by_label("Packing slip").fill("LS-1")
        page.get_by_role("button", name="Receive it").click()
        expect(page.locator("h1 .chip")).to_have_text("Received")
        for part, quantity in ordered.items():
            self.came[part] += quantity

    def act_on_the_lot(self, what: str) -> None:
        page = self.go(f"/lots/{LOT}")
        page.locator(".action > summary", has_text=what).click()
        page.locator(".action[open]").get_by_role("button", name=what).click()
        expect(page.locator(".toast")).to_be_visible()

    def create_serials(self, count: int) -> None:
        page = self.go(f"/lots/{LOT}/serials")
        page.locator("#create").get_by_label("How many").fill(str(count))
        page.locator("#create").get_by_role("button", name="Create").click()
        expect(page.locator(".toast")).to_be_visible()

    def print_labels(self) -> None:
        answer = self.page.request.get(f"{self.line.server_url}/lots/{LOT}/labels.pdf?chosen=yes&code=qr")
        assert answer.body().startswith(b"%PDF-")

    def test(self, serial_number: str) -> str:
        """Scan a unit at the station and give the word that its operator sees."""
        wait_until(
            lambda: self.line.station_knows(serial_number), 30.0, f"the station hearing of {serial_number}"
        )
        self.line.watcher.wait_ready()
        began = time.monotonic()
        self.line.bench.scan(serial_number)
        _, view = self.line.watcher.wait_verdict(serial_number, began)
        assert view.notice is None or view.notice.kind != "refused", view.notice
        if view.phase in {"PASS", "FAIL"}:
            self.tally.run(serial_number, view.phase == "PASS")
        return view.phase

    def runs_at_the_server(self, serial_number: str) -> int:
        """Count the runs of a unit that have arrived."""
        page = self.go(f"/units/{serial_number}")
        return page.locator(".run").count()

    def decide(self, serial_number: str, what: str, reason: str) -> None:
        """Do something with a unit on its page, for a reason."""
        page = self.go(f"/units/{serial_number}")
        box = page.locator(f"#act-{what}")
        box.locator("summary").click()
        box.get_by_label("Reason").fill(reason)
        if what == "scrap":
            box.get_by_label("Serial number").fill(serial_number)
        box.locator("form button").last.click()
        expect(page.locator(".toast")).to_be_visible()


def cell(page: Page, row: str, column: str) -> Locator:
    """Find a cell by the name of its row and the head of its column."""
    return page.locator("tr", has=page.get_by_role("rowheader", name=row)).locator(
        f'td[data-label="{column}"]'
    )


def amount(found: Locator) -> Decimal:
    """Read a quantity as it is written for people; a dash is none."""
    text = re.sub(r"[\s\u2007\u2008\u202f\u00a0]|[a-z]+$", "", found.inner_text().split("\n")[0])
    return Decimal(0) if text in {"", "–"} else Decimal(text.replace("−", "-"))


@pytest.mark.timeout(400)
def test_a_whole_production_from_the_bom_to_the_stock(line: Line, watched: Watched) -> None:
    """Import a BOM, plan, buy, release, label, test, rework, scrap, replace: every number is as by hand."""
    play = Play(line, watched)
    play.sign_in()
    play.add_parts()
    play.import_bom()
    play.create_lot()
    play.add_supplier()
    wanted = need(TARGET)
    play.buy_what_is_short({part: max(wanted[part] - AT_HAND[part], Decimal(0)) for part in BOM})
    expect(play.go(f"/lots/{LOT}/bom").locator("main .is-passed").first).to_contain_text("There is enough")
    play.act_on_the_lot("Release")
    expect(play.page.locator("h1 .chip")).to_have_text("Released")
    play.create_serials(TARGET)
    play.print_labels()

    assert len(DEFECTIVE) == 2
    mended, lost = DEFECTIVE
    for serial in SERIALS[:TARGET]:
        assert play.test(serial) == ("FAIL" if serial in DEFECTIVE else "PASS")
    check(play)

    play.decide(mended, "rework", "lifted pin at J1")
    line.bench.repair(mended)
    assert play.test(mended) == "PASS"
    play.decide(lost, "scrap", "burnt")
    play.tally.scrapped.add(lost)
    check(play)

    play.buy_what_is_short(short_for_one_more(play))
    play.create_serials(1)
    assert play.test(SERIALS[-1]) == "PASS"
    assert len(play.tally.completed) == TARGET
    check(play)
    play.act_on_the_lot("Complete")
    expect(play.page.locator("h1 .chip")).to_have_text("Completed")
    assert play.line.bench.state()["supply"]["is_on"] is False


def short_for_one_more(play: Play) -> dict[str, Decimal]:
    """Give what a replacement still needs beyond what lies there."""
    there = play.tally.moved(play.came)
    lacking = {part: max(quantity - there[part], Decimal(0)) for part, quantity in need(1).items()}
    return {part: quantity for part, quantity in lacking.items() if quantity}


def check(play: Play) -> None:
    """Hold every page against what was counted by hand, once the last run has arrived."""
    tally, last = play.tally, list(play.tally.runs)[-1]
    runs = len(tally.runs[last])
    wait_until(
        lambda: play.runs_at_the_server(last) == runs, 30.0, f"run {runs} of {last} reaching the server"
    )
    page = play.go(f"/lots/{LOT}")
    legend = page.locator(".legend")
    expect(legend).to_contain_text(f"{len(tally.completed)} completed")
    expect(legend).to_contain_text(f"{len(tally.failed)} failed")
    row = page.locator("tr", has=page.get_by_role("rowheader", name="FCT"))
    expect(row).to_contain_text(share(tally.first_pass))
    expect(row).to_contain_text(share(tally.last_pass))

    listed = play.go("/lots?state=all")
    line = listed.locator("tr", has=listed.get_by_role("rowheader", name=LOT))
    expect(line).to_contain_text(f"{len(tally.completed)} of {TARGET}")
    expect(line.locator('td[data-label="First-pass yield"]')).to_have_text(share(tally.first_pass))

    figures = play.go("/").locator(".figure")
    expect(figures.nth(0).locator(".figure-value")).to_contain_text(str(len(tally.completed)))
    expect(figures.nth(1).locator(".figure-value")).to_contain_text(share(tally.first_pass))

    stock = play.go("/stock")
    for part, quantity in tally.moved(play.came).items():
        assert amount(cell(stock, part, "On hand")) == quantity, part
    assert amount(cell(stock, "GW2", "On hand")) == len(tally.completed)

    for status, units in (
        ("completed", tally.completed),
        ("failed", tally.failed),
        ("scrapped", tally.scrapped),
    ):
        found = play.go(f"/lots/{LOT}/serials?status={status}")
        heads = found.locator("tbody th[scope=row]").all_inner_texts() if units else []
        assert {re.sub(r"\s.*", "", text) for text in heads} == units, status

    for serial, runs in tally.runs.items():
        unit = play.go(f"/units/{serial}")
        expect(unit.locator(".run")).to_have_count(len(runs))
        expect(unit.locator(".run").first.locator(".chip").first).to_have_text("Pass" if runs[-1] else "Fail")
