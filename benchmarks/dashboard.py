"""dashboard: the first page of a factory of 1,000,000 units in 1,000 lots, from request to the last byte.

There is no other program to hold it against: its reference is the time it may take. The note says what else
is asked of it: processor time, bytes before plots, and what fifty open pages cost the server.
"""

import asyncio
import re
import statistics
import time

import httpx

from benchmarks.factory import Running, cpu_s, factory, running
from benchmarks.harness import Result, p99

MAY_TAKE_MS = 25.0
OPEN = 50
_ROUNDS = 60


def run(rounds: int = _ROUNDS) -> Result:
    """Measure and give the figures, in milliseconds."""
    small = rounds < _ROUNDS
    with factory(small=small) as data, running(data) as server:
        for _ in range(3):
            _page(server)
        times, before = [], cpu_s(server.pid)
        for _ in range(rounds):
            began = time.perf_counter()
            page = _page(server)
            times.append((time.perf_counter() - began) * 1000)
        used_ms = (cpu_s(server.pid) - before) / rounds * 1000
        weight = len(page) + sum(len(server.client.get(each).content) for each in _files(page))
        share = asyncio.run(_open_pages(server, seconds=2 if small else 20))
    median = statistics.median(times)
    return Result(
        name="dashboard",
        unit="ms",
        median=median,
        p99=p99(times),
        reference=MAY_TAKE_MS,
        ratio=median / MAY_TAKE_MS,
        target="server ≤ 25 ms, ≤ 150 kB, 50 open ≤ 5 % of a core",
        met=median <= MAY_TAKE_MS and weight <= 150_000 and share <= 0.05,
        note=f"{used_ms:.1f} ms of processor time a page; {weight / 1000:.0f} kB with styles and scripts; "
        f"{OPEN} open pages take {share:.1%} of a core while nothing changes",
    )


def _page(server: Running) -> str:
    answer = server.client.get("/")
    assert answer.status_code == 200, answer.text[:200]
    return answer.text


def _files(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page)))


async def _open_pages(server: Running, *, seconds: float) -> float:
    """Hold fifty pages' streams open, and give the share of a core the server takes meanwhile."""
    async with httpx.AsyncClient(
        base_url=server.url, headers={"Cookie": server.cookies}, timeout=60, trust_env=False,
        limits=httpx.Limits(max_connections=OPEN + 5),
    ) as client:  # fmt: skip

        async def listen() -> None:
            async with client.stream("GET", "/live") as stream:
                async for _ in stream.aiter_lines():
                    pass

        listeners = [asyncio.create_task(listen()) for _ in range(OPEN)]
        await asyncio.sleep(min(2.0, seconds))
        before, began = cpu_s(server.pid), time.perf_counter()
        await asyncio.sleep(seconds)
        share = (cpu_s(server.pid) - before) / (time.perf_counter() - began)
        failed = [each for each in listeners if each.done()]
        for each in listeners:
            each.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
    assert not failed, failed[0]
    return share


if __name__ == "__main__":
    print(run().line())
