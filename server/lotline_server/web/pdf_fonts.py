"""A font for PDFs with text in any language: found on this machine, never shipped with us.

PDF's own fonts know only western letters. Where no other font is found, or the one that is lacks a character,
the character is written as its code, [U+4E2D], so that nothing is ever lost or drawn as an empty box.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.fonts import TTFFont

_FOLDERS = (
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/dejavu"),
    Path("/usr/share/fonts/dejavu-sans-fonts"),
    Path("/usr/share/fonts/TTF"),
    Path("/usr/local/share/fonts"),
    Path("/usr/share/fonts/truetype/liberation"),
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts/Supplemental"),
    Path("C:/Windows/Fonts"),
)
_FILES = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("segoeui.ttf", "segoeuib.ttf"),
    ("arial.ttf", "arialbd.ttf"),
    ("Arial.ttf", "Arial Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
)
_CORE = "Helvetica"
_CORE_ENCODING = "windows-1252"
_NAME = "Text"


@dataclass(frozen=True, slots=True, kw_only=True)
class FontFiles:
    """A font in regular and bold."""

    regular: Path
    bold: Path


@cache
def find_font() -> FontFiles | None:
    """Find a font with many letters; None where this machine has none of those we know."""
    for regular, bold in _FILES:
        for folder in _FOLDERS:
            files = FontFiles(regular=folder / regular, bold=folder / bold)
            if files.regular.is_file() and files.bold.is_file():
                return files
    return None


class Writing:
    """The font of one PDF, and how its text is made safe."""

    def __init__(self, pdf: FPDF, files: FontFiles | None) -> None:
        self.is_full = files is not None
        if files is None:
            self.family = _CORE
            pdf.core_fonts_encoding = _CORE_ENCODING
            self._known: frozenset[int] | None = None
        else:
            self.family = _NAME
            pdf.add_font(_NAME, "", files.regular)
            pdf.add_font(_NAME, "B", files.bold)
            fonts = [cast("TTFFont", pdf.fonts[f"{_NAME.lower()}{style}"]) for style in ("", "B")]
            self._known = frozenset(fonts[0].cmap) & frozenset(fonts[1].cmap)

    def safe(self, text: str) -> str:
        """Give a text as it can be drawn: what cannot be drawn or seen is written as its code."""
        return "".join(self._safe(each) for each in unicodedata.normalize("NFC", text))

    def _safe(self, character: str) -> str:
        if character in "\n\r\t":
            return " "
        if unicodedata.category(character)[0] == "C" or not self._draws(character):
            return f"[U+{ord(character):04X}]"
        return character

    def _draws(self, character: str) -> bool:
        if self._known is not None:
            return ord(character) in self._known
        try:
            character.encode(_CORE_ENCODING)
        except UnicodeEncodeError:
            return False
        return True
