"""Text that people type into one line or one box: kept as typed, refused where it cannot be read."""

import unicodedata

from lotline_server.core.errors import Invalid

_ALLOWED_CONTROLS = "\t\r\n"


def required_text(text: str, what: str, most: int) -> str:
    """Give a text in NFC without surrounding white space. Invalid where nothing or too much is left, or where
    it holds a character that cannot be seen.
    """
    found = optional_text(text, what, most)
    if found is None:
        raise Invalid(f"{what} must not be empty")
    return found


def optional_text(text: str | None, what: str, most: int) -> str | None:
    """Give a text as `required_text` does; None where there is none."""
    if text is None:
        return None
    if len(text) > 2 * most:
        raise Invalid(f"{what} has at most {most} characters, not {len(text)}")
    found = unicodedata.normalize("NFC", text.strip())
    if len(found) > most:
        raise Invalid(f"{what} has at most {most} characters, not {len(found)}")
    for character in found:
        if unicodedata.category(character)[0] == "C" and character not in _ALLOWED_CONTROLS:
            raise Invalid(f"{what} holds a character that cannot be read (U+{ord(character):04X})")
    return found or None
