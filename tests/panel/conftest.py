"""A scripted station behind the real panel, and a real browser before it."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page
from tests.browser import Watched
from tests.panel.scenes import READY
from tests.panel.scripted_screen import ScriptedScreen

from lotline_agent.panel import PanelServer


@pytest.fixture
def screen() -> ScriptedScreen:
    """A station that waits for a unit."""
    return ScriptedScreen(READY)


@pytest.fixture
def panel(screen: ScriptedScreen) -> Iterator[PanelServer]:
    """The panel of that station, on a free port."""
    with PanelServer(screen, secrets.token_urlsafe(32), 0) as server:
        yield server


@pytest.fixture
def open_panel(panel: PanelServer, watched: Watched) -> Callable[..., Page]:
    """Open the panel in a window of a given size; on return it hears the station."""

    def open_it(width: int = 1280, height: int = 800) -> Page:
        page = watched.open(panel.address, width=width, height=height)
        page.locator("body[data-link=live]").wait_for()
        return page

    return open_it
