"""The sync protocol under thousands of schedules of faults, on the code that stations and server run."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.simulator.mutants import MUTANTS
from tests.simulator.network import FAULTS

ROOT = Path(__file__).parents[2]
SEEDS = 2000
MUTANT_SEEDS = 150
A_PIECE = 250


def play(first: int, count: int, *mutant: str) -> Any:
    """Play seeds in a process of their own."""
    command = [sys.executable, "-m", "tests.simulator", str(first), str(count), *mutant]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def players() -> Iterator[Executor]:
    """Play as many pieces at once as this machine has cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield pool


@pytest.mark.timeout(900)
def test_no_schedule_of_faults_loses_or_doubles_a_run(players: Executor) -> None:
    """Every verdict that was shown is at the server once, with its frames; no place stays empty."""
    met: Counter[str] = Counter()
    for found in players.map(lambda first: play(first, A_PIECE), range(0, SEEDS, A_PIECE)):
        assert found["broken"] == ""
        met.update(found["met"])
    assert met.keys() == {"", *FAULTS}, "each fault happened"


@pytest.mark.timeout(600)
def test_each_broken_rule_is_caught(players: Executor) -> None:
    """A protocol that breaks one rule does not survive so many schedules: the simulator bites."""
    names = [each.__name__ for each in MUTANTS]
    found = list(players.map(lambda name: play(0, MUTANT_SEEDS, name), names))
    assert [name for name, each in zip(names, found, strict=True) if not each["broken"]] == []
