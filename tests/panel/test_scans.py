"""The keyboard wedge: whatever is typed, wherever the focus is, arrives once and exactly as it was."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from tests.panel.hostile import everywhere
from tests.panel.scenes import BARCODE, SCENES
from tests.panel.scripted_screen import ScriptedScreen

from lotline_agent.panel import PanelServer

OpenPanel = Callable[..., Page]


def test_a_scan_at_a_scanners_speed_is_one_scan_with_the_exact_text(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    page.keyboard.type("GW2-000125_ab#/Z")
    page.keyboard.press("Enter")
    assert screen.wait_for_scans(1) == ["GW2-000125_ab#/Z"]
    expect(page.locator("#scan")).to_have_value("")
    expect(page.locator("[data-slot=told]")).to_have_text("Scanned GW2-000125_ab#/Z")
    assert screen.scans == ["GW2-000125_ab#/Z"]


def test_scans_that_follow_at_once_arrive_each_by_itself_and_in_order(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    sent = [f"GW2-{number:06d}" for number in range(20)]
    for text in sent:
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    assert screen.wait_for_scans(20) == sent


def test_each_suffix_a_scanner_can_send_ends_a_scan(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    for suffix in ("Enter", "Tab", "Control+m", "Control+j"):
        page.keyboard.type(f"GW2-{suffix}")
        page.keyboard.press(suffix)
        page.keyboard.press(suffix)
    assert screen.wait_for_scans(4) == ["GW2-Enter", "GW2-Tab", "GW2-Control+m", "GW2-Control+j"]


def test_a_lost_focus_loses_no_key(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    for lose_it in (
        "() => document.activeElement.blur()",
        "() => { const a = document.createElement('a'); a.href = '#'; document.body.append(a); a.focus(); }",
        "() => { document.getElementById('scan').disabled = false; document.body.focus(); }",
    ):
        page.evaluate(lose_it)
        page.keyboard.type("GW2-000125")
        page.keyboard.press("Enter")
    assert screen.wait_for_scans(3) == ["GW2-000125"] * 3


def test_a_click_anywhere_leaves_the_keys_with_the_scan(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    page.mouse.click(300, 300)
    expect(page.locator("#scan")).to_be_focused()
    page.mouse.click(1200, 200)
    page.keyboard.type("GW2-000125\n")
    assert screen.wait_for_scans(1) == ["GW2-000125"]


def test_the_buffer_shows_what_was_typed_and_escape_clears_it(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    page.keyboard.type("GW2-0")
    expect(page.locator("#scan")).to_have_value("GW2-0")
    page.keyboard.press("Escape")
    expect(page.locator("#scan")).to_have_value("")
    page.keyboard.press("Enter")
    page.keyboard.type("GW2-000126\n")
    assert screen.wait_for_scans(1) == ["GW2-000126"]


def test_the_field_takes_a_correcting_human_and_a_touch_keyboards_send(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel(390, 844)
    page.keyboard.type("GW2-00012")
    page.keyboard.press("Backspace")
    page.keyboard.insert_text("25")
    page.locator("form").evaluate("(form) => form.requestSubmit()")
    assert screen.wait_for_scans(1) == ["GW2-000125"]


def test_pasted_lines_are_scans_and_the_rest_waits_in_the_buffer(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/plain", "GW2-000001\\r\\nGW2-000002\\tGW2-0");
          const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
          document.body.dispatchEvent(paste);
        }"""
    )
    assert screen.wait_for_scans(2) == ["GW2-000001", "GW2-000002"]
    expect(page.locator("#scan")).to_have_value("GW2-0")


def test_a_gs1_group_separator_arrives_as_it_was_scanned(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    page.keyboard.type("010950600013435221GW2")
    page.keyboard.press("Control+]")
    page.keyboard.type("10LOT\n")
    assert screen.wait_for_scans(1) == ["010950600013435221GW2\x1d10LOT"]


def test_hostile_text_arrives_as_it_is(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    hostile = [BARCODE, "../../x", "CON", "%_'\"\\", "\u202egnp", "ü😀é", "{{7*7}}</script>", "a" * 5000]
    page = open_panel()
    for text in hostile:
        page.keyboard.insert_text(text)
        expect(page.locator("#scan")).to_have_value(text)
        page.keyboard.press("Enter")
    assert screen.wait_for_scans(len(hostile)) == hostile
    assert page.locator("img").count() == 0


def test_hostile_text_from_the_station_is_shown_as_text(
    screen: ScriptedScreen, open_panel: OpenPanel, panel: PanelServer
) -> None:
    page = open_panel()
    screen.show(SCENES["hostile"])
    expect(page.locator(".band-notice")).to_have_text(f"{BARCODE} is no serial number of GW2-MAIN.")
    assert page.locator("img").count() == 0
    page.goto(panel.url)  # the first paint, made by the template, too
    expect(page.locator(".band-notice")).to_have_text(f"{BARCODE} is no serial number of GW2-MAIN.")
    assert page.locator("img").count() == 0


def test_every_text_of_the_view_may_be_hostile(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    for name, scene in SCENES.items():
        text = f"{BARCODE}</script>{name}"
        screen.show(everywhere(scene, text))
        expect(page.locator("[data-slot=station]")).to_have_text(text)
        assert page.locator("img").count() == 0
    page.reload()
    page.locator("body[data-link=live]").wait_for()
    assert page.locator("img").count() == 0
