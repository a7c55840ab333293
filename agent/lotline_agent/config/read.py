"""From a TOML file to a checked model, or to every problem it has."""

import difflib
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lotline_agent.config.problems import ConfigError, Problem
from lotline_agent.config.toml_lines import key_lines, line_of

Model = TypeVar("Model", bound=BaseModel)


class Source:
    """A configuration file that could be read: its text, its values and where they stand."""

    def __init__(self, file: Path) -> None:
        """Read and parse; ConfigError where there is no such file or it is no TOML."""
        self.file = file
        try:
            # Windows' own editor puts a byte order mark before the text.
            self.text = file.read_text(encoding="utf-8-sig")
            self.values: dict[str, Any] = tomllib.loads(self.text)
        except OSError as error:
            found = error.strerror or str(error)
            raise ConfigError([Problem(file, 1, "file", "a readable file", found)]) from error
        except UnicodeDecodeError as error:
            raise ConfigError([Problem(file, 1, "file", "a text in UTF-8", str(error))]) from error
        except tomllib.TOMLDecodeError as error:
            line = getattr(error, "lineno", None) or _line_in(str(error))
            raise ConfigError([Problem(file, line, "file", "valid TOML", str(error))]) from error
        self._lines = key_lines(self.text)

    def problem(self, path: tuple[str | int, ...], expected: str, found: str | None) -> Problem:
        """Make a problem of what stands at a path."""
        return Problem(self.file, line_of(self._lines, path), _dotted(path), expected, found)

    def validate(self, model: type[Model]) -> Model:
        """Give the model, or raise ConfigError with every mistake pydantic found."""
        try:
            return model.model_validate(self.values)
        except ValidationError as error:
            raise ConfigError([self._explain(model, detail) for detail in error.errors()]) from error

    def _explain(self, model: type[BaseModel], detail: Any) -> Problem:
        path = detail["loc"]
        found = None if detail["type"] == "missing" else _short(detail["input"])
        match detail["type"]:
            case "missing":
                expected = f"a value for {path[-1]!r}"
            case "extra_forbidden":
                expected, found = _expected_key(model, path), f"the unknown key {path[-1]!r}"
            case "value_error":
                expected = str(detail["ctx"]["error"])
            case _:
                expected = detail["msg"].removeprefix("Input should be ")
        return self.problem(path, expected, found)


def _line_in(message: str) -> int:
    """Find the line that tomllib names in its message ("… (at line 3, column 7)")."""
    _, _, tail = message.partition("at line ")
    digits = tail.split(",")[0]
    return int(digits) if digits.isdigit() else 1


def _expected_key(model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    known = _keys_at(model, path[:-1])
    near = difflib.get_close_matches(str(path[-1]), known, n=1)
    if near:
        return f"one of the known keys; did you mean {near[0]!r}?"
    return f"one of {', '.join(known)}" if known else "no such key"


def _keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Give the keys that the model at a path knows."""
    current: Any = model
    for part in path:
        current = _model_in(current.model_fields[part].annotation) if isinstance(part, str) else current
        if current is None:
            return []
    return [field.alias or name for name, field in current.model_fields.items()]


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (inner := _model_in(argument)) is not None:
            return inner
    return None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _dotted(path: tuple[str | int, ...]) -> str:
    dotted = ""
    for part in path:
        dotted += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if dotted else part
    return dotted or "file"
