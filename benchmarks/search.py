"""search: how a serial number begins, and a part number, over 1,000,000 units: what stands behind the field.

The reference is the bare range of an index: the same twenty serial numbers by one prepared SQLite statement.
"""

import random
import statistics

from benchmarks.factory import factory
from benchmarks.harness import Result, in_turns, median_of_ratios, p99
from lotline_server.core.sqlite import module as sqlite
from lotline_server.opening import open_data
from lotline_server.search.service import search

_SHOWN = 20
_RANGE = "SELECT serial_number FROM units WHERE serial_number >= ? AND serial_number < ? ORDER BY 1 LIMIT ?"
_AT_ONCE = 20


def run(rounds: int = 200) -> Result:
    """Measure and give the figures, in milliseconds."""
    with factory(small=rounds < 200) as data:
        opened = open_data(data, serve=False)
        by_hand = sqlite.connect(f"file:{opened.folder.database}?mode=ro", uri=True)
        serials = [row[0] for row in by_hand.execute("SELECT serial_number FROM units LIMIT 100000")]
        chance = random.Random(1)
        typed = [chance.choice(serials)[:-2] for _ in range(256)] + ["GW2", "SN1", "PS5"]
        try:
            with opened.database.read() as connection:

                def product(number: int) -> None:
                    for at in range(_AT_ONCE):
                        search(connection, typed[(number * _AT_ONCE + at) % len(typed)], limit=_SHOWN)

                def reference(number: int) -> None:
                    for at in range(_AT_ONCE):
                        first = typed[(number * _AT_ONCE + at) % len(typed)]
                        list(by_hand.execute(_RANGE, (first, first + "\U0010ffff", _SHOWN)))

                times = in_turns(product, reference, rounds)
        finally:
            by_hand.close()
            opened.close()
    mine = [each / _AT_ONCE * 1000 for each in times[0]]
    ratio = median_of_ratios(times)
    return Result(
        name="search",
        unit="ms",
        median=statistics.median(mine),
        p99=p99(mine),
        reference=statistics.median(times[1]) / _AT_ONCE * 1000,
        ratio=ratio,
        target="≤ 10×",
        met=ratio <= 10,
        note="of seven kinds of things, as typed and in capitals",
    )


if __name__ == "__main__":
    print(run().line())
