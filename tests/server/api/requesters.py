"""Several who ask a lot server at once, each a thread: `requesters.py URL planner|requester THREADS SEED`.

The token comes on standard input. Each loses some of its replies and some of its requests, and says in the
end, as JSON, what it believes to have done.
"""

import json
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from lotline_client import ChangedMeanwhile, LotServer

TURNS = 5


class LossyNetwork(httpx.BaseTransport):
    """Loses every sixth reply, and every tenth request."""

    def __init__(self, chance: random.Random) -> None:
        self._http = httpx.HTTPTransport()
        self._chance = chance

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it on, or lose it, or lose what came back."""
        if self._chance.random() < 0.1:
            raise httpx.ConnectError("lost on the way there")
        answer = self._http.handle_request(request)
        answer.read()
        if self._chance.random() < 0.17:
            raise httpx.ReadError("lost on the way back")
        return answer

    def close(self) -> None:
        """Close the real one."""
        self._http.close()


@dataclass
class Believed:
    """What one of them believes to have done."""

    serials: list[str] = field(default_factory=list)
    raised: int = 0
    received: int = 0
    posted: int = 0
    outrun: int = 0


def ask(server: LotServer, who: str, name: str, chance: random.Random) -> Believed:
    """Do some of everything this one may do."""
    done = Believed()
    for turn in range(TURNS):
        lot = chance.choice(["A", "B"])
        if who == "planner":
            raise_target(server, lot, done)
            continue
        done.serials += server.create_serials(lot, chance.randint(1, 4))
        server.receive("PO1", 1, receipt_id=f"{name}-{turn}", quantity=turn + 1)
        done.received += turn + 1
        kind, quantity = chance.choice([("receipt", 5), ("issue", 1)])
        server.post_stock(kind, "R1", quantity, reason="a turn")
        done.posted += quantity if kind == "receipt" else -quantity
        if turn % 2:
            raise_target(server, lot, done)
    return done


def raise_target(server: LotServer, lot: str, done: Believed) -> None:
    """Count a lot's target up by one, on what it is now."""
    while True:
        read = server.lot(lot)
        try:
            server.change_lot(read, target=read.target + 1)
        except ChangedMeanwhile:
            done.outrun += 1
        else:
            done.raised += 1
            return


def main() -> None:
    """Let them loose, and say what they believe."""
    url, who, threads, seed = sys.argv[1:]
    token = sys.stdin.readline().strip()
    together = threading.Barrier(int(threads))

    def one(number: int) -> Any:
        chance = random.Random(f"{seed} {number}")
        with LotServer(
            url,
            token=token,
            tries=1000,
            transport=LossyNetwork(chance),
            sleep=lambda seconds: time.sleep(min(seconds, 0.5)),
        ) as server:
            together.wait()
            return vars(ask(server, who, f"{seed}-{number}", chance))

    with ThreadPoolExecutor(int(threads)) as pool:
        print(json.dumps(list(pool.map(one, range(int(threads))))))


if __name__ == "__main__":
    main()
