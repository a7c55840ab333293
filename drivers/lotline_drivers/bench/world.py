"""What all instruments of the bench share: the unit in the fixture and what the supply drives."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from lotline_drivers.bench.physics import Drive, Operating, Unit, make_unit, noisy, operate


class World:
    """The fixture. `on_power` is told each time the unit starts or stops running."""

    def __init__(self, seed: int, defects: Mapping[str, float]) -> None:
        self.seed = seed
        self.unit: Unit | None = None
        self.drive = Drive()
        self.random = np.random.default_rng(seed)
        self.on_power: Callable[[bool], None] = lambda _is_running: None
        self._defects = dict(defects)
        self._repaired: set[str] = set()

    @property
    def now(self) -> Operating:
        """What is the case at this moment, without noise."""
        return operate(self.unit, self.drive)

    def place(self, serial_number: str | None) -> None:
        """Put the unit with this serial number into the fixture; None takes the unit out."""
        # A unit that is pulled and put back loses its power in between.
        was_running = self.now.is_running
        self.unit = None
        if was_running:
            self.on_power(False)
        if serial_number is not None:
            defects = {} if serial_number in self._repaired else self._defects
            self.unit = make_unit(self.seed, serial_number, defects)
        if self.now.is_running:
            self.on_power(True)

    def repair(self, serial_number: str) -> None:
        """Mend what is wrong with a unit, as rework does; it shows when the unit is placed the next time."""
        self._repaired.add(serial_number)

    def set_drive(self, drive: Drive) -> None:
        """Change what the supply is set to."""
        was_running = self.now.is_running
        self.drive = drive
        if (is_running := self.now.is_running) != was_running:
            self.on_power(is_running)

    def read(self, value: float) -> float:
        """An instrument's reading of a value."""
        return noisy(value, self.random)
