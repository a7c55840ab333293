"""What the made-up factory builds, tests and buys. Pure data."""

from dataclasses import dataclass
from datetime import timedelta

LINES = 8
"""Production lines; each has a station of its own for every operation, and one lot after the other."""
SPAN = timedelta(days=365)
PROJECT = "Gateway family"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """What a step measures, and its limits."""

    step: str
    name: str
    uom: str
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What is built. share: of the lots. bom: (component, quantity for one unit)."""

    number: str
    name: str
    kind: str
    operations: tuple[str, ...]
    share: float
    bom: tuple[tuple[str, int], ...]


PRODUCTS = (
    Product(
        number="GW2", name="Gateway board", kind="pcba", operations=("ICT", "FCT"), share=0.25,
        bom=(("C-0402-100N", 42), ("R-0402-10K", 18), ("U-MCU-L4", 1), ("U-PHY", 1), ("J-RJ45", 2)),
    ),
    Product(
        number="SN1", name="Sensor node", kind="pcba", operations=("FCT",), share=0.5,
        bom=(("C-0402-100N", 12), ("R-0402-10K", 8), ("U-MCU-L0", 1)),
    ),
    Product(
        number="PS5", name="Power supply", kind="assembly", operations=("FCT", "FINAL"), share=0.25,
        bom=(("C-ELKO-470U", 4), ("T-CORE-RM8", 1), ("HOUSING-PS5", 1)),
    ),
)  # fmt: skip

COMPONENTS = {
    "C-0402-100N": "Capacitor 100 nF 0402", "R-0402-10K": "Resistor 10 kΩ 0402",
    "U-MCU-L4": "Microcontroller L4", "U-MCU-L0": "Microcontroller L0", "U-PHY": "Ethernet PHY",
    "J-RJ45": "RJ45 jack with magnetics", "C-ELKO-470U": "Electrolytic capacitor 470 µF",
    "T-CORE-RM8": "Transformer RM8", "HOUSING-PS5": "Housing PS5",
}  # fmt: skip
SUPPLIERS = ("Northwind Components", "Elbe Elektronik", "Harbor Parts")

QUICK = (Scalar(step="3.3 V rail", name="rail_3v3", uom="V", low=3.23, high=3.37),)
FULL = (
    *QUICK,
    Scalar(step="5 V rail", name="rail_5v", uom="V", low=4.9, high=5.1),
    Scalar(step="3.3 V ripple", name="ripple_3v3", uom="mV", low=0.0, high=30.0),
    Scalar(step="5 V ripple", name="ripple_5v", uom="mV", low=0.0, high=50.0),
    Scalar(step="Idle current", name="idle_current", uom="mA", low=8.0, high=16.0),
    Scalar(step="Load current", name="load_current", uom="mA", low=180.0, high=260.0),
    Scalar(step="Crystal", name="crystal", uom="MHz", low=24.999, high=25.001),
    Scalar(step="Link amplitude", name="link_amplitude", uom="V", low=0.95, high=1.05),
    Scalar(step="Temperature", name="temperature", uom="degC", low=20.0, high=45.0),
    Scalar(step="Boot time", name="boot_time", uom="s", low=0.5, high=4.0),
)

FAILS = 0.04
"""Of the runs at an operation for the first time."""
RETEST_PASSES = 0.8
ERRORS = 0.015
"""Of the runs, before one that counts: they count for nothing."""
SCRAPPED = 0.3
"""Of the units that fail again."""
IN_FULL = 0.05
"""Of the units: measured in full; the others have one scalar a run, as a quick check has."""
BUILT_EVERY = 10
"""Every tenth lot moves stock; the others are tested only."""
