"""A meaning is never colour alone: every outcome has a glyph, a word and one of the four meanings."""

from dataclasses import dataclass
from typing import Literal

from lotline_contract.outcome import Outcome

Meaning = Literal["passed", "failed", "attention", "fault", "neutral"]
"""The four meanings, and neutral for what has none. Also the class in base.css (`is-passed`, …)."""


def N_(text: str) -> str:
    """Mark a text for translators; it is translated later, where it is drawn."""
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What stands for one word everywhere.

    glyph: the symbol `glyph-<glyph>` of glyphs.svg
    word: as a chip says it, in English and marked with N_
    """

    meaning: Meaning
    glyph: str
    word: str


MARKS: dict[str, Mark] = {
    "PASS": Mark(meaning="passed", glyph="check", word=N_("Pass")),
    "FAIL": Mark(meaning="failed", glyph="cross", word=N_("Fail")),
    "ERROR": Mark(meaning="fault", glyph="warning", word=N_("Error")),
    "ABORTED": Mark(meaning="attention", glyph="square", word=N_("Aborted")),
    "SKIPPED": Mark(meaning="neutral", glyph="skip", word=N_("Skipped")),
    "UNSET": Mark(meaning="fault", glyph="warning", word=N_("Missing")),
    "IN_PROGRESS": Mark(meaning="neutral", glyph="dot", word=N_("In progress")),
}
"""By the outcome's name; IN_PROGRESS is a run that has none yet."""


def mark(outcome: Outcome | None) -> Mark:
    """Give the mark of an outcome; of None (a run that goes on): In progress."""
    return MARKS["IN_PROGRESS" if outcome is None else outcome.value]
