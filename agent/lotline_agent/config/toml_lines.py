"""Where each key of a TOML text stands: the line numbers that tomllib does not give.

Only texts that tomllib has accepted are scanned, so the scanner may be simple: it knows how a text is nested,
and leaves the values and the rules to tomllib.
"""

import re
import tomllib

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    # A long string may end in up to two quotes of its own.
    r'"""(?:[^\\]|\\.)*?""""{0,2}'
    r"|'''.*?''''{0,2}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{}=,\n]"
    r"|[^\[\]{}=,\n\s\"'\#]+",
    re.DOTALL,
)


def key_lines(text: str) -> dict[Path, int]:
    """Give the 1-based line of each table, key and element, by its path as tomllib nests it."""
    return _Scanner(text).scan()


def line_of(lines: dict[Path, int], path: Path) -> int:
    """Give the line of a path, or of its nearest ancestor that stands in the text."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


class _Scanner:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, int]] = []
        line, end = 1, 0
        for token in _TOKEN.finditer(text):
            line += text.count("\n", end, token.start())
            if not token[0].startswith("#"):
                self._tokens.append((token[0], line))
            line += token[0].count("\n")
            end = token.end()
        self._tokens.append(("\n", line))
        self._at = 0
        self._lines: dict[Path, int] = {(): 1}
        self._counts: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while self._at < len(self._tokens):
            if self._taken("\n"):
                continue
            if self._next == "[":
                table = self._header()
            else:
                self._assignment(table)
        return self._lines

    @property
    def _next(self) -> str:
        return self._tokens[self._at][0]

    @property
    def _line(self) -> int:
        return self._tokens[self._at][1]

    def _taken(self, mark: str) -> bool:
        """Step over the next token if it is this one."""
        if self._next != mark:
            return False
        self._at += 1
        return True

    def _header(self) -> Path:
        line = self._line
        self._taken("[")
        is_array = self._taken("[")
        table = self._resolve(self._key("]"))
        while self._taken("]"):
            pass
        if is_array:
            self._counts[table] = self._counts.get(table, -1) + 1
            self._name(table, line)
            table = (*table, self._counts[table])
        self._name(table, line)
        self._lines[table] = line
        return table

    def _name(self, path: Path, line: int) -> None:
        """Note a dotted path: each part is a table of its own, which stands where it was first named."""
        for end in range(1, len(path) + 1):
            self._lines.setdefault(path[:end], line)

    def _assignment(self, table: Path) -> None:
        line = self._line
        path = (*table, *self._key("="))
        self._name(path, line)
        self._taken("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._taken("["):
            self._array(path)
        elif self._taken("{"):
            while not self._taken("}"):
                if not self._taken(",") and not self._taken("\n"):
                    self._assignment(path)
        else:
            while self._next not in {",", "]", "}", "\n"}:
                self._at += 1

    def _array(self, path: Path) -> None:
        index = 0
        while not self._taken("]"):
            if self._taken(",") or self._taken("\n"):
                continue
            self._lines[*path, index] = self._line
            self._value((*path, index))
            index += 1

    def _key(self, end: str) -> tuple[str, ...]:
        """Read a dotted key by letting TOML itself read it."""
        start = self._at
        while self._next != end:
            self._at += 1
        dotted = "".join(token for token, _ in self._tokens[start : self._at])
        nested = tomllib.loads(f"{dotted} = 0")
        path: list[str] = []
        while isinstance(nested, dict):
            key = next(iter(nested))
            path.append(key)
            nested = nested[key]
        return tuple(path)

    def _resolve(self, path: Path) -> Path:
        """Put the index of the latest element behind each array of tables on the way, save the last."""
        resolved: Path = ()
        for position, part in enumerate(path):
            resolved = (*resolved, part)
            if position < len(path) - 1 and resolved in self._counts:
                resolved = (*resolved, self._counts[resolved])
        return resolved
