"""A screen that is no longer true says so."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser import Watched
from tests.panel.scenes import READY, SCENES
from tests.panel.scripted_screen import ScriptedScreen

from lotline_agent.panel import PanelServer

OpenPanel = Callable[..., Page]
LOST = "Panel has lost the station agent – do not scan"


def test_a_change_is_drawn_without_a_reload(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    page.evaluate("() => { window.sameDocument = true; }")
    screen.show(SCENES["pass"])
    expect(page.locator(".band-word")).to_have_text("PASS")
    screen.show(SCENES["fail"])
    expect(page.locator(".band-word")).to_have_text("FAIL")
    assert page.evaluate("() => window.sameDocument") is True


def test_two_browsers_show_the_same(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    pages = [open_panel(), open_panel()]
    screen.show(SCENES["pass"])
    for page in pages:
        expect(page.locator(".band-word")).to_have_text("PASS")


def test_when_the_agent_is_gone_no_verdict_stays_on_the_screen(
    screen: ScriptedScreen, panel: PanelServer, open_panel: OpenPanel
) -> None:
    page = open_panel()
    screen.show(SCENES["pass"])
    expect(page.locator(".band-word")).to_have_text("PASS")
    panel.stop()
    expect(page.locator(".lost-title")).to_be_visible()
    expect(page.locator(".lost-title")).to_have_text(LOST)
    expect(page.locator(".band-word")).to_be_hidden()
    expect(page.locator(".sync")).to_be_hidden()
    band = page.locator(".lost").bounding_box()
    assert band is not None
    assert band["height"] * band["width"] >= 1280 * 800 / 2


def test_a_scan_without_an_agent_is_never_sent_later(
    screen: ScriptedScreen, panel: PanelServer, open_panel: OpenPanel
) -> None:
    page = open_panel()
    panel.stop()
    page.locator("body[data-link=lost]").wait_for()
    page.keyboard.type("GW2-000125\n")
    expect(page.locator("[data-slot=told]")).to_have_text("Not sent: GW2-000125")
    with PanelServer(screen, panel.address.split("token=")[1], panel.port):
        page.locator("body[data-link=live]").wait_for()
        page.keyboard.type("GW2-000126\n")
        assert screen.wait_for_scans(1) == ["GW2-000126"]


def test_a_station_that_cannot_say_what_is_to_be_seen_counts_as_gone_until_it_can(
    screen: ScriptedScreen, open_panel: OpenPanel
) -> None:
    page = open_panel()
    screen.break_down()
    page.locator("body[data-link=lost]").wait_for()
    screen.break_down(False)
    screen.show(SCENES["pass"])
    page.locator("body[data-link=live]").wait_for()
    expect(page.locator(".band-word")).to_have_text("PASS")


def test_an_agent_that_was_started_again_asks_for_its_new_address(
    screen: ScriptedScreen, panel: PanelServer, open_panel: OpenPanel
) -> None:
    page = open_panel()
    panel.stop()
    with PanelServer(screen, "another-token-of-another-start", panel.port):
        expect(page.locator(".lost-help")).to_contain_text("Open the address that it printed")


def test_a_page_whose_script_does_not_run_says_so_by_itself(panel: PanelServer, watched: Watched) -> None:
    page = watched.context.new_page()
    page.route("**/panel.js", lambda route: route.abort())
    page.goto(panel.address)
    expect(page.locator(".lost-title")).to_be_visible(timeout=15_000)


def test_the_token_is_in_no_log(
    screen: ScriptedScreen, panel: PanelServer, open_panel: OpenPanel, caplog: Any, capfd: Any
) -> None:
    with caplog.at_level(logging.DEBUG):
        page = open_panel()
        page.keyboard.type("GW2-000125\n")
        screen.wait_for_scans(1)
        panel.stop()
    token = panel.address.split("token=")[1]
    assert token not in caplog.text
    assert token not in "".join(capfd.readouterr())
    assert "token" not in page.url


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_theme_is_what_was_asked_for(theme: Any, watched: Watched) -> None:
    with PanelServer(ScriptedScreen(READY), "a-token-long-enough", 0, theme=theme) as panel:
        page = watched.open(panel.address)
        colour = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
        brightness = sum(int(part) for part in colour.strip("rgb()").split(","))
        assert (brightness < 200) == (theme == "dark")
