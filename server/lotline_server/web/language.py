"""The languages of the pages. English stands in the templates; the others in locale/*.po, read by Babel.

A sentence that a catalogue does not have is shown in English: a page is never empty for want of a word.
"""

import io
from dataclasses import dataclass
from datetime import date
from functools import cache
from gettext import NullTranslations
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from fastapi import Request

from lotline_contract.look import N_

__all__ = ["COOKIE", "ENGLISH", "LANGUAGES", "N_", "Language", "language", "language_of"]

FOLDER = Path(__file__).parent / "locale"
COOKIE = "lotline_language"
LANGUAGES = {"en": "English", "de": "Deutsch"}
"""By the code that HTML and browsers use, each as its own speakers call it."""

_LOCALES = {"en": "en_GB"}
"""Whose days a language writes, where that is not its own code's: the day stands before the month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language: its code, its catalogue, and how it writes numbers and days."""

    code: str
    words: NullTranslations
    locale: Locale

    def say(self, text: str, /, **values: object) -> str:
        """Give a sentence in this language. Values stand in it as %(name)s."""
        return self.words.gettext(text) % values

    def say_many(self, one: str, many: str, how_many: int, /, **values: object) -> str:
        """Give a sentence about a count, which stands in it as %(num)s."""
        return self.words.ngettext(one, many, how_many) % {"num": how_many, **values}

    def day(self, day: str | None, today: date) -> str:
        """Write a day (2026-11-27): one of the next six by its name; a dash for none."""
        if day is None:
            return "–"
        found = date.fromisoformat(day)
        if found == today:
            return self.say("today")
        if 0 < (found - today).days < 7:
            return str(format_date(found, "EEEE", locale=self.locale))
        pattern = "d MMM" if found.year == today.year else "d MMM y"
        return str(format_date(found, pattern, locale=self.locale))

    def short_day(self, day: date) -> str:
        """Write a day for an axis: 23 Nov."""
        return str(format_date(day, "d MMM", locale=self.locale))

    def long_day(self, day: date) -> str:
        """Write a day in full: Monday 23 November 2026."""
        return str(format_date(day, "EEEE d MMMM y", locale=self.locale))

    def month(self, day: date, *, with_year: bool) -> str:
        """Write a month for an axis: Nov, or Jan 2026."""
        return str(format_date(day, "LLL y" if with_year else "LLL", locale=self.locale))

    def long_month(self, day: date) -> str:
        """Write a month in full: November 2026."""
        return str(format_date(day, "LLLL y", locale=self.locale))


@cache
def language(code: str) -> Language:
    """Give a language of LANGUAGES by its code."""
    return Language(code=code, words=_words(code), locale=Locale.parse(_LOCALES.get(code, code)))


def _words(code: str) -> NullTranslations:
    file = FOLDER / f"{code}.po"
    if not file.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return Translations(compiled, domain="messages")


ENGLISH = language("en")


def language_of(request: Request) -> Language:
    """Give the language a reader has chosen, else the first of the browser's that there is, else English."""
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return language(chosen)
    offered = [
        each.split(";")[0].strip() for each in request.headers.get("accept-language", "").split(",")[:20]
    ]
    found = negotiate_locale(offered, list(LANGUAGES), sep="-")
    return language(found if found in LANGUAGES else "en")
