"""What one production must come to, reckoned by hand from its story and from nothing the server says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from lotline_drivers.bench.physics import make_unit

BOM = {"C-100N": Decimal(4), "R-10K": Decimal(2), "J-RJ45": Decimal(1)}
ATTRITION = {"C-100N": Decimal(0), "R-10K": Decimal("0.05"), "J-RJ45": Decimal(0)}


def need(units: int) -> dict[str, Decimal]:
    """Give what so many units take of each component, with its attrition."""
    return {part: units * quantity * (1 + ATTRITION[part]) for part, quantity in BOM.items()}


def is_sound(seed: int, serial_number: str) -> bool:
    """Tell whether the simulated unit of this serial number has no defect."""
    return not make_unit(seed, serial_number).defects


@dataclass
class Tally:
    """A lot as it is counted on the floor: each unit's runs in order, True for PASS. scrapped: taken out."""

    runs: dict[str, list[bool]] = field(default_factory=dict)
    scrapped: set[str] = field(default_factory=set)
    stock: dict[str, Decimal] = field(default_factory=dict)

    def run(self, serial_number: str, passed: bool) -> None:
        """Write a run down."""
        self.runs.setdefault(serial_number, []).append(passed)

    @property
    def completed(self) -> set[str]:
        """Give the units that are done: their last run passed, and nobody scrapped them."""
        return {serial for serial, each in self.runs.items() if each[-1]} - self.scrapped

    @property
    def failed(self) -> set[str]:
        """Give the units whose last run failed and that still stand there."""
        return self.runs.keys() - self.completed - self.scrapped

    @property
    def first_pass(self) -> tuple[int, int]:
        """Give how many units passed at once, of how many that were tested."""
        return sum(each[0] for each in self.runs.values()), len(self.runs)

    @property
    def last_pass(self) -> tuple[int, int]:
        """Give how many units passed in the end, of how many that were tested."""
        return sum(each[-1] for each in self.runs.values()), len(self.runs)

    def moved(self, came: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """Give what lies in stock now of each component, after all that came and all that units took."""
        taken = need(len(self.completed) + len(self.scrapped))
        return {part: came.get(part, Decimal(0)) - taken[part] for part in BOM}


def share(part: tuple[int, int]) -> str:
    """Write a share as pages do: cut to a tenth of a per cent."""
    tenths = part[0] * 1000 // part[1]
    return f"{tenths // 10}.{tenths % 10}\u00a0%" if tenths < 1000 else "100\u00a0%"
