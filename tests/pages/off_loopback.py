"""Runs inside a network namespace of its own: a server off loopback, a browser that signs in to it.

`python -m tests.pages.off_loopback FOLDER` prints what the browser saw, one word a line.
"""

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.browser import ARGUMENTS, find_chromium

from lotline_agent.demo.processes import Child, command

ADDRESS = "192.0.2.1"
PASSWORD = "zebra tunnel fish"  # noqa: S105 - nobody's


def main(folder: Path) -> None:
    """Give this namespace an address, serve there, and sign in."""
    for line in (["link", "set", "lo", "up"], ["addr", "add", f"{ADDRESS}/32", "dev", "lo"]):
        subprocess.run(["ip", *line], check=True)
    data = ["--data", str(folder / "data")]
    add = ["account", "add", "ada", "--role", "admin", "--password-stdin", *data]
    command("lotline_server", add, said=f"{PASSWORD}\n")
    server = Child(
        "server", "lotline_server", ["run", *data, "--host", ADDRESS, "--port", "0"], folder / "log"
    )
    try:
        url = server.wait_for(r"(https://192\.0\.2\.1:\d+)")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
            # The CA is in no store of this machine; that stations verify it is tested elsewhere.
            context = browser.new_context(ignore_https_errors=True, locale="en-GB")
            page = context.new_page()
            page.goto(f"{url}/lots")
            page.get_by_label("Name").fill("ada")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(f"{url}/lots")
            print("signed-in", page.locator(".user summary").inner_text().strip())
            print("cookies", *sorted(cookie.get("name", "") for cookie in context.cookies()))
            browser.close()
    finally:
        server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
