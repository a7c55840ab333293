"""The network in the simulator: it cuts, loses, repeats and delays, as the seed says."""

import random
from collections import deque
from dataclasses import dataclass, field

import httpx
from tests.simulator.server import ServerDied, SimServer

FAULTS = (
    "cut before", "reply lost", "twice", "late", "truncated", "portal", "503", "500", "413",
    "dies before commit", "dies after commit",
)  # fmt: skip
"""What may happen to one request."""


@dataclass(kw_only=True)
class Network:
    """Between all stations and the one server. faults: how likely each request meets one, 0 to 1."""

    server: SimServer
    chance: random.Random
    faults: float = 0.0
    late: deque[httpx.Request] = field(default_factory=deque)
    met: dict[str, int] = field(default_factory=dict)

    def transport(self) -> httpx.BaseTransport:
        """Give a station its wire."""
        return _Wire(self)

    def carry(self, request: httpx.Request) -> httpx.Response:
        """Bring a request to the server and the reply back, or not."""
        request.read()
        fault = self.chance.choice(FAULTS) if self.chance.random() < self.faults else ""
        self.met[fault] = self.met.get(fault, 0) + 1
        match fault:
            case "cut before":
                raise httpx.ConnectError("no route", request=request)
            case "late":
                self.late.append(request)
                raise httpx.ReadTimeout("no answer yet", request=request)
            case "portal":
                return httpx.Response(200, html="<html>Please sign in</html>", request=request)
            case "503" | "500":
                return _refusal(int(fault), request)
            case "413":
                return (
                    _refusal(413, request) if request.url.path.endswith("records") else self._serve(request)
                )
            case "dies before commit" | "dies after commit":
                if self.server.is_up:
                    self.server.database.dies = fault.split()[1]
        reply = self._serve(request)
        match fault:
            case "reply lost":
                raise httpx.ReadError("connection reset", request=request)
            case "twice":
                return self._serve(request)
            case "truncated":
                return httpx.Response(reply.status_code, content=reply.content[:-3], request=request)
        return reply

    def _serve(self, request: httpx.Request) -> httpx.Response:
        if not self.server.is_up:
            raise httpx.ConnectError("connection refused", request=request)
        try:
            reply = self.server.handle(request)
        except ServerDied as death:
            raise httpx.ReadError(str(death), request=request) from death
        reply.request = request
        return reply

    def deliver_late(self) -> None:
        """Bring the oldest request that is still on its way; whoever sent it has long given up."""
        if self.late and self.server.is_up:
            try:
                self._serve(self.late.popleft())
            except httpx.HTTPError:
                return


def _refusal(status: int, request: httpx.Request) -> httpx.Response:
    return httpx.Response(status, json={"error": "refused", "message": "not now"}, request=request)


class _Wire(httpx.BaseTransport):
    def __init__(self, network: Network) -> None:
        self._network = network

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._network.carry(request)
