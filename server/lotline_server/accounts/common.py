"""Passwords that everybody tries first: known by a small list of words and by how people stretch them.

The list is offline and ours. It holds what such passwords are made of, not each of them: "P@ssw0rd2024!!",
"adminadmin12" and "qwertzuiop123" are all caught by taking away what people add and looking at what is left.
"""

import re
from functools import cache
from pathlib import Path

_LIST = Path(__file__).parent / "common_words.txt"
_WORDS = sorted(_LIST.read_text("ascii").split(), key=len, reverse=True)
"""The longest first."""

_ROWS = (
    "qwertyuiopqwertyuiop", "qwertzuiopqwertzuiop", "azertyuiopazertyuiop", "asdfghjklasdfghjkl",
    "zxcvbnmzxcvbnm", "yxcvbnmyxcvbnm", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "01234567890123456789012345678901234567890", "qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6zhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p", "1q2w3e4r5t6z7u8i9o0p", "1a2b3c4d5e6f7g8h9i",
)  # fmt: skip

_LEET = str.maketrans("013457@$8", "oieastasb")
_ADDED = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def is_common(password: str) -> bool:
    """Tell whether a password is one of those that are tried first."""
    plain = re.sub(r"\s", "", password.casefold())
    return any(
        _easy(each)
        for each in {plain, _ADDED.sub("", plain), plain.translate(_LEET), _letters(plain), _bare(plain)}
    )


def _letters(plain: str) -> str:
    return re.sub(r"[\W\d_]", "", plain)


def _bare(plain: str) -> str:
    """Take away what people put around a word, then read digits as the letters they stand for."""
    return _letters(_ADDED.sub("", plain).translate(_LEET))


def _easy(text: str) -> bool:
    if re.fullmatch(r"(.{1,4}?)\1*.{0,3}", text, re.DOTALL) and len(set(text)) <= 4:
        return True
    walks = sum(len(walk) for walk in _walks(text))
    return not text or walks >= len(text) - 2 or _made_of_words(text)


def _walks(text: str) -> list[str]:
    """Find the longest ways along a row of keys, the alphabet or the numbers, to and fro."""
    found, start = [], 0
    while start < len(text) - 2:
        end = start + 3
        while end <= len(text) and any(
            text[start:end] in row or text[start:end][::-1] in row for row in _ROWS
        ):
            end += 1
        if end > start + 3:
            found.append(text[start : end - 1])
            start = end - 1
        else:
            start += 1
    return found


def _on_a_row(text: str) -> bool:
    return any(text in row or text[::-1] in row for row in _ROWS)


def _made_of_words(text: str) -> bool:
    """Tell whether a text is only such words, one or two of them, however often."""

    @cache
    def parts(rest: str, seen: frozenset[str]) -> bool:
        if not rest:
            return True
        fitting = (word for word in _WORDS if rest.startswith(word) and len(seen | {word}) <= 2)
        return any(parts(rest[len(word) :], seen | {word}) for word in fitting)

    return len(text) <= 64 and parts(text, frozenset())
