"""The lot server as it is installed: started on a port, asked by its command line, stopped."""

import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from tests.agent.processes import Child

from lotline_agent.demo.processes import wait_until
from lotline_server.backup.proving import open_reader


def lotline_server(*arguments: str) -> Child:
    return Child([str(Path(sys.executable).with_name("lotline-server")), *arguments])


def ask(*arguments: str, status: int = 0) -> list[str]:
    """Run one command of the server and give what it said."""
    with lotline_server(*arguments) as it:
        assert it.wait(60) == status, it.output
        return it.said


@contextmanager
def running(data: Path, port: int = 0) -> Iterator[str]:
    """Run a server on a data folder; gives its address."""
    with lotline_server("run", "--data", str(data), "--port", str(port)) as it:
        found = re.search(r"http://[\d.]+:\d+", it.line_with("Lotline lot server"))
        assert found is not None
        wait_until(lambda: _listens(found[0]), 20.0, "the server listening")
        yield found[0]
        it.signal(signal.SIGTERM)
        it.wait()


def _listens(url: str) -> bool:
    try:
        httpx.get(f"{url}/sync/v1/changes", trust_env=False)
    except httpx.TransportError:
        return False
    return True


def new_server(data: Path) -> None:
    """Give a new server the part GW2 and its lot L1 of twenty units."""
    ask("part", "add", "GW2", "--name", "Gateway", "--prefix", "GW2-", "--data", str(data))
    ask("lot", "create", "L1", "--part", "GW2", "--target", "20", "--serials", "20", "--data", str(data))


def held(data: Path, sql: str) -> list[tuple[object, ...]]:
    """Read a server's database itself."""
    connection = open_reader(data / "lotline.sqlite3")
    try:
        return list(connection.execute(sql).fetchall())
    finally:
        connection.close()
