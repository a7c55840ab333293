"""Everybody can read it: axe finds nothing serious, dark or light, and the verdict is spoken."""

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser import Watched
from tests.panel.scenes import SCENES
from tests.panel.scripted_screen import ScriptedScreen

from lotline_agent.panel import PanelServer
from lotline_agent.panel.words import band_name

OpenPanel = Callable[..., Page]
RULES = "{ resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }"


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, from the package that ships it; never ours, never from the internet."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        reason = "accessibility was not tested: `pip install axe-playwright-python` (extra [dev])"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8")


def serious(page: Page, axe: str) -> list[str]:
    """Give what axe calls serious or critical. The test evaluates its script, past the page's policy."""
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate("() => axe.run(document, RULES)".replace("RULES", RULES))
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_serious_in_any_scene(theme: Any, axe: str, watched: Watched) -> None:
    screen = ScriptedScreen(SCENES["ready"])
    with PanelServer(screen, "a-token-long-enough", 0, theme=theme) as panel:
        page = watched.open(panel.address)
        page.locator("body[data-link=live]").wait_for()
        for name, view in SCENES.items():
            screen.show(view)
            page.locator(f"body[data-band={band_name(view)}]").wait_for()
            assert serious(page, axe) == [], name
        locked = watched.context.new_page()
        locked.goto(f"{panel.url}?token=wrong")
        assert serious(locked, axe) == []
    page.locator("body[data-link=lost]").wait_for()
    assert serious(page, axe) == []


def test_the_verdict_stands_in_a_live_region(screen: ScriptedScreen, open_panel: OpenPanel) -> None:
    page = open_panel()
    screen.show(SCENES["fail"])
    region = page.get_by_role("status").filter(has_text="FAIL")
    expect(region).to_have_attribute("aria-live", "assertive")
    expect(region).to_contain_text("GW2-000125")
    expect(region).to_contain_text("Red cart. Then scan the next unit.")


def test_who_wants_no_motion_gets_none(screen: ScriptedScreen, watched: Watched, panel: PanelServer) -> None:
    page = watched.context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(panel.address)
    screen.show(SCENES["running"])
    page.locator("body[data-band=RUNNING]").wait_for()
    duration = page.locator(".progress-done").evaluate("(bar) => getComputedStyle(bar).transitionDuration")
    assert duration == "0s"
