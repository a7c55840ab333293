"""After a day of signing in, pairing and going wrong, no secret stands where anybody could read it."""

from pathlib import Path
from typing import Any

import httpx
from tests.server.browsing import PASSWORD

from lotline_agent.demo.processes import Child, command

WRONG = "canary wrong zebra"
CALLS = (
    ("POST", "/api/v1/lots"),
    ("GET", "/api/v1/nope"),
    ("GET", "/nope"),
    ("DELETE", "/api/v1/tokens/x"),
)
READ = (
    "/activity", "/api/v1/activity", "/settings/accounts", "/settings/tokens", "/stations", "/api/v1/tokens",
    "/api/v1/accounts", "/api/v1/session", "/openapi.json",
)  # fmt: skip


class Asking:
    """A client that keeps the text of every answer but those that show a secret once."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.bodies: list[str] = []

    def ask(self, method: str, path: str, *, shows: bool = False, **given: Any) -> httpx.Response:
        """Ask; shows: the answer has a secret in it, as it should."""
        answer = self._client.request(method, path, **given)
        self._client.cookies.clear()
        if not shows:
            self.bodies.append(answer.text)
        return answer


def whole(*secrets: str) -> set[str]:
    """Give each secret as it is, without dashes, and without the key before its dot, which is no secret."""
    return {part for each in secrets for part in (each, each.replace("-", ""), each.rpartition(".")[2])}


def test_no_secret_is_in_a_log_an_answer_an_export_or_a_file(tmp_path: Path) -> None:
    """Passwords, right and wrong, codes, API and station tokens, cookies: shown once or never."""
    data = ["--data", str(tmp_path / "data")]
    add = ["account", "add", "ada", "--role", "admin", "--password-stdin", *data]
    command("lotline_server", add, said=f"{PASSWORD}\n")
    token = command("lotline_server", ["token", "add", "ada", *data]).strip()
    pairing = command("lotline_server", ["station", "add", "FCT-01", *data]).strip()
    server = Child("server", "lotline_server", ["run", *data, "--port", "0"], tmp_path / "log")
    try:
        url = server.wait_for(r"(http://127\.0\.0\.1:\d+)")
        with httpx.Client(base_url=url, trust_env=False, timeout=30, headers={"Origin": url}) as client:
            asking = Asking(client)
            secrets = _a_day(asking, token, pairing)
    finally:
        server.stop()
    read = {"answers": "\n".join(asking.bodies), "log": (tmp_path / "log").read_text()}
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            read[file.name] = file.read_bytes().decode("latin-1")
    assert [(where, each[:6]) for where, text in read.items() for each in secrets if each in text] == []
    assert "ada" in read["answers"]


def _a_day(asking: Asking, token: str, pairing: str) -> set[str]:
    """Sign in, make accounts and tokens, pair, go wrong, and read everything; give the secrets of it."""
    asking.ask("POST", "/api/v1/session", json={"name": "ada", "password": WRONG})
    answer = asking.ask("POST", "/api/v1/session", json={"name": "ada", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].partition(";")[0]
    bearer = {"Authorization": f"Bearer {token}"}
    rosa = {"name": "rosa", "role": "viewer"}
    code = asking.ask("POST", "/api/v1/accounts", json=rosa, headers=bearer, shows=True).json()["code"]
    wanted = {"name": "ci", "scopes": ["see"]}
    made = asking.ask("POST", "/api/v1/tokens", json=wanted, headers={"Cookie": cookie}, shows=True).json()[
        "token"
    ]
    pair = {"code": pairing, "agent_version": "1"}
    paired = asking.ask("POST", "/sync/v1/pair", json=pair, shows=True).json()["token"]
    asking.ask("POST", "/sync/v1/pair", json=pair)
    asking.ask("POST", "/api/v1/session", content=f'{{"name": "ada", "password": "{WRONG}"')
    asking.ask("POST", "/api/v1/session", json={"name": 7, "password": WRONG})
    for headers in (
        {"Authorization": f"Bearer {made}x"}, {"Authorization": f"Bearer {made}"}, {"Cookie": f"{cookie}x"},
    ):  # fmt: skip
        for method, path in CALLS:
            asking.ask(method, path, headers=headers)
    for path in READ:
        assert asking.ask("GET", path, headers={"Cookie": cookie}).status_code < 400, path
    return whole(PASSWORD, WRONG, token, made, paired, pairing, code, cookie.partition("=")[2])
