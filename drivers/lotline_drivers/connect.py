"""From a resource string and options to an open transport."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from lotline_drivers.errors import RefusedSetting, did_you_mean
from lotline_drivers.serial_line import serial_opener, serial_port_of
from lotline_drivers.transport import FramedTransport, Transport
from lotline_drivers.visa import visa_opener

LINE_ENDINGS: Mapping[str, str] = {"LF": "\n", "CR": "\r", "CRLF": "\r\n"}
TRANSPORT_OPTIONS = ("baud_rate", "write_ending", "read_ending")


def connect(
    *, name: str, resource: str, timeout_s: float, backend: str, options: Mapping[str, Any]
) -> Transport:
    """Open the resource within `timeout_s`.

    Options: `baud_rate` (serial only, default 9600), `write_ending` and `read_ending` (LF, CR or CRLF,
             default LF; a CR
    before LF is always stripped). Raises InstrumentUnreachable, RefusedSetting.
    """
    port = serial_port_of(resource)
    baud_rate = options.get("baud_rate", 9600)
    if isinstance(baud_rate, bool) or not isinstance(baud_rate, int) or baud_rate <= 0:
        raise refused(name, f"baud_rate is a whole number above 0, not {baud_rate!r}")
    return FramedTransport(
        name=name,
        resource=resource,
        open_link=visa_opener(resource, backend=backend)
        if port is None
        else serial_opener(port, baud_rate=baud_rate),
        timeout_s=timeout_s,
        check="Check the resource name, that the instrument is switched on, and the cable or network."
        if port is None
        else "Check that the adapter is plugged in, the port's name, and that no other program uses it.",
        write_ending=line_ending(name, "write_ending", options.get("write_ending", "LF")),
        read_ending=line_ending(name, "read_ending", options.get("read_ending", "LF")),
    )


def line_ending(name: str, option: str, value: object) -> str:
    """The characters of LF, CR or CRLF. Raises RefusedSetting."""
    if not isinstance(value, str) or value not in LINE_ENDINGS:
        raise refused(name, f"{option} is one of {', '.join(LINE_ENDINGS)}, not {value!r}")
    return LINE_ENDINGS[value]


def own_options(name: str, make: Callable[..., object], options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are keyword parameters of an instrument class, after refusing every unknown one."""
    parameters = inspect.signature(make).parameters
    takes = [
        parameter.name
        for parameter in parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is not parameter.empty
    ]
    takes = [option for option in takes if option not in ("identity", "timeout_s")]
    for option in options:
        if option not in takes and option not in TRANSPORT_OPTIONS:
            known = [*takes, *TRANSPORT_OPTIONS]
            raise refused(
                name,
                f"there is no option {option!r}{did_you_mean(option, known)}",
                check=f"Options here: {', '.join(sorted(known))}.",
            )
    return {option: value for option, value in options.items() if option in takes}


def refused(
    name: str, message: str, check: str = "Correct the station's configuration or the plan."
) -> RefusedSetting:
    """A RefusedSetting with the usual advice."""
    return RefusedSetting(instrument=name, message=message, check=check)
