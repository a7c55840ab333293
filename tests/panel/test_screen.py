"""What an operator sees: every phase by glyph and word, large enough for three metres, at each size."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect
from tests.panel.scenes import LOT, READY, ROWS, RUN, RUNNING, SCENES, verdict
from tests.panel.scripted_screen import ScriptedScreen

from lotline_agent.panel.words import BANDS, band, band_name
from lotline_agent.ports import Notice, StationView
from lotline_contract.outcome import Outcome

OpenPanel = Callable[..., Page]
SIZES = [(1280, 800), (1920, 1080), (390, 844)]
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

MEASURE = """() => {
  const box = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return { x, y, width, height, size: parseFloat(getComputedStyle(element).fontSize) };
  };
  const shown = (selector) => [...document.querySelectorAll(selector)]
    .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height > 1);
  const boxes = (selector) => shown(selector).map(box);
  return {
    band: boxes(".band")[0], word: boxes(".band-word")[0], glyph: boxes(".band-glyph svg")[0],
    serials: boxes(".band-serial, .running-serial"), instruction: boxes(".instruction")[0],
    rows: boxes(".row"), rowTexts: boxes(".row-name, .row-digits, .row-limits, .row-message, .folded"),
    bottom: boxes(".bottom")[0], measured: boxes(".measured")[0],
    wide: document.documentElement.scrollWidth - innerWidth,
    tall: document.documentElement.scrollHeight - innerHeight,
    spilled: shown(".work *, .side *, .top *, .bottom *").filter((element) =>
      !element.closest("svg, .visually-hidden, .top dd")
      && element.getBoundingClientRect().right > innerWidth + 1
    ).map((element) => element.className),
    cut: shown(".side").filter((side) => side.scrollHeight > side.clientHeight + 1).length,
  };
}"""


def look_at(page: Page, screen: ScriptedScreen, view: StationView) -> dict[str, Any]:
    """Show a view, wait until it is drawn, measure it."""
    screen.show(view)
    page.locator(f"body[data-band={band_name(view)}]").wait_for()
    marked = replace(view, station="drawn")
    screen.show(marked)
    expect(page.locator("[data-slot=station]")).to_have_text("drawn")
    page.evaluate(TWO_FRAMES)
    measured: dict[str, Any] = page.evaluate(MEASURE)
    return measured


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_scene_fits_its_screen_and_reads_from_afar(
    width: int, height: int, screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel(width, height)
    for name, view in SCENES.items():
        seen = look_at(page, screen, view)
        assert seen["wide"] <= 0, f"{name} scrolls sideways by {seen['wide']} px"
        assert seen["spilled"] == [], name
        assert seen["bottom"]["y"] + seen["bottom"]["height"] <= height + 1, name
        for serial in seen["serials"]:
            assert serial["size"] >= 40, name
        for text in seen["rowTexts"]:
            assert text["size"] >= 24, name
        if band_name(view) != "RUNNING":
            word, place = seen["word"], seen["band"]
            assert page.locator(".band-word").inner_text() == band(view).word
            assert page.locator(".band-glyph use").get_attribute("href") == f"#glyph-{band(view).glyph}"
            assert seen["glyph"]["width"] > 20
            assert word["x"] >= place["x"], name
            assert word["x"] + word["width"] <= place["x"] + place["width"], name
            assert word["y"] >= place["y"], name
            if band_name(view) not in {"READY", "STARTING"}:
                assert place["height"] >= height / 3, name
        if width >= 1280:
            assert seen["tall"] <= 0, f"{name} scrolls by {seen['tall']} px"
            assert seen["cut"] == 0, f"{name}: the right column is cut"
            assert all(row["height"] <= 5 * 24 * 1.3 for row in seen["rows"]), name
            if band_name(view) != "RUNNING":
                assert seen["word"]["size"] >= 100, name
            if band_name(view) not in {"RUNNING", "READY", "STARTING"}:
                assert seen["band"]["height"] * seen["band"]["width"] >= height * width / 3, name


def test_the_words_of_all_phases_are_there(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    assert {band_name(view) for view in SCENES.values()} == set(BANDS)


def test_the_instruction_stands_once_and_never_repeats_the_word(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    look_at(page, screen, SCENES["fail"])
    expect(page.locator(".instruction")).to_have_text("Red cart. Then scan the next unit.")
    assert page.locator(".verdict").inner_text().upper().count("FAIL") == 1
    look_at(page, screen, replace(READY, instruction="Scan a unit."))
    expect(page.locator(".instruction")).to_be_hidden()


def test_a_failed_run_shows_what_failed_and_folds_the_rest(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    look_at(page, screen, SCENES["fail"])
    rows = page.locator(".row")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("3.3 V ripple")
    expect(rows.nth(0)).to_contain_text("11.7 mV over")
    expect(rows.nth(0)).to_contain_text("≤ 30 mV")
    expect(rows.nth(1)).to_contain_text("0.038 V under")
    expect(rows.locator("svg.gauge")).to_have_count(2)
    expect(page.locator(".folded")).to_have_text("10 passed")


def test_what_has_no_room_is_counted(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    look_at(page, screen, SCENES["fail-many"])
    shown = page.locator(".row").count()
    assert 1 < shown < 14
    expect(page.locator(".folded")).to_have_text(f"{14 - shown} more failed, 12 passed")


def test_a_long_run_keeps_its_newest_rows_in_sight(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    rows = tuple(replace(row, name=f"{row.name} {turn}") for turn in range(4) for row in ROWS)
    look_at(page, screen, replace(RUNNING, run=replace(RUN, rows=rows)))
    expect(page.locator(".row").last).to_contain_text("Board temperature 3")
    shown = page.locator(".row").count()
    expect(page.locator(".folded")).to_have_text(f"{48 - shown} passed before")


def test_the_points_of_all_values_stand_in_line(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    look_at(page, screen, RUNNING)
    edges = page.locator(".row .row-rest").evaluate_all(
        "(cells) => cells.map((cell) => cell.getBoundingClientRect().left)"
    )
    assert len(edges) == 5
    assert len(set(edges)) == 1


def test_time_goes_on_between_two_views(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    look_at(page, screen, RUNNING)
    expect(page.locator(".running-count")).to_have_text("Step 6 of 12")
    time = page.locator(".running-time")
    expect(time).to_contain_text("of about 0:44")
    first = time.inner_text()
    expect(time).not_to_have_text(first)
    progress = int(page.locator(".progress").get_attribute("aria-valuenow") or "0")
    assert 40 <= progress <= 100


def test_a_browser_that_comes_late_sees_the_time_as_it_is_now(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    look_at(page, screen, RUNNING)
    expect(page.locator(".running-time")).to_have_text(re.compile(r"0:2\d"))
    late = open_panel()
    expect(late.locator(".running-time")).to_have_text(re.compile(r"0:(2\d|3\d)"))


def test_a_refused_scan_clears_the_old_verdict(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    look_at(page, screen, SCENES["pass"])
    look_at(page, screen, SCENES["refused"])
    expect(page.locator(".band-notice")).to_have_text("PSU-000871 is a PSU48; this plan tests GW2-MAIN.")
    expect(page.locator(".band")).to_have_class("band is-attention")
    expect(page.locator(".work")).not_to_contain_text("PASS")
    expect(page.locator(".work")).not_to_contain_text("GW2-000125")


def test_a_refused_scan_during_a_run_leaves_the_run_on_the_screen(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    look_at(page, screen, SCENES["running-refused"])
    expect(page.locator(".strip")).to_have_text("GW2-000126 was scanned during a run and was not started.")
    expect(page.locator(".running-serial")).to_have_text("GW2-000125")
    expect(page.locator(".row")).to_have_count(5)


def test_not_recorded_cannot_be_taken_for_a_fail(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    look_at(page, screen, SCENES["not-recorded"])
    striped = page.locator(".band").evaluate("(band) => getComputedStyle(band).backgroundImage")
    assert "repeating-linear-gradient" in striped
    expect(page.locator(".row")).to_have_count(0)
    expect(page.locator(".instruction")).to_contain_text("Do not move the unit")


def test_the_right_column_says_how_the_station_and_the_lot_do(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    look_at(page, screen, SCENES["pass"])
    side = page.locator(".side")
    expect(side.locator(".last li")).to_have_count(8)
    expect(side.locator(".last li").nth(2)).to_have_text("GW2-000122Fail")
    expect(side.locator("[data-slot=today-units]")).to_have_text("31")
    expect(side.locator("[data-slot=today-yield]")).to_have_text("93.5 %")
    expect(side.locator(".lot-bar")).to_have_attribute(
        "aria-label", "28 completed, 3 in progress, 2 failed of 50"
    )
    widths = side.locator(".lot-bar rect").evaluate_all(
        "(parts) => parts.map((part) => part.getBBox().width)"
    )
    whole = widths[0]
    assert [round(100 * width / whole) for width in widths[1:]] == [56, 6, 4]


def test_a_lot_that_ran_over_its_target_still_fits_its_bar(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    look_at(page, screen, replace(SCENES["pass"], lot=replace(LOT, completed=52)))
    widths = page.locator(".side .lot-bar rect").evaluate_all(
        "(all) => all.map((one) => one.getBBox().width)"
    )
    assert sum(widths[1:]) == pytest.approx(widths[0], rel=0.01)
    expect(page.locator("[data-slot=lot-rest]")).to_have_text("0")


SLOTS = """(root) => Object.fromEntries([...root.querySelectorAll("[data-slot]")]
  .filter((one) => one.childElementCount === 0)
  .filter((one) => /^(station|operator|plan|part|operation|sync|band|instr|strip|today|lot|now)/
    .test(one.dataset.slot))
  .map((one) => [one.dataset.slot, one.textContent]))"""


def test_the_first_paint_says_the_same_as_the_script(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    """Without its script the page already says the word and what to do; the script changes nothing of it."""
    page = open_panel()
    for name, view in SCENES.items():
        look_at(page, screen, view)
        painted = page.evaluate(f"() => ({SLOTS})(document)")
        served = page.evaluate(
            f"""async () => {{
              const text = await (await fetch("/")).text();
              return ({SLOTS})(new DOMParser().parseFromString(text, "text/html"));
            }}"""
        )
        hidden = ("lot", "now") if view.lot is None else ()
        for slot in [slot for slot in served if slot.startswith(hidden)]:
            del served[slot], painted[slot]
        assert served == painted, name


def test_every_outcome_has_a_chip_of_glyph_and_word(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    units = tuple(replace(READY.last_units[0], outcome=outcome) for outcome in Outcome)
    look_at(page, screen, replace(READY, last_units=units))
    chips = page.locator(".last .chip")
    assert [text.strip() for text in chips.all_inner_texts()] == [
        "Pass", "Fail", "Error", "Aborted", "Skipped", "Missing",
    ]  # fmt: skip
    assert all(box > 8 for box in chips.locator("svg").evaluate_all("(all) => all.map((a) => a.clientWidth)"))


def test_an_info_stays_a_quiet_strip(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    look_at(
        page,
        screen,
        replace(verdict("PASS", "Green cart."), notice=Notice(kind="info", text="Plan 8 waits.")),
    )
    expect(page.locator(".strip")).to_have_text("Plan 8 waits.")
    expect(page.locator(".band-word")).to_have_text("PASS")
