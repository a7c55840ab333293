"""A small lot server: it speaks the wire contract on a real socket and misbehaves when told to."""

import gzip
import hashlib
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec

from lotline_contract.frames import blob_name, decode_frame
from lotline_contract.record import parse_event, parse_run
from lotline_contract.wire import (
    Batch,
    BatchAnswer,
    BlobAnswer,
    Hello,
    HelloAnswer,
    Item,
    ItemAnswer,
    Limits,
    PairAnswer,
    Snapshot,
    unpack_batch,
)

TOKEN = "token-that-nobody-may-see"  # noqa: S105 - for this server only

MAX_EPOCHS = 1000
"""As many as the real one takes in one greeting."""


class Reply(NamedTuple):
    """What goes back. headers: beside the usual ones; cut: bytes of the body that are sent, None for all."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None


Misbehave = Callable[["Call"], Reply | None]


class Call(NamedTuple):
    """One request as it came. run: serve it properly and give the proper reply."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    run: Callable[[], Reply]


def refusal(status: int, message: str, **headers: str) -> Misbehave:
    """Answer as a lot server does that refuses."""
    body = json.dumps({"error": "refused", "message": message}).encode()
    return lambda _call: Reply(status, body, tuple((k.replace("_", "-"), v) for k, v in headers.items()))


class LotServer:
    """Keeps what it is sent.

    faults: by the call's name (hello, blobs, records, changes, pair), what the next calls get instead
    judge: gives the answer to one record; None means that it is treated properly
    """

    def __init__(self) -> None:
        self.generation = "generation-1"
        self.records: dict[tuple[str, int], tuple[Item, bytes]] = {}
        self.frames: dict[str, bytes] = {}
        self.texts: dict[str, str] = {}
        self.calls: list[Call] = []
        self.faults: dict[str, list[Misbehave]] = {}
        self.judge: Callable[[Item], ItemAnswer | None] = lambda _item: None
        self.limits = Limits()
        self.snapshot = Snapshot(server_generation=self.generation, cursor="1", as_of="2026-11-23T08:00:00Z")
        self._changed = threading.Condition()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                server.serve(self)

            do_GET = do_POST = do_PUT = _any

            def log_message(self, format: str, *args: Any) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                return

        self._http = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        name = handler.path.split("/")[3].split("?")[0]
        call = Call(
            handler.command,
            handler.path,
            dict(handler.headers),
            body,
            time.monotonic(),
            lambda: self._proper(name, handler, body),
        )
        with self._changed:
            faults = self.faults.get(name, [])
            fault = faults.pop(0) if faults else None
        reply = None if fault is None else fault(call)
        reply = call.run() if reply is None else reply
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
        if reply.cut == -1:
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        handler.send_header("Content-Length", str(len(reply.body)))
        for header in reply.headers:
            handler.send_header(*header)
        handler.end_headers()
        handler.wfile.write(reply.body[: reply.cut])
        if reply.cut is not None:
            handler.close_connection = True

    def _proper(self, name: str, handler: BaseHTTPRequestHandler, body: bytes) -> Reply:  # noqa: PLR0911
        if name != "pair" and handler.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply(401, b'{"error": "unauthorized", "message": "unknown token"}')
        with self._changed:
            match name:
                case "pair":
                    code = json.loads(body)["code"]
                    if code != "1234-5678":
                        return Reply(403, b'{"error": "forbidden", "message": "this code is not valid"}')
                    return _json(
                        PairAnswer(station_id="s1", station="ST-1", token=TOKEN, server_generation="g")
                    )
                case "hello":
                    said = msgspec.json.decode(body, type=Hello)
                    if len(said.epochs) > MAX_EPOCHS:
                        return Reply(422, b'{"error": "invalid", "message": "too many epochs"}')
                    return _json(self._hello(said))
                case "blobs":
                    header, _samples = decode_frame(body)
                    self.frames[header.sha256] = body
                    assert blob_name(body) == handler.path.rsplit("/", 1)[1]
                    return _json(BlobAnswer(blob=blob_name(body), data_digest=header.sha256))
                case "records":
                    return _json(self._ingest(unpack_batch(body)))
                case _:
                    if handler.headers.get("If-None-Match") == f'"{self.snapshot.cursor}"':
                        return Reply(304)
                    return _json(self.snapshot)

    def _hello(self, hello: Hello) -> HelloAnswer:
        have = {each.epoch: _ranges([s for e, s in self.records if e == each.epoch]) for each in hello.epochs}
        return HelloAnswer(
            protocol=1,
            server_generation=self.generation,
            station="ST-1",
            have={epoch: ranges for epoch, ranges in have.items() if ranges},
            clock="2026-11-23T08:00:00Z",
            limits=self.limits,
        )

    def _ingest(self, batch: Batch) -> BatchAnswer:
        for frame in batch.frames:
            self.frames[decode_frame(frame)[0].sha256] = frame
        self.texts |= batch.envelope.texts
        answers = [
            self.judge(item) or self._take(item, record)
            for item, record in zip(batch.envelope.items, batch.records, strict=True)
        ]
        return BatchAnswer(server_generation=self.generation, answers=tuple(answers))

    def _take(self, item: Item, record: bytes) -> ItemAnswer:
        assert hashlib.sha256(record).hexdigest() == item.digest
        if (item.epoch, item.seq) in self.records:
            return answer(item, "duplicate")
        if item.kind == "event":
            parse_event(record)
        else:
            vectors = [each.vector.data_digest for each in parse_run(record).measurements() if each.vector]
            missing = tuple(digest for digest in vectors if digest not in self.frames)
            if missing:
                return answer(item, "missing_blobs", missing=missing)
        self.records[item.epoch, item.seq] = (item, record)
        return answer(item, "stored")

    def serials(self) -> list[str]:
        """Give the serial numbers of the runs that are here, in the order of their sequence."""
        return [
            parse_run(record).serial_number for item, record in self.records.values() if item.kind == "run"
        ]

    def wait(self, fits: Callable[[], object], timeout_s: float = 20.0) -> None:
        """Wait until something holds after a call."""
        with self._changed:
            if not self._changed.wait_for(fits, timeout_s):
                raise AssertionError(f"not within {timeout_s} s; calls: {[call.path for call in self.calls]}")

    def count(self, name: str) -> int:
        return sum(f"/sync/v1/{name}" in call.path for call in self.calls)

    def wait_calls(self, name: str, more: int = 1) -> None:
        """Wait for so many more calls of this name."""
        with self._changed:
            before = self.count(name)
            assert self._changed.wait_for(lambda: self.count(name) >= before + more, 20.0), self.calls

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(10)


def answer(item: Item, word: str, **more: Any) -> ItemAnswer:
    """Give the answer that names a record."""
    return ItemAnswer(epoch=item.epoch, seq=item.seq, id=item.id, digest=item.digest, answer=word, **more)  # type: ignore[arg-type]


def _json(message: msgspec.Struct) -> Reply:
    return Reply(200, msgspec.json.encode(message))


def _ranges(seqs: list[int]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for seq in sorted(seqs):
        if found and found[-1][1] == seq - 1:
            found[-1] = (found[-1][0], seq)
        else:
            found.append((seq, seq))
    return tuple(found)


def lost_reply(call: Call) -> Reply:
    """Serve the call, then cut the line before its answer."""
    call.run()
    return Reply(200, cut=-1)


def cut_line(_call: Call) -> Reply:
    """Cut the line before anything was served."""
    return Reply(200, cut=-1)


def truncated(call: Call) -> Reply:
    """Serve the call and send half of its answer."""
    reply = call.run()
    return reply._replace(cut=len(reply.body) // 2)


def captive_portal(_call: Call) -> Reply:
    """Answer as a hotel's network does."""
    return Reply(200, b"<html><title>Welcome</title>Please accept our terms.</html>")


def compressed_nonsense(_call: Call) -> Reply:
    return Reply(200, gzip.compress(b"[]")[:-4], (("Content-Encoding", "gzip"),))
