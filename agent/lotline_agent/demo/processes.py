"""The demo's server and station, as the processes that anybody would start."""

import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path


class DidNotStart(Exception):
    """A process of the demo ended, or never said that it was ready; the text holds its last lines."""


class Child:
    """One command of ours, running. Its output goes to a log file and may be waited for."""

    def __init__(self, name: str, module: str, arguments: list[str], log: Path) -> None:
        self.name = name
        self._log = log
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def _read(self) -> None:
        output = self._process.stdout
        assert output is not None  # noqa: S101 - it is a pipe
        with self._log.open("a", encoding="utf-8") as log, output:
            for line in output:
                log.write(line)
                log.flush()
                self._lines.put(line)
        self._lines.put(None)

    def wait_for(self, pattern: str, timeout_s: float = 30.0) -> str:
        """Wait for a line and give its first group; DidNotStart where it does not come."""
        deadline = time.monotonic() + timeout_s
        seen: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                said = "".join(seen[-12:]).strip() or "nothing"
                raise DidNotStart(f"{self.name} did not start; it said:\n{said}")
            seen.append(line)
            if found := re.search(pattern, line):
                return found[1]

    def is_running(self) -> bool:
        """Tell whether the process lives."""
        return self._process.poll() is None

    def stop(self, timeout_s: float = 20.0) -> int:
        """End it in good order, and by force after the time is up; gives its exit status."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._reader.join(5.0)
        return status

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()
        self._reader.join(5.0)


def command(module: str, arguments: list[str], *, said: str | None = None) -> str:
    """Run one of our commands to its end and give what it printed; DidNotStart where it failed.

    said: what it reads from standard input
    """
    line = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(line, input=said, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise DidNotStart(f"{module} {' '.join(arguments)}:\n{done.stderr or done.stdout}")
    return done.stdout


def wait_until(true: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Wait until something is the case; TimeoutError, naming it, where it does not become so."""
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {timeout_s:g} s")
        time.sleep(0.05)
