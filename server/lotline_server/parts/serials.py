"""A part's serial-number format: literals, year, ISO week, one counter, a check digit. Pure.

Written as people read it: `GW2-{YY}{WW}{N5}{CHECK}`. Year and week are those of the day a number is made;
beside a week stands the ISO year, which alone makes week 1 of a late December right. The counter goes on for
ever, whatever the week: a number is unique without a look at its date.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, assert_never

from lotline_contract.identity import normalise_serial

MAX_DIGITS = 18
_FIELD = re.compile(r"\{(?:(YYYY|YY)|(WW)|N([0-9]{1,2})|(CHECK))\}")


@dataclass(frozen=True, slots=True)
class Element:
    """A piece of a format. text: a literal's. digits: how wide any other one is."""

    kind: Literal["literal", "year", "week", "counter", "check"]
    digits: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class SerialFormat:
    """The pieces in order: exactly one counter; a check digit only at the end."""

    elements: tuple[Element, ...]

    def make(self, first: int, count: int, day: date) -> list[str]:
        """Make `count` serial numbers from counter `first` on. ValueError where the counter outgrows its
        digits, or where a scan of such a number would be refused or read as another.
        """
        (digits,) = (each.digits for each in self.elements if each.kind == "counter")
        if count < 1 or first < 0 or first + count > 10**digits:
            raise ValueError(
                f"{count} serial numbers from {first} on do not fit the {digits} digits of {self}"
            )
        made = [self._one(number, day) for number in range(first, first + count)]
        if normalise_serial(made[0]) != made[0]:
            raise ValueError(f"a serial number like {made[0]!r} would be read back in another form")
        return made

    def _one(self, number: int, day: date) -> str:
        iso = day.isocalendar()
        year = iso.year if any(each.kind == "week" for each in self.elements) else day.year
        text = ""
        for each in self.elements:
            match each.kind:
                case "literal":
                    text += each.text
                case "year":
                    text += f"{year:04d}"[-each.digits :]
                case "week":
                    text += f"{iso.week:02d}"
                case "counter":
                    text += f"{number:0{each.digits}d}"
                case "check":
                    text += luhn(text)
                case other:
                    assert_never(other)
        return text

    def fits(self, serial_number: str) -> bool:
        """Tell whether a serial number has this format, its week and its check digit included."""
        pattern = "".join(re.escape(each.text) if each.kind == "literal" else f"([0-9]{{{each.digits}}})"
                          for each in self.elements)  # fmt: skip
        found = re.fullmatch(pattern, serial_number, re.ASCII)
        if found is None:
            return False
        values = zip((each for each in self.elements if each.kind != "literal"), found.groups(), strict=True)
        return all(
            (each.kind != "week" or 1 <= int(value) <= 53)
            and (each.kind != "check" or value == luhn(serial_number[:-1]))
            for each, value in values
        )

    def as_prefix_and_digits(self) -> tuple[str, int, bool]:
        """Give the format as stations know it: what it begins with, how many digits follow, and whether that
        says it all (False where a letter stands behind the first digit field).
        """
        prefix, digits, whole = "", 0, True
        for each in self.elements:
            if each.kind != "literal":
                digits += each.digits
            elif digits == 0:
                prefix += each.text
            else:
                whole = whole and each.text.isascii() and each.text.isdigit()
                digits += len(each.text)
        return prefix, digits, whole

    def __str__(self) -> str:
        return "".join(map(_written, self.elements))


def _written(element: Element) -> str:
    match element.kind:
        case "literal":
            return element.text
        case "year":
            return "{" + "Y" * element.digits + "}"
        case "week":
            return "{WW}"
        case "counter":
            return f"{{N{element.digits}}}"
        case "check":
            return "{CHECK}"
        case other:
            assert_never(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a format as it is explained. written: in the format. shown: in the example number."""

    kind: str
    written: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A format tried out. examples: the next numbers; pieces: of the first one, in order.

    room: how many numbers its counter has in all
    """

    serial_format: str
    examples: list[str]
    pieces: list[Piece]
    room: int


def explain(form: SerialFormat) -> list[tuple[str, str]]:
    """Give each piece of a format as (kind, as it is written)."""
    return [(each.kind, _written(each)) for each in form.elements]


def example(text: str, day: date, first: int = 1) -> Example:
    """Try a format out: the numbers it would make on this day from this counter on. ValueError as `parse`."""
    form = parse(text)
    (digits,) = (each.digits for each in form.elements if each.kind == "counter")
    room = 10**digits
    made = form.make(first, min(3, max(1, room - first)), day)
    pieces, at = [], 0
    for each in form.elements:
        width = len(each.text) if each.kind == "literal" else each.digits
        pieces.append(Piece(kind=each.kind, written=_written(each), shown=made[0][at : at + width]))
        at += width
    return Example(serial_format=text, examples=made, pieces=pieces, room=room)


def plain(prefix: str, digits: int) -> SerialFormat:
    """Give the format of a prefix and a counter."""
    return SerialFormat((Element("literal", text=prefix), Element("counter", digits)))


def parse(text: str) -> SerialFormat:
    """Read a format. ValueError says what is wrong with it."""
    elements: list[Element] = []
    at = 0
    for found in _FIELD.finditer(text):
        _add_literal(elements, text[at : found.start()])
        at = found.end()
        year, week, counter, _ = found.groups()
        if year:
            elements.append(Element("year", len(year)))
        elif week:
            elements.append(Element("week", 2))
        elif counter:
            elements.append(Element("counter", int(counter)))
        else:
            elements.append(Element("check", 1))
    _add_literal(elements, text[at:])
    kinds = [each.kind for each in elements]
    if kinds.count("counter") != 1 or not all(
        1 <= each.digits <= MAX_DIGITS for each in elements if each.kind == "counter"
    ):
        raise ValueError(
            f"a serial-number format has one counter such as {{N6}}, of 1 to {MAX_DIGITS} digits"
        )
    for kind in ("year", "week", "check"):
        if kinds.count(kind) > 1:
            raise ValueError(f"the {kind} stands twice in the serial-number format")
    if "week" in kinds and "year" not in kinds:
        raise ValueError("a week without its year says nothing: add {YY} or {YYYY}")
    if "check" in kinds and kinds[-1] != "check":
        raise ValueError("{CHECK} stands at the end of a serial-number format")
    made = SerialFormat(tuple(elements))
    made.make(1, 1, date(2026, 1, 1))
    return made


def _add_literal(elements: list[Element], text: str) -> None:
    if "{" in text or "}" in text:
        raise ValueError(
            f"{text!r} holds a brace; the fields are {{YY}}, {{YYYY}}, {{WW}}, {{N6}} and {{CHECK}}"
        )
    if text:
        elements.append(Element("literal", text=text))


def luhn(text: str) -> str:
    """Give the mod-10 check digit (ISO/IEC 7812-1, annex B) over the digits in a text."""
    total = 0
    digits = [int(each) for each in text if each.isascii() and each.isdigit()]
    for place, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if place % 2 == 0 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)
