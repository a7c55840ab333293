"""A process that opens a station and lets go of all that is old, so that it can be killed at each step."""

import os
import sys
from pathlib import Path

from lotline_agent.store.station_store import StationStore


def main() -> None:
    store = StationStore(Path(sys.argv[1]), floor_bytes=0, ballast_bytes=0, keep_days=7)
    store.outbox.generation, store.outbox.clock_skew_s = "g", 0.0
    os.write(2, b"MARK letting go\n")
    while store.retention.let_go():
        pass
    os.write(2, b"MARK done\n")
    store.close()


if __name__ == "__main__":
    main()
