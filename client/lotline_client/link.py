"""The one place that speaks HTTP: tries again what can be tried again, and reads answers as typed things."""

import random
import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from lotline_client.errors import BY_STATUS, Away, LotServerError, Refused, ServerFault

Thing = TypeVar("Thing")
_TIMEOUT = httpx.Timeout(connect=5.0, read=60.0, write=30.0, pool=5.0)
_AGAIN = frozenset({429, 502, 503, 504, 507})
_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 10.0
PAGE = 500


class _Problem(msgspec.Struct, frozen=True):
    """How a lot server says no."""

    error: str
    detail: str
    id: str | None = None


class Link:
    """A connection to one lot server. It follows no redirect, and trusts no proxy of the environment.

    ca: a file with the certificate of the server's own authority; None trusts what the system trusts
    tries: how often a request that gets no answer is sent
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        ca: str | Path | None = None,
        tries: int = 5,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        address = httpx.URL(url)
        if address.scheme != "https" and address.host not in {"127.0.0.1", "localhost", "::1"}:
            raise LotServerError(f"{url} is not encrypted: over a network a lot server is https:// only")
        if tries < 1:
            raise LotServerError(f"a request is sent at least once, not {tries} times")
        verify = ssl.create_default_context(cafile=None if ca is None else str(ca))
        self._tries = tries
        self._sleep = sleep
        headers = {"User-Agent": "lotline-client"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.Client(
            base_url=address,
            headers=headers,
            timeout=_TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            verify=verify,
            transport=transport,
        )

    def get(self, path: str, answer: type[Thing], params: Mapping[str, Any] | None = None) -> Thing:
        """Read one thing."""
        return _read(self.send("GET", path, params=_given(params)), answer)

    def pages(self, path: str, row: type[Thing], params: Mapping[str, Any]) -> Iterator[Thing]:
        """Read a list, page after page, as they are asked for."""
        answer = self.send("GET", path, params={"limit": PAGE, **_given(params)})
        while True:
            yield from _read(answer, list[row])  # type: ignore[valid-type]
            following = answer.links.get("next", {}).get("url")
            if following is None:
                return
            answer = self.send("GET", following)

    def change(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        tag: str | None = None,
    ) -> httpx.Response:
        """Change something, once, however often it has to be sent."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4()), "Content-Type": "application/json"}
        if tag is not None:
            headers["If-Match"] = tag
        return self.send(method, path, content=msgspec.json.encode(body), headers=headers)

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request until it is answered. Raises Away, or what the answer says no with."""
        wait = _FIRST_WAIT_S
        for attempt in range(1, self._tries + 1):
            asked = wait
            try:
                answer = self._http.request(method, path, **request)
            except httpx.TransportError as error:
                if attempt == self._tries:
                    raise Away(f"{self._http.base_url} does not answer ({type(error).__name__})") from error
            else:
                if answer.status_code not in _AGAIN or attempt == self._tries:
                    return _checked(answer)
                asked = _retry_after(answer, wait)
            # Not all at the same moment: those who were turned away together would come back together.
            self._sleep(min(asked, _LONGEST_WAIT_S) * random.uniform(0.5, 1.0))  # noqa: S311
            wait *= 2
        raise AssertionError("the last try returns or raises")

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def _given(params: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (params or {}).items() if value is not None}


def _checked(answer: httpx.Response) -> httpx.Response:
    status = answer.status_code
    if status < 300:
        return answer
    try:
        said = msgspec.json.decode(answer.content, type=_Problem)
    except msgspec.MsgspecError as error:
        text = f"whoever answered {status} is not a lot server (a login page of the network?)"
        raise Refused(status, "not_a_lot_server", text) from error
    if status >= 500:
        raise ServerFault(status, said.error, said.detail, said.id)
    raise BY_STATUS.get(status, Refused)(status, said.error, said.detail)


def _read(answer: httpx.Response, kind: type[Thing]) -> Thing:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LotServerError(f"this answer is not what this client knows: {error}") from error


def _retry_after(answer: httpx.Response, otherwise: float) -> float:
    said = answer.headers.get("Retry-After", "")
    return float(said) if said.isdecimal() else otherwise


read_answer = _read
