"""Real wires for the driver tests: small TCP servers, ptys, and the bench as a process."""

from __future__ import annotations

import os
import pty
import select
import selectors
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lotline_drivers.bench.process import BenchProcess
from lotline_drivers.capabilities import Instrument
from lotline_drivers.registry import open_instrument

Answer = bytes | None
Talk = Callable[[str], Answer]
CUT = b"\0cut"


class Peer:
    """The far end of a wire: answers each line it hears with what `talk` says.

    talk:  returns the bytes to send, None for silence, CUT to cut the link
    heard: every line so far
    """

    resource = ""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.heard: list[str] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def answer(self, data: bytes, buffer: bytearray, say: Callable[[bytes], None]) -> bool:
        """Answer the whole lines in `buffer` + `data`; False when the link is to be cut."""
        buffer += data
        while b"\n" in buffer:
            line, _, rest = bytes(buffer).partition(b"\n")
            buffer[:] = rest
            self.heard.append(line.decode().rstrip("\r"))
            said = self.talk(self.heard[-1])
            if said == CUT:
                return False
            if said is not None:
                say(said)
        return True

    def _serve(self) -> None:
        raise NotImplementedError

    def say_unasked(self, data: bytes) -> None:
        """Send while nobody reads; on return it lies in the client's queue."""
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError


class TcpPeer(Peer):
    """Listens on 127.0.0.1, one client at a time."""

    def __init__(self, talk: Talk) -> None:
        super().__init__(talk)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.resource = f"TCPIP0::127.0.0.1::{self._listener.getsockname()[1]}::SOCKET"
        self._clients: list[socket.socket] = []
        self._thread.start()

    def _serve(self) -> None:
        while not self._stopping:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._clients.append(client)
            # A thread a client: a client that never gets its answer must not keep the next one out.
            threading.Thread(target=self._session, args=(client,), daemon=True).start()

    def _session(self, client: socket.socket) -> None:
        buffer = bytearray()
        try:
            while data := client.recv(4096):
                if not self.answer(data, buffer, client.sendall):
                    break
        except OSError:
            pass
        client.close()

    def say_unasked(self, data: bytes) -> None:
        # On loopback it has arrived when it is sent.
        self._clients[-1].sendall(data)

    def stop(self) -> None:
        self._stopping = True
        # Closing alone does not wake a thread that waits in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for client in self._clients:
            client.close()
        self._thread.join(10)


class PtyPeer(Peer):
    """Sits at the far end of a pty; `say` sends unasked."""

    def __init__(self, talk: Talk) -> None:
        super().__init__(talk)
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        self.resource = os.ttyname(self._theirs)
        self._woken, self._wake = os.pipe()
        self._is_open = True
        self._thread.start()

    def say(self, data: bytes) -> None:
        os.write(self._ours, data)

    def say_unasked(self, data: bytes) -> None:
        self.say(data)
        assert select.select([self._theirs], [], [], 10)[0]

    def _serve(self) -> None:
        buffer = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self._ours, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = [key.fd for key, _ in selector.select()]
                if self._woken in ready:
                    return
                if not self.answer(os.read(self._ours, 4096), buffer, self.say):
                    self._hang_up()
                    return

    def _hang_up(self) -> None:
        if self._is_open:
            self._is_open = False
            os.close(self._ours)
            os.close(self._theirs)

    def cut(self) -> None:
        """Pull the plug."""
        os.write(self._wake, b"x")
        self._thread.join(10)
        self._hang_up()

    def stop(self) -> None:
        self.cut()
        os.close(self._woken)
        os.close(self._wake)


@pytest.fixture
def peers() -> Iterator[Callable[[str, Talk], Peer]]:
    """Make a peer on `tcp` or `pty`; all are stopped at the end."""
    made: list[Peer] = []

    def make(wire: str, talk: Talk) -> Peer:
        made.append(TcpPeer(talk) if wire == "tcp" else PtyPeer(talk))
        return made[-1]

    yield make
    for peer in made:
        peer.stop()


class Transcript:
    """What has to be said, in order, and what is answered; None is silence."""

    def __init__(self, lines: list[tuple[str, str | bytes | None]]) -> None:
        self._left = list(lines)
        self.surprises: list[str] = []
        self._all_said = threading.Event()
        if not self._left:
            self._all_said.set()

    def __call__(self, heard: str) -> Answer:
        if not self._left or self._left[0][0] != heard:
            self.surprises.append(f"expected {self._left[:1]}, heard {heard!r}")
            return None
        said = self._left.pop(0)[1]
        if not self._left:
            self._all_said.set()
        return said.encode() + b"\r\n" if isinstance(said, str) else said

    def check(self) -> None:
        # A command nobody answers may still be on its way.
        self._all_said.wait(10)
        assert self.surprises == []
        assert self._left == [], "not everything was said"


Transcribed = Callable[..., Instrument]


@pytest.fixture
def transcribed_bare(peers: Callable[[str, Talk], Peer]) -> Iterator[Transcribed]:
    """Open a driver against a transcript, which has to be used up when the test ends."""
    opened: list[tuple[Instrument, Transcript]] = []

    def make(driver: str, lines: list[tuple[str, str | bytes | None]], **more: object) -> Instrument:
        transcript = Transcript(lines)
        peer = peers("tcp", transcript)
        arguments = {"name": driver, "timeout_s": 5.0, **more}
        instrument = open_instrument(driver=driver, resource=peer.resource, **arguments)  # type: ignore[arg-type]
        opened.append((instrument, transcript))
        return instrument

    yield make
    for instrument, transcript in opened:
        transcript.check()
        instrument.close()


@pytest.fixture
def transcribed(transcribed_bare: Transcribed) -> Transcribed:
    """The same, with the identification every instrument begins with already in the transcript."""

    def make(driver: str, lines: list[tuple[str, str | bytes | None]], **more: object) -> Instrument:
        return transcribed_bare(driver, [("*IDN?", "Maker,Model,1,2"), ("*CLS", None), *lines], **more)

    return make


@pytest.fixture(scope="session")
def bench_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BenchProcess]:
    """One bench for all tests; its units have no defects unless a serial number is drawn otherwise."""
    with BenchProcess(tmp_path_factory.mktemp("bench"), seed=7, arguments=["--defect", "all=0"]) as process:
        yield process


@pytest.fixture
def bench(bench_process: BenchProcess) -> Iterator[BenchProcess]:
    """The bench with an empty fixture and no faults."""
    yield bench_process
    for instrument in ("dmm", "supply", "oscilloscope", "console"):
        bench_process.bench.fault(instrument, "none")
    bench_process.bench.place(None)


@pytest.fixture
def opened(bench: BenchProcess) -> Iterator[Callable[..., Instrument]]:
    """Open an instrument of the bench by the key of its resource; all are made safe and closed at the end."""
    made: list[Instrument] = []

    def make(key: str, *, driver: str | None = None, **more: object) -> Instrument:
        if key == "console":
            more = {"options": {"prompt": "gw2> "}, **more}
        arguments = {"timeout_s": 5.0, **more}
        made.append(
            open_instrument(
                name=key,
                driver=driver or key,
                resource=bench.resources[key],
                **arguments,  # type: ignore[arg-type]
            )
        )
        return made[-1]

    yield make
    for instrument in ("dmm", "supply", "oscilloscope", "console"):
        bench.bench.fault(instrument, "none")
    for instrument in made:
        instrument.make_safe()
        instrument.close()


@pytest.fixture
def unused_folder(tmp_path: Path) -> Path:
    return tmp_path / "bench"
