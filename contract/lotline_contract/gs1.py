"""What a scanner says beside the label's text: AIM's symbology prefix, and GS1's element strings (General
Specifications, 3 and 5.8): (01) the article, (10) the batch, (21) the serial number.
"""

import re
from typing import NamedTuple

SEPARATOR = "\x1d"
MAX_SCAN = 256

_AIM = re.compile(r"\][A-Za-z][0-9A-Fa-f]")
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)([^()]+)")
_FIXED = {"00": 18, "01": 14, "02": 14, "03": 14, "04": 16, "20": 2} | dict.fromkeys(
    ("11", "12", "13", "14", "15", "16", "17", "18", "19"), 6
)
_FIXED |= dict.fromkeys(("31", "32", "33", "34", "35", "36"), 6) | {"41": 13}
_LONG = {"23": 3, "24": 3, "25": 3, "31": 4, "32": 4, "33": 4, "34": 4, "35": 4, "36": 4, "39": 4, "40": 3,
         "41": 3, "42": 3, "43": 4, "70": 4, "71": 3, "72": 4, "80": 4, "81": 4, "82": 4}  # fmt: skip


class Gs1(NamedTuple):
    """What a GS1 code says. None: it does not say that."""

    gtin: str | None
    serial_number: str | None
    batch: str | None


def without_aim(scan: str) -> str:
    """Give a scan without the prefix by which a scanner names the symbology, such as ]C1 or ]d2."""
    return scan[3:] if _AIM.match(scan) else scan


def read_gs1(scan: str) -> Gs1 | None:
    """Take a GS1 code apart, as scanned or as it is printed with brackets; None where it is none.

    A plain text may look like one by chance: ask this only about what is nothing else. The parts are a
    stranger's text still; a serial number goes through `normalise_serial`.
    """
    text = without_aim(scan.strip(" \t\r\n"))
    if len(text) > MAX_SCAN:
        return None
    found = _bracketed(text) if text.startswith("(") else _scanned(text.removeprefix(SEPARATOR))
    if found is None or not found.keys() & {"01", "10", "21"}:
        return None
    gtin = found.get("01")
    if gtin is not None and not _checks(gtin):
        return None
    return Gs1(gtin=gtin, serial_number=found.get("21"), batch=found.get("10"))


def _bracketed(text: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        element = _BRACKETED.match(text, at)
        if element is None:
            return None
        found[element[1]] = element[2].strip()
        at = element.end()
    return found


def _scanned(text: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    while text:
        start = text[:2]
        length = _LONG.get(start, 2)
        identifier, rest = text[:length], text[length:]
        if not (identifier.isascii() and identifier.isdigit() and len(identifier) == length):
            return None
        if start in _FIXED:
            value, text = rest[: _FIXED[start]], rest[_FIXED[start] :].removeprefix(SEPARATOR)
            if len(value) != _FIXED[start] or not (value.isascii() and value.isdigit()):
                return None
        else:
            value, _, text = rest.partition(SEPARATOR)
        if not value or identifier in found:
            return None
        found[identifier] = value
    return found


def _checks(gtin: str) -> bool:
    """Tell whether a GTIN's last digit is the one its others ask for."""
    if len(gtin) != 14 or not (gtin.isascii() and gtin.isdigit()):
        return False
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(gtin[:13]))
    return (10 - weighted % 10) % 10 == int(gtin[13])
