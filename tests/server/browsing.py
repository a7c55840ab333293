"""A browser without a screen: cookies, forms and their keys, over real HTTP."""

import re

import httpx
from tests.server.conftest import Served

PASSWORD = "zebra tunnel fish"  # noqa: S105 - nobody's


class Browser:
    """As much of a browser as signing in needs: it keeps cookies, Secure ones too, and sends its Origin."""

    def __init__(self, served: Served) -> None:
        self.http = served.another({"Origin": served.url})
        self.cookies: dict[str, str] = {}
        self.set: list[str] = []

    def _keep(self, answer: httpx.Response) -> httpx.Response:
        for line in answer.headers.get_list("set-cookie"):
            self.set.append(line)
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        self.http.cookies.clear()
        return answer

    def _sent(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def get(self, path: str) -> httpx.Response:
        """Look at a page."""
        return self._keep(self.http.get(path, headers=self._sent()))

    def fill(self, path: str, *, to: str | None = None, **values: str) -> httpx.Response:
        """Fill the form of a page and send it."""
        found = re.search(r'name="form_key" value="([0-9a-f]{64})"', self.get(path).text)
        key = "" if found is None else found[1]
        return self._keep(self.http.post(to or path, data={"form_key": key, **values}, headers=self._sent()))

    def sign_in(self, name: str = "ines", password: str = PASSWORD, **more: str) -> httpx.Response:
        """Sign in by the page."""
        return self.fill("/sign-in", name=name, password=password, **more)
