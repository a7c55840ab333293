"""Write a picture of each thing the panel can say: `python -m tests.panel.gallery OUTDIR [SCENE…]`."""

import secrets
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.browser import ARGUMENTS, find_chromium, watch
from tests.panel.scenes import SCENES
from tests.panel.scripted_screen import ScriptedScreen

from lotline_agent.panel import PanelServer

SIZES = ((1280, 800), (390, 844), (1920, 1080))
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def main(folder: Path, *wanted: str) -> int:
    """Draw the scenes; 1 where a page did what no page of ours may do."""
    folder.mkdir(parents=True, exist_ok=True)
    screen = ScriptedScreen(SCENES["ready"])
    with (
        PanelServer(screen, secrets.token_urlsafe(32), 0) as panel,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS)) as browser,
    ):
        pages = watch(browser.new_context(locale="en-GB"))
        page = pages.open(panel.address)
        page.locator("body[data-link=live]").wait_for()
        for name, view in SCENES.items():
            if wanted and name not in wanted:
                continue
            screen.show(view)
            page.locator(f"body[data-band={_band(name)}]").wait_for()
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                page.evaluate(TWO_FRAMES)
                page.screenshot(path=folder / f"{name}-{width}x{height}.png")
        if not wanted or "lost" in wanted:
            screen.break_down()
            page.locator("body[data-link=lost]").wait_for()
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                page.screenshot(path=folder / f"lost-{width}x{height}.png")
        print(pages.faults() or f"{len(list(folder.glob('*.png')))} pictures in {folder}")
        return 1 if pages.faults() else 0


def _band(scene: str) -> str:
    view = SCENES[scene]
    refused = view.phase == "READY" and view.notice is not None and view.notice.kind == "refused"
    return "REFUSED" if refused else view.phase


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
