"""Serial numbers: a scan is a stranger's text until it has been through here."""

import re
import unicodedata

MAX_LENGTH = 64
COMMAND_PREFIX = "#"
"""A scan that begins so is a command; no serial number may."""

_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
)
"""Letters, marks and a symbol drawn as nothing: Unicode's Default_Ignorable, the empty Braille cell."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/+-]{0,63}")


class ScanRefused(ValueError):
    """A scan that is no serial number. The message is written for the operator."""


def normalise_serial(scan: str) -> str:
    """Give the normal form of a scanned serial number: NFC, without surrounding spaces, tabs and line ends.

    Raises ScanRefused for an empty or over-long scan, a command, and any control, format, unassigned, private
    or invisible character and any other space: those can hide or reorder what a person reads.
    """
    # Not str.strip(), which also takes away the separators of a GS1 code without a word.
    text = scan.strip(" \t\r\n")
    # Normalising 200,000 combining marks takes minutes, and no 64 characters need more than 4 each before.
    if len(text) <= 4 * MAX_LENGTH:
        text = unicodedata.normalize("NFC", text)
    if not text:
        raise ScanRefused("The scan was empty. Scan the unit's label again.")
    if len(text) > MAX_LENGTH:
        raise ScanRefused(
            f"That code has {len(text)} characters; a serial number has at most {MAX_LENGTH}. "
            "Is it the right label, or two scans in one?"
        )
    for character in text:
        if _hides(character):
            raise ScanRefused(
                f"The code holds a character that cannot be read (U+{ord(character):04X}). "
                "Clean the label and scan again, or check the scanner's settings."
            )
    if text.startswith(COMMAND_PREFIX):
        raise ScanRefused(f"{text} is a command, not a serial number.")
    return text


def _hides(character: str) -> bool:
    """Tell whether a person could not see this character, or not for what it is."""
    category = unicodedata.category(character)
    return category[0] == "C" or (category[0] == "Z" and character != " ") or character in _INVISIBLE


def check_name(name: str, what: str) -> str:
    """Give back a part number, lot, station or operation; ValueError unless it is a plain short name."""
    if not _NAME.fullmatch(name) or name != name.strip():
        raise ValueError(
            f"{what} {name!r} is not usable: 1 to 64 letters, digits, spaces or . _ / + -, "
            "beginning with a letter or digit"
        )
    return name


def serial_block(prefix: str, digits: int, first: int, count: int) -> list[str]:
    """Make `count` serial numbers from `first` on: prefix and zero-padded counter.

    Raises ValueError where the counter would outgrow its digits: a longer number would break the format; and
    where a scan of such a number would be refused or read as another.
    """
    last = first + count - 1
    if count < 1 or first < 0 or not 1 <= digits <= MAX_LENGTH or last >= 10**digits:
        raise ValueError(
            f"{count} serial numbers from {first} on do not fit {digits} digits after {prefix!r}"
        )
    sample = f"{prefix}{first:0{digits}d}"
    if normalise_serial(sample) != sample:
        raise ValueError(f"the prefix {prefix!r} would be read back in another form from the label")
    return [f"{prefix}{number:0{digits}d}" for number in range(first, last + 1)]


def fits_format(serial_number: str, prefix: str, digits: int) -> bool:
    """Tell whether a serial number has a part's format: its prefix, then exactly so many digits."""
    counter = serial_number.removeprefix(prefix)
    return (
        serial_number.startswith(prefix)
        and len(counter) == digits
        and counter.isascii()
        and counter.isdigit()
    )
