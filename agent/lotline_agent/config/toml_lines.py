"""Where each key of a TOML text stands: the line numbers that tomllib does not give.

Only texts that tomllib has accepted are scanned, so the scanner may be simple: it follows table headers and
the keys at the beginning of lines, and passes over strings and arrays that run over several lines.
"""

import re
import tomllib

Path = tuple[str | int, ...]

_BARE_OR_QUOTED = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEY = rf"{_BARE_OR_QUOTED}(?:\s*\.\s*{_BARE_OR_QUOTED})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEY})\s*\]\]?")
_ASSIGNMENT = re.compile(rf"\s*({_KEY})\s*=")
_INLINE_KEY = re.compile(rf"[{{,]\s*({_KEY})\s*=")
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|' + r"'''.*?'''|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'|#[^\n]*|[\[\]{}]|\n",
    re.DOTALL,
)


def key_lines(text: str) -> dict[Path, int]:
    """Give the 1-based line of each table and key, by its path as tomllib nests it."""
    lines: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, statement in _statements(text):
        if header := _HEADER.match(statement):
            table = _resolve(_split(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                lines.setdefault(table, number)
                table = (*table, counts[table])
            lines[table] = number
        elif assignment := _ASSIGNMENT.match(statement):
            key = (*table, *_split(assignment[1]))
            lines[key] = number
            for inline in _INLINE_KEY.finditer(statement, assignment.end()):
                lines.setdefault((*key, *_split(inline[1])), number)
    return lines


def line_of(lines: dict[Path, int], path: Path) -> int:
    """Give the line of a path, or of its nearest ancestor that stands in the text."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _statements(text: str) -> list[tuple[int, str]]:
    """Split into logical lines, each with its number: brackets and long strings hold lines together."""
    found: list[tuple[int, str]] = []
    start, depth = 0, 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        elif mark == "\n" and depth == 0:
            found.append((text.count("\n", 0, start) + 1, text[start : token.start()]))
            start = token.end()
    found.append((text.count("\n", 0, start) + 1, text[start:]))
    return found


def _split(dotted: str) -> Path:
    """Split a dotted key by letting TOML itself read it."""
    nested = tomllib.loads(f"{dotted} = 0")
    path: list[str] = []
    while isinstance(nested, dict):
        key = next(iter(nested))
        path.append(key)
        nested = nested[key]
    return tuple(path)


def _resolve(path: Path, counts: dict[Path, int]) -> Path:
    """Put the index of the latest element behind each array of tables on the way (not behind the last)."""
    resolved: Path = ()
    for position, part in enumerate(path):
        resolved = (*resolved, part)
        if position < len(path) - 1 and resolved in counts:
            resolved = (*resolved, counts[resolved])
    return resolved
