"""Play seeds: `python -m tests.simulator FIRST COUNT [MUTANT]`; says what happened and what broke."""

import json
import logging
import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import structlog
from tests.simulator.mutants import MUTANTS, broken
from tests.simulator.schedule import Broken, run_seed
from tests.simulator.server import make_template


def main(first: int, count: int, mutant: str = "") -> None:
    """Print one line of JSON: met (faults and how often), played (seeds), broken (a sentence, or empty)."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    # In memory where there is such a place: what is tried here is the protocol, not the disk.
    memory = "/dev/shm"  # noqa: S108 - a folder of our own under a random name
    folder = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None))
    met: Counter[str] = Counter()
    said, played = "", 0
    breaks = {each.__name__: each for each in MUTANTS}
    try:
        template = make_template(folder / "template")
        with broken(breaks.get(mutant)):
            for seed in range(first, first + count):
                played += 1
                try:
                    met.update(run_seed(seed, template).network.met)
                except Broken as error:
                    said = str(error)
                    break
    finally:
        shutil.rmtree(folder)
    print(json.dumps({"met": met, "played": played, "broken": said}))


main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
