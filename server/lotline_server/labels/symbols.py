"""A text as Code 128, Data Matrix or QR: dark and light modules, and how much white it needs around it.

Quiet zones: Code 128 ten modules at either end (ISO/IEC 15417), Data Matrix one all around (ISO/IEC 16022),
QR four all around (ISO/IEC 18004).
"""

from dataclasses import dataclass
from typing import Literal, get_args

import segno
from barcode.codex import Code128
from ppf.datamatrix import DataMatrix

from lotline_server.core.errors import Invalid

Code = Literal["code128", "datamatrix", "qr"]
CODES: tuple[Code, ...] = get_args(Code)
NAMES: dict[str, str] = {"code128": "Code 128", "datamatrix": "Data Matrix", "qr": "QR"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """The dark runs of each row as (first module, how many), top down, without the quiet zone.

    linear: it has one row, to be drawn as high as there is room. quiet: modules of white it needs, of a
    linear one left and right only
    """

    width: int
    rows: tuple[tuple[tuple[int, int], ...], ...]
    quiet: int
    linear: bool

    @property
    def height(self) -> int:
        """Give how many rows there are."""
        return len(self.rows)


def encode(code: Code, text: str) -> Symbol:
    """Make the symbol of a text. Raises Invalid where this code cannot hold it."""
    match code:
        case "code128":
            # The encoder takes ñ and its neighbours for function characters.
            if not text.isascii():
                raise Invalid(f"Code 128 cannot hold {text[:64]!r}: choose QR for it")
            (bars,) = Code128(text).build()
            return _symbol([[each == "1" for each in bars]], quiet=10, linear=True)
        case "datamatrix":
            # The encoder's other choices read a letter beyond ASCII as no code at all.
            if not text.isascii():
                raise Invalid(f"Data Matrix cannot hold {text[:64]!r}: choose QR for it")
            rows = DataMatrix(text).matrix
            return _symbol([[each == 1 for each in row] for row in rows], quiet=1, linear=False)
        case "qr":
            # Level M: 15 % of the symbol may be dirty.
            made = segno.make_qr(text, error="m", boost_error=False)
            return _symbol([[each == 1 for each in row] for row in made.matrix], quiet=4, linear=False)


def _symbol(rows: list[list[bool]], *, quiet: int, linear: bool) -> Symbol:
    return Symbol(width=len(rows[0]), rows=tuple(_runs(row) for row in rows), quiet=quiet, linear=linear)


def _runs(row: list[bool]) -> tuple[tuple[int, int], ...]:
    """Give the dark runs of a row: drawn whole, so that no hairline of white can stand between modules."""
    found: list[tuple[int, int]] = []
    for at, dark in enumerate(row):
        if not dark:
            continue
        if found and sum(found[-1]) == at:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((at, 1))
    return tuple(found)
