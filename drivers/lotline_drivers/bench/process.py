"""A simulated bench as a child process."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lotline_drivers.bench.client import Bench


class BenchDidNotStart(Exception):
    """The bench's process ended, or said nothing in time; the text holds what it wrote."""


class BenchProcess:
    """A running bench, ready on return; it ends with `stop`, at the end of `with`, or with this process.

    folder:    for its ptys, bench.json and bench.log
    arguments: more of the bench's command line, such as `["--dmm-port", "5025"]`

    Raises BenchDidNotStart.
    """

    def __init__(
        self, folder: Path, *, seed: int = 0, arguments: Sequence[str] = (), start_timeout_s: float = 30.0
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "bench.log"
        command = [sys.executable, "-m", "lotline_drivers.bench", "--with-parent", str(os.getpid())]
        command += ["--folder", str(folder), "--seed", str(seed), *arguments]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )
        try:
            self.resources = self._ready(start_timeout_s)
        except BaseException:
            self.stop()
            raise
        self.bench = Bench(self.resources["control"])

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def stop(self, timeout_s: float = 10.0) -> int:
        """End it with SIGTERM, after `timeout_s` with SIGKILL; the exit status is returned."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            if self._process.stdout is not None:
                self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _ready(self, timeout_s: float) -> dict[str, Any]:
        out = self._process.stdout
        if out is not None and select.select([out], [], [], timeout_s)[0] and (line := out.readline()):
            resources: dict[str, Any] = json.loads(line)
            return resources
        wrote = self._log.read_text().strip() or "it wrote nothing"
        raise BenchDidNotStart(f"no bench within {timeout_s:g} s: {wrote}")
