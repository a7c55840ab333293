"""`python -m lotline_drivers.bench --seed 7 --folder DIR`: a simulated bench, a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from lotline_drivers.bench.bench import BenchSettings, run_bench
from lotline_drivers.bench.physics import DEFAULT_DEFECTS, DEFECTS
from lotline_drivers.scanner import SUFFIXES


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench until SIGTERM or SIGINT. Returns 0, or 1 when it could not start."""
    settings = _settings(arguments)
    try:
        asyncio.run(_run(settings))
    except OSError as error:
        print(f"bench: cannot start: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(settings: BenchSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run_bench(settings, stop)


def _settings(arguments: Sequence[str] | None) -> BenchSettings:
    parser = argparse.ArgumentParser(prog="python -m lotline_drivers.bench", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="for the ptys' symlinks and bench.json")
    parser.add_argument("--seed", type=int, default=0, help="same seed and serial number, same unit")
    for instrument in ("dmm", "supply", "scope", "control"):
        parser.add_argument(f"--{instrument}-port", type=int, default=0, help="TCP port, 0 for a free one")
    parser.add_argument(
        "--defect",
        action="append",
        type=_defect,
        default=[],
        metavar="KIND=PROBABILITY",
        help=f"KIND is {', '.join(DEFECTS)} or all; may be given more than once",
    )
    parser.add_argument("--suffix", choices=sorted(SUFFIXES), default="CR", help="what ends a scan")
    parser.add_argument("--prefix", default="", help="what the scanner puts before a scan")
    parser.add_argument(
        "--with-parent",
        type=int,
        nargs="?",
        const=os.getppid(),
        metavar="PID",
        help="end when the starting process ends; PID is its own, so that none is missed that ends at once",
    )
    given = parser.parse_args(arguments)
    defects = dict(DEFAULT_DEFECTS)
    for chosen in given.defect:
        defects |= chosen
    return BenchSettings(
        folder=given.folder,
        seed=given.seed,
        dmm_port=given.dmm_port,
        supply_port=given.supply_port,
        scope_port=given.scope_port,
        control_port=given.control_port,
        defects=defects,
        suffix=SUFFIXES[given.suffix],
        prefix=given.prefix.encode(),
        parent_pid=given.with_parent,
    )


def _defect(text: str) -> dict[str, float]:
    kind, _, probability = text.partition("=")
    if kind not in (*DEFECTS, "all"):
        raise argparse.ArgumentTypeError(f"the kind is one of {', '.join(DEFECTS)} or all, not {kind!r}")
    try:
        value = float(probability)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"a probability lies between 0 and 1, not {probability!r}")
    return dict.fromkeys(DEFECTS, value) if kind == "all" else {kind: value}


if __name__ == "__main__":
    sys.exit(main())
