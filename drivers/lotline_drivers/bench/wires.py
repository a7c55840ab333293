"""The bench's wires: SCPI over TCP and over a pty, and the ptys themselves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import tty
from collections.abc import Awaitable, Callable
from pathlib import Path

from lotline_drivers.bench.faults import Faults
from lotline_drivers.bench.instruments import SimulatedScpi

GARBAGE = b"\x8f\x02#?%\xff"
WRONG_IDENTITY = b"Somebody Else,Model 9,0000,9.9"
LONGEST_LINE = 1 << 16


async def spoiled(
    answer: bytes, *, instrument: str, is_identity: bool, faults: Faults, drop_link: Callable[[], None]
) -> bytes | None:
    """The answer as the fault that is on now leaves it; None when nothing is to be sent."""
    fault = faults.spoil(instrument, is_identity=is_identity)
    match fault.kind:
        case "no_answer":
            return None
        case "slow":
            await asyncio.sleep(fault.delay_s)
            return answer
        case "garbage":
            return GARBAGE
        case "drop_link":
            drop_link()
            return None
        case "wrong_identity":
            return WRONG_IDENTITY
        case _:
            return answer


async def serve_scpi(device: SimulatedScpi, port: int, faults: Faults) -> asyncio.Server:
    """Listen on 127.0.0.1 for any number of clients; port 0 takes a free one."""

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                text = line.decode("latin-1").strip()
                answer = device.answer(text)
                if answer is None:
                    continue
                said = await spoiled(
                    answer,
                    instrument=device.instrument,
                    is_identity="*IDN?" in text.upper(),
                    faults=faults,
                    drop_link=writer.close,
                )
                if said is not None:
                    writer.write(said + b"\n")
                    await writer.drain()
                elif writer.is_closing():
                    return
        except (ConnectionError, ValueError, asyncio.LimitOverrunError):
            # A client that went away, or a line no instrument would take, ends its session only.
            return
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    return await asyncio.start_server(session, "127.0.0.1", port, limit=LONGEST_LINE)


class PtyPort:
    """One end of a pty; the other end is the symlink `path`, also after the line was hung up."""

    def __init__(self, path: Path, hear: Callable[[bytes], None]) -> None:
        self.path = path
        self._hear = hear
        self._loop = asyncio.get_running_loop()
        self._unsent = bytearray()
        self._open()

    def say(self, data: bytes) -> None:
        """Send; what the other side does not take at once follows when it reads."""
        self._unsent += data
        self._send()

    def hang_up(self) -> None:
        """Cut the line as a pulled USB plug does; a new pty takes its place under the same path."""
        ours, theirs = self._ours, self._theirs
        self._forget()
        # The path leads to the new pty before the old one fails, as no real adapter manages.
        self._open()
        os.close(ours)
        os.close(theirs)

    def close(self) -> None:
        """Let go of the pty and its symlink."""
        self._forget()
        os.close(self._ours)
        os.close(self._theirs)
        self.path.unlink(missing_ok=True)

    def _open(self) -> None:
        # The bench keeps the far end open too, so that its own end does not fail while nobody has opened it.
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        fresh = self.path.with_name(f".{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._theirs))
        fresh.replace(self.path)
        self._loop.add_reader(self._ours, self._read)

    def _forget(self) -> None:
        self._loop.remove_reader(self._ours)
        self._loop.remove_writer(self._ours)
        self._unsent.clear()

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._hear(os.read(self._ours, 4096))

    def _send(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._unsent:
                del self._unsent[: os.write(self._ours, self._unsent)]
        if self._unsent:
            self._loop.add_writer(self._ours, self._send)
        else:
            self._loop.remove_writer(self._ours)


class LineServer:
    """Answers the lines that come over a pty, one after the other."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._buffer = bytearray()

    def hear(self, data: bytes) -> None:
        """Take bytes; whole lines are queued."""
        self._buffer += data
        *lines, rest = bytes(self._buffer).replace(b"\r", b"\n").split(b"\n")
        self._buffer[:] = rest[-LONGEST_LINE:]
        self.put(*(line.decode("latin-1") for line in lines))

    def put(self, *lines: str) -> None:
        """Queue whole lines."""
        for line in lines:
            self._lines.put_nowait(line)

    async def serve(self, answer: Callable[[str], Awaitable[None]]) -> None:
        """Answer line by line, for ever."""
        while True:
            await answer(await self._lines.get())
