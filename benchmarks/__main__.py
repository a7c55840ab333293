"""Run all benchmarks and write their table."""

import argparse
import datetime
import importlib
import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks.harness import Result
from lotline_agent.store.sqlite import VERSION as SQLITE_VERSION

NAMES = ("record_unit", "step_overhead", "ingest_batch", "dashboard", "search")
SMALL_ROUNDS = 3
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
PACKAGES = ("numpy", "msgspec", "zstandard", "sqlalchemy", "httpx", "uvicorn")


def main() -> None:
    """Print one JSON line a benchmark; unless small, write the table into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="which; all by default")
    parser.add_argument("--small", action="store_true", help="only show that they run")
    chosen = parser.parse_args()
    results = []
    for name in chosen.names or NAMES:
        run = importlib.import_module(f"benchmarks.{name}").run
        result: Result = run(SMALL_ROUNDS) if chosen.small else run()
        print(result.line(), flush=True)
        results.append(result)
    if not chosen.small and not chosen.names:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(f"{before}{BEGIN}\n{_table(results)}\n{END}{after}", encoding="utf-8")


def _table(results: list[Result]) -> str:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    lines = [
        f"Measured {today} on {platform.machine()}, Python {platform.python_version()}, "
        f"SQLite {SQLITE_VERSION}, {versions}.",
        "",
        "| name | median | p99 | reference | ratio | target | met |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{each.name}` | {each.median:.4g} {each.unit} | {each.p99:.4g} {each.unit} "
        f"| {each.reference:.4g} {each.unit} | {each.ratio:.2f}× | {each.target} "
        f"| {'yes' if each.met else 'no'} |"
        for each in results
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
