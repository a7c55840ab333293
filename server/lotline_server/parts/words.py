"""The words of a part, as they are looked for while somebody types. Pure."""

import re
import unicodedata

_PIECES = re.compile(r"[\W_]+")
MAX_WORDS = 200
MAX_TYPED = 8
MAX_WORD = 64


def words_of(*texts: str | None) -> set[str]:
    """Give what a part is found by: each word as it stands, what of it follows a mark (`main` of `gw2-main`),
    and each piece between marks; in small letters.
    """
    found: dict[str, None] = {}
    for text in texts:
        for word in _split(text or ""):
            found[word] = None
            at = 0
            for mark in _PIECES.finditer(word):
                found[word[at : mark.start()]] = None
                found[word[mark.end() :]] = None
                at = mark.end()
    return {word[:MAX_WORD] for word in list(found)[:MAX_WORDS] if word}


def typed_words(text: str) -> list[str]:
    """Give the words somebody typed, each of which a part's word must begin with."""
    return _split(text)[:MAX_TYPED]


def _split(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).casefold().split()
