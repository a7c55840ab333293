"""Real processes of ours: started, listened to with a deadline, and ended by their pid."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
PACKAGES = [
    Path(__file__).with_name("as_at_a_station"),
    *(ROOT / folder for folder in ("contract", "drivers", "agent", "server")),
]
ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
    # This tree's code, also where another checkout is installed.
    "PYTHONPATH": ":".join(map(str, [ROOT, *PACKAGES])),
    "PYTHONWARNINGS": "error",
    "PYTHONUNBUFFERED": "1",
    "COLUMNS": "200",
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
}


class Child:
    """A process whose lines are read as they come; it does not outlive the `with` block.

    said: every line of its output so far, both streams
    """

    def __init__(self, command: Sequence[str], **environment: str) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT | environment,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self.said: list[str] = []
        self._rest = b""

    def say(self, text: str | bytes) -> None:
        """Write to its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(text if isinstance(text, bytes) else text.encode())
        self._process.stdin.flush()

    def line(self, timeout_s: float = 30.0) -> str | None:
        """Give its next line; None when it has closed its output. Fails when nothing comes in time."""
        deadline = time.monotonic() + timeout_s
        assert self._process.stdout is not None
        while b"\n" not in self._rest:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self._process.stdout], [], [], left)[0]:
                raise AssertionError(f"nothing more within {timeout_s} s; it said:\n" + "\n".join(self.said))
            piece = os.read(self._process.stdout.fileno(), 65536)
            if not piece:
                return None
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        self.said.append(line.decode())
        return self.said[-1]

    def line_with(self, words: str, timeout_s: float = 30.0) -> str:
        """Read on until a line holds these words."""
        return self.line_where(lambda line: words in line, words, timeout_s)

    def line_where(self, fits: Callable[[str], bool], what: str, timeout_s: float = 30.0) -> str:
        deadline = time.monotonic() + timeout_s
        while (line := self.line(max(0.1, deadline - time.monotonic()))) is not None:
            if fits(line):
                return line
        raise AssertionError(f"it ended without {what!r}:\n" + "\n".join(self.said))

    def signal(self, number: int) -> None:
        """Send a signal to this process alone."""
        os.kill(self.pid, number)

    def kill_all(self) -> None:
        """kill -9: it and what it started, in its own session."""
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        # The output ends when the last of them is gone, not yet when the first is.
        self.wait(30)

    def wait(self, timeout_s: float = 30.0) -> int:
        """Read the rest of its output, wait for its end and give its exit status."""
        deadline = time.monotonic() + timeout_s
        while self.line(max(0.1, deadline - time.monotonic())) is not None:
            pass
        return self._process.wait(max(1.0, deadline - time.monotonic()))

    @property
    def output(self) -> str:
        return "\n".join(self.said)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill_all()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def recorder(folder: Path, *arguments: str, under: Sequence[str] = ()) -> Child:
    """Start `recorder.py`, which records at this folder; under: a tracer's command line before it."""
    script = str(Path(__file__).with_name("recorder.py"))
    return Child([*under, sys.executable, script, str(folder), *arguments])


def agent(*arguments: str, **environment: str) -> Child:
    """Start the installed `lotline-agent`."""
    return Child([str(Path(sys.executable).with_name("lotline-agent")), *arguments], **environment)
