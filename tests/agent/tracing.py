"""strace, where it is: it counts the syncs of a process and makes them fail."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.agent.processes import recorder


def strace(*expressions: str, output: str) -> list[str]:
    """Give strace's command line. Without strace the test is skipped, but fails where CI=true."""
    path = shutil.which("strace")
    if path is None or subprocess.run([path, "-qq", "true"], capture_output=True, check=False).returncode:
        reason = "strace is not here or may not trace: apt-get install strace. The fsync promises go UNTESTED"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return [
        path,
        "-f",
        "-qq",
        "-s",
        "64",
        "-o",
        output,
        *(part for each in expressions for part in ("-e", each)),
    ]


def syncs_between(trace: str) -> list[tuple[str, int]]:
    """Give for each MARK of a trace its words and how many syncs came since the mark before."""
    found: list[tuple[str, int]] = []
    count = 0
    for line in trace.splitlines():
        if marked := re.search(r'write\(2, "MARK (.*?)\\n"', line):
            found.append((marked[1], count))
            count = 0
        # A call that another thread's line interrupts is printed twice; its end says "resumed".
        elif re.search(r"\bf(data)?sync\(", line) and "resumed" not in line:
            count += 1
    return found


def between(trace: str, words: str) -> list[int]:
    """Give the number of syncs before each mark that begins with these words."""
    return [count for mark, count in syncs_between(trace) if mark.startswith(words)]


def sync_of_the_first_close(folder: Path) -> tuple[str, int]:
    """Say which system call syncs the first run that a new station closes, and the how-manieth it is."""
    trace = folder / "first-close"
    tracer = strace("trace=fsync,fdatasync,write", output=str(trace))
    with recorder(folder / "first-close-data", "retry", "0", "0", under=tracer) as it:
        assert it.wait(60) == 0, it.output
    before, _, behind = trace.read_text().partition('write(2, "MARK closing')
    found = re.search(r"\b(f(?:data)?sync)\(", behind)
    assert found is not None
    return found[1], before.count(f" {found[1]}(") + 1
