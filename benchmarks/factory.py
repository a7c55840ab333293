"""A generated factory for benchmarks, its server, and a person who is signed in at it."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from lotline_agent.demo.processes import Child, command, wait_until
from lotline_server.generated.service import generate
from lotline_server.opening import open_data

UNITS, LOTS = 1_000_000, 1_000
SMALL_UNITS, SMALL_LOTS = 400, 8
KEPT = "LOTLINE_BENCH_FACTORY"
"""Names a data folder with a factory that was generated before: it takes minutes."""
NAME, PASSWORD = "bench", "a-password-for-benchmarks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A running server, who is signed in at it, and its process."""

    url: str
    client: httpx.Client
    cookies: str
    pid: int


@contextlib.contextmanager
def factory(*, small: bool) -> Iterator[Path]:
    """Give a data folder with a generated factory."""
    kept = os.environ.get(KEPT)
    if kept and not small:
        yield Path(kept)
        return
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".benchmark-") as folder:
        data = Path(folder) / "data"
        opened = open_data(data, serve=True)
        units, lots = (SMALL_UNITS, SMALL_LOTS) if small else (UNITS, LOTS)
        generate(opened.database, units=units, lots=lots, now=datetime.now(UTC), progress=lambda done: None)
        opened.close()
        yield data


@contextlib.contextmanager
def running(data: Path) -> Iterator[Running]:
    """Serve it, and sign in."""
    arguments = ["--data", str(data)]
    known = command("lotline_server", ["account", "list", *arguments])
    if NAME not in known:
        add = ["account", "add", NAME, "--role", "admin", "--password-stdin", *arguments]
        command("lotline_server", add, said=f"{PASSWORD}\n")
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        server = Child("server", "lotline_server", ["run", *arguments, "--port", "0"], Path(log.name))
        try:
            url = server.wait_for(r"(http://127\.0\.0\.1:\d+)")
            with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
                wait_until(lambda: _listens(client), 60, "the server listens")
                cookies = _signed_in(client)
                client.headers["Cookie"] = cookies
                client.cookies.clear()
                yield Running(url=url, client=client, cookies=cookies, pid=server.pid)
        finally:
            server.stop()


def _listens(client: httpx.Client) -> bool:
    try:
        return client.get("/sign-in").status_code == 200
    except httpx.ConnectError:
        return False


def _signed_in(client: httpx.Client) -> str:
    """Sign in and give the cookies: as Secure ones a plain client would not send them back."""
    page = client.get("/sign-in")
    found = re.search(r'name="form_key" value="([0-9a-f]+)"', page.text)
    assert found is not None
    sent = {"Cookie": _cookies(page), "Origin": str(client.base_url).rstrip("/")}
    form = {"form_key": found[1], "name": NAME, "password": PASSWORD}
    answer = client.post("/sign-in", data=form, headers=sent)
    assert answer.status_code == 303, answer.text
    return f"{_cookies(page)}; {_cookies(answer)}"


def _cookies(answer: httpx.Response) -> str:
    return "; ".join(line.partition(";")[0] for line in answer.headers.get_list("set-cookie"))


def cpu_s(pid: int) -> float:
    """Give the processor time a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
