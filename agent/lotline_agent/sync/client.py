"""The one place that speaks HTTP to the lot server. A 200 says nothing; only a body that fits does."""

from typing import Any, TypeVar

import httpx
import msgspec

from lotline_agent.sync.errors import RequestRejected, ServerAway, ServerChanged, ServerRefuses, SyncError
from lotline_agent.sync.trust import trusting
from lotline_contract.wire import (
    BatchAnswer,
    BlobAnswer,
    Hello,
    HelloAnswer,
    PairAnswer,
    PairRequest,
    Snapshot,
)

__all__ = ["RequestRejected", "ServerAway", "ServerChanged", "ServerClient", "ServerRefuses", "SyncError"]

T = TypeVar("T")
_TIMEOUT = httpx.Timeout(connect=5.0, read=30.0, write=30.0, pool=5.0)
_REJECTED = {400, 409, 422}
_TOO_LARGE = 413
_REFUSED = {401, 403, 426}
_LONGEST_RETRY_S = 3600.0


class ServerClient:
    """A connection to one lot server. Follows no redirects, trusts no proxy, every timeout is explicit.

    ca: the private CA (PEM) that alone may vouch for the server; None leaves it to the public ones
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        ca: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """transport: another way to the server than a socket of this machine; None for the socket."""
        headers = {"User-Agent": "lotline-agent"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self.url = url
        self._http = httpx.Client(
            base_url=url,
            headers=headers,
            timeout=_TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            transport=transport,
            verify=trusting(ca),
        )

    def pair(self, code: str, agent_version: str) -> PairAnswer:
        """Trade a one-time code for this station's token."""
        body = msgspec.json.encode(PairRequest(code=code, agent_version=agent_version))
        return self._ask("POST", "/sync/v1/pair", PairAnswer, content=body, headers=_JSON)

    def hello(self, hello: Hello) -> HelloAnswer:
        """Open: say what we have, hear what the server has."""
        return self._ask(
            "POST", "/sync/v1/hello", HelloAnswer, content=msgspec.json.encode(hello), headers=_JSON
        )

    def put_blob(self, name: str, frame: bytes) -> BlobAnswer:
        """Put one whole frame; durable at the server when this returns."""
        answer = self._ask("PUT", f"/sync/v1/blobs/{name}", BlobAnswer, content=frame, headers=_BYTES)
        if answer.blob != name:
            raise ServerAway("the server confirmed another blob than the one that was sent")
        return answer

    def post_records(self, batch: bytes) -> BatchAnswer:
        """Post one batch; the answer names what became of each record."""
        return self._ask("POST", "/sync/v1/records", BatchAnswer, content=batch, headers=_BYTES)

    def changes(self, cursor: str | None) -> Snapshot | None:
        """Give today's facts; None where they are still those of the cursor."""
        headers = {} if cursor is None else {"If-None-Match": f'"{cursor}"'}
        response = self._send("GET", "/sync/v1/changes", headers=headers)
        return None if response.status_code == 304 else _read(response, Snapshot)

    def _ask(self, method: str, path: str, answer: type[T], **request: Any) -> T:
        return _read(self._send(method, path, **request), answer)

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **request)
        except httpx.HTTPError as error:
            raise ServerAway(f"{self.url} does not answer ({type(error).__name__})") from error
        if response.status_code in {200, 304}:
            return response
        status, message = response.status_code, _message(response)
        said = f"the server answered {status}" + (f": {message}" if message else "")
        if status in _REFUSED:
            raise ServerRefuses(said)
        # Anybody on the way may say 400, and records are parked for it: only a lot server's word counts.
        if status == _TOO_LARGE or (status in _REJECTED and message is not None):
            raise RequestRejected(said, status)
        raise ServerAway(said, _retry_after(response))

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


_JSON = {"Content-Type": "application/json"}
_BYTES = {"Content-Type": "application/octet-stream"}


def _read(response: httpx.Response, answer: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content, type=answer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ServerAway("whoever answered is not a lot server (a login page of the network?)") from error


class _Refusal(msgspec.Struct, frozen=True):
    """How a lot server says no, whatever it says no to."""

    error: str
    message: str


def _message(response: httpx.Response) -> str | None:
    """Give the server's own sentence; None where whoever answered is no lot server."""
    try:
        return msgspec.json.decode(response.content, type=_Refusal).message
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return min(float(text), _LONGEST_RETRY_S) if text.isdecimal() else None
