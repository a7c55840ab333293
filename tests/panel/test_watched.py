"""The browser's own watch bites: each thing that a page of ours must never do is noted."""

from playwright.sync_api import Browser
from tests.browser import watch

from lotline_agent.panel import PanelServer


def test_what_a_page_must_never_do_is_noted(chromium: Browser, panel: PanelServer) -> None:
    context = chromium.new_context()
    watched = watch(context)
    page = watched.open(panel.address)
    page.locator("body[data-link=live]").wait_for()
    assert watched.faults() == {}
    page.evaluate(
        """() => {
          document.body.setAttribute("style", "color: red");
          document.body.insertAdjacentHTML("beforeend", "<p style='color: red'>x</p>");
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          setTimeout(() => { throw new Error("noted"); });
          setTimeout(() => alert("noted"));
        }"""
    )
    page.wait_for_event("dialog") if not watched.dialogs else None
    page.goto("about:blank")
    page.evaluate("() => fetch('http://192.0.2.1/').catch(() => {})")
    context.close()
    assert set(watched.faults()) == {
        "requests that left loopback",
        "dialogs",
        "CSP violations",
        "script errors",
    }
