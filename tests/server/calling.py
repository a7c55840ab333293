"""A station as the server sees one: HTTP calls with a token."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
from tests.server.making import Sent, batch, place

from lotline_contract.ids import new_epoch
from lotline_contract.record import Event, Run
from lotline_contract.wire import (
    BatchAnswer,
    EpochState,
    Hello,
    HelloAnswer,
    ItemAnswer,
    PairAnswer,
    PairRequest,
    Snapshot,
)


def pair(client: httpx.Client, code: str) -> PairAnswer:
    """Trade a code for a token."""
    answer = client.post(
        "/sync/v1/pair", content=msgspec.json.encode(PairRequest(code=code, agent_version="0.1.0"))
    )
    answer.raise_for_status()
    return msgspec.json.decode(answer.content, type=PairAnswer)


@dataclass
class Calls:
    """One station's calls, in one epoch."""

    client: httpx.Client
    token: str
    epoch: str = field(default_factory=new_epoch)
    seq: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """Give the station's authorization."""
        return {"Authorization": f"Bearer {self.token}"}

    def hello(self, *epochs: EpochState, **given: Any) -> HelloAnswer:
        """Say hello; without epochs, the present one."""
        values: dict[str, Any] = {
            "protocols": (1, 1),
            "records": (1, 1),
            "epochs": epochs or (EpochState(epoch=self.epoch, last_seq=self.seq, closed=False),),
            "agent_version": "0.1.0",
            "clock": "2026-11-23T12:00:00Z",
            "pending": 0,
        }
        said = Hello(**(values | given))
        answer = self.client.post("/sync/v1/hello", headers=self.headers, content=msgspec.json.encode(said))
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=HelloAnswer)

    def post(self, body: bytes) -> httpx.Response:
        """Post a batch's bytes."""
        return self.client.post("/sync/v1/records", headers=self.headers, content=body)

    def post_all(self, sent: Sequence[Sent], frames: Sequence[bytes] = ()) -> tuple[ItemAnswer, ...]:
        """Post records that have their places, and give the answers."""
        answer = self.post(batch(sent, frames))
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=BatchAnswer).answers

    def send(self, *records: Run | Event | bytes, frames: Sequence[bytes] = ()) -> tuple[ItemAnswer, ...]:
        """Send records under the next places, and give the answers."""
        return self.post_all([self.next(record) for record in records], frames)

    def next(self, record: Run | Event | bytes) -> Sent:
        """Give a record the next place."""
        self.seq += 1
        return place(record, self.epoch, self.seq)

    def put_blob(self, blob: str, frame: bytes) -> httpx.Response:
        """Put one large frame."""
        return self.client.put(f"/sync/v1/blobs/{blob}", headers=self.headers, content=frame)

    def snapshot(self, etag: str | None = None) -> tuple[Snapshot | None, str]:
        """Ask for the facts; None where nothing has changed since that ETag."""
        headers = self.headers | ({} if etag is None else {"If-None-Match": etag})
        answer = self.client.get("/sync/v1/changes", headers=headers)
        if answer.status_code == 304:
            return None, answer.headers["etag"]
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=Snapshot), answer.headers["etag"]
