"""What is wrong with a configuration: all of it at once, each with file, line, expected and found."""

from pathlib import Path
from typing import NamedTuple


class Problem(NamedTuple):
    """One mistake. line: 1-based; found: None where nothing stood there."""

    file: Path
    line: int
    where: str
    expected: str
    found: str | None

    def __str__(self) -> str:
        found = "nothing" if self.found is None else self.found
        return f"{self.file}:{self.line}: {self.where}: expected {self.expected}, found {found}"


class ConfigError(Exception):
    """A configuration that cannot be used. problems: every mistake, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (str(problem.file), problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))
