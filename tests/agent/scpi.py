"""Small SCPI instruments on real TCP sockets, whose answers a test decides while they run."""

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Answer = str | None
SILENT = None


class Instrument:
    """Listens on 127.0.0.1 and answers queries by a table; commands it merely hears.

    answers: by the query's exact text; a text, None for silence, or a function that may block
    heard: everything that came, in order
    """

    def __init__(self, answers: dict[str, Answer | Callable[[], Answer]] | None = None) -> None:
        self.answers: dict[str, Answer | Callable[[], Answer]] = {
            "*IDN?": "Maker,Model,1,2",
            "SYST:ERR?": '+0,"No error"',
            **(answers or {}),
        }
        self.heard: list[str] = []
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._links: list[socket.socket] = []
        self._stopping = False
        self.port = self._listener.getsockname()[1]
        self.resource = f"TCPIP0::127.0.0.1::{self.port}::SOCKET"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            self._links.append(link)
            self._threads.append(threading.Thread(target=self._serve, args=(link,), daemon=True))
            self._threads[-1].start()

    def _serve(self, link: socket.socket) -> None:
        with link, link.makefile("rb") as lines:
            try:
                for line in lines:
                    said = self._answer(line.decode().strip())
                    if said is not None:
                        link.sendall(said.encode() + b"\n")
            except OSError:
                return

    def _answer(self, line: str) -> Answer:
        with self._changed:
            self.heard.append(line)
            self._changed.notify_all()
            answer = self.answers.get(line)
        return answer() if callable(answer) else answer

    def wait_heard(self, line: str, count: int = 1, timeout_s: float = 20.0) -> None:
        """Wait until this was heard so often."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.heard.count(line) >= count, timeout_s):
                raise AssertionError(f"never heard {line!r}, only {self.heard}")

    def cut(self) -> None:
        """Pull the plug of every link there is; new ones are taken."""
        for link in self._links:
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(10)
