"""The time zone of the machine, by its IANA name."""

import os
from pathlib import Path
from zoneinfo import available_timezones


def machine_zone() -> str:
    """Give the machine's zone; UTC where it does not say one."""
    told = os.environ.get("TZ", "").removeprefix(":")
    try:
        linked = Path("/etc/localtime").resolve().as_posix().partition("zoneinfo/")[2]
    except OSError:
        linked = ""
    known = available_timezones()
    found = next((each for each in (told, linked) if each in known), "UTC")
    return "UTC" if found == "Etc/UTC" else found
