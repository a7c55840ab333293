"""Which driver a name in the station's configuration means."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from lotline_drivers.capabilities import Driver, Instrument
from lotline_drivers.connect import refused
from lotline_drivers.console import UnitConsole
from lotline_drivers.dmm import Dmm
from lotline_drivers.errors import UnknownDriver
from lotline_drivers.oscilloscope import Oscilloscope
from lotline_drivers.scpi import ScpiInstrument
from lotline_drivers.supply import Supply

ENTRY_POINT_GROUP = "lotline.drivers"

_REPAIR = "Repair or reinstall the package that offers this driver."
_OWN: Mapping[str, type[Driver]] = {
    "scpi": ScpiInstrument,
    "dmm": Dmm,
    "supply": Supply,
    "oscilloscope": Oscilloscope,
    "console": UnitConsole,
}


def driver_names() -> tuple[str, ...]:
    """All names, ours and those of installed packages, sorted."""
    return tuple(sorted({*_OWN, *(entry.name for entry in entry_points(group=ENTRY_POINT_GROUP))}))


def driver_class(name: str) -> type[Driver]:
    """The driver with this name; ours win over an installed package's.

    Raises UnknownDriver, and RefusedSetting when the package that offers it cannot be loaded.
    """
    if name in _OWN:
        return _OWN[name]
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=name):
        try:
            found: type[Driver] = entry.load()
        except (ImportError, AttributeError) as error:
            raise refused(
                name, f"the driver {name!r} cannot be loaded from {entry.value} ({error})", _REPAIR
            ) from error
        if not callable(getattr(found, "open", None)):
            raise refused(name, f"{entry.value} is no driver, it has no `open`", _REPAIR)
        return found
    raise UnknownDriver(driver=name, known=driver_names())


def open_instrument(
    *,
    name: str,
    driver: str,
    resource: str,
    identity: str | None = None,
    timeout_s: float = 2.0,
    backend: str = "@py",
    options: Mapping[str, Any] | None = None,
) -> Instrument:
    """Open one instrument; nothing is sent to it before `identify()` or the first action.

    name:      the instrument's name in the station, used in every message
    driver:    one of `driver_names()`
    resource:  VISA resource name, or a serial port (`/dev/…`, any path, `COM3`, `ASRL…`)
    identity:  regular expression the answer to *IDN? has to contain; None accepts any
    timeout_s: deadline of opening, and of each exchange later
    backend:   pyvisa's, `@py` or `@ivi` or a library's path
    options:   the driver's own; an unknown one is refused

    Raises UnknownDriver, RefusedSetting, InstrumentUnreachable.
    """
    try:
        cls = driver_class(driver)
    except UnknownDriver as error:
        raise UnknownDriver(driver=driver, known=error.known, instrument=name) from None
    return cls.open(
        name=name,
        resource=resource,
        identity=identity,
        timeout_s=timeout_s,
        backend=backend,
        options=options or {},
    )
