"""Where each key of a TOML text stands, held against the writer of the text and against tomllib."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotline_agent.config.toml_lines import key_lines, line_of

Path = tuple[str | int, ...]

CASES: list[tuple[str, str, dict[Path, int]]] = [
    ("plain keys", "a = 1\nb = 2\n", {("a",): 1, ("b",): 2}),
    ("tables", "[t]\na = 1\n\n[t.u]\nb = 2", {("t",): 1, ("t", "a"): 2, ("t", "u"): 4, ("t", "u", "b"): 5}),
    ("comments", "# x = 1 [\na = 1 # b = 2 {\n# [\nc = 3", {("a",): 2, ("c",): 4}),
    ("dotted keys", "a.b.c = 1\na.d = 2", {("a", "b", "c"): 1, ("a", "d"): 2}),
    ("spaced dots", "[ t . u ]\n a . 'b c' = 1", {("t", "u"): 1, ("t", "u", "a", "b c"): 2}),
    ("quoted keys", '"a.b" = 1\n"c\\"d" = 2\n\'e=f\' = 3', {("a.b",): 1, ('c"d',): 2, ("e=f",): 3}),
    ("the empty key", '[t]\n"" = 1', {("t", ""): 2}),
    ("an array over lines", "a = [\n  1,\n  2, # ]\n]\nb = 1", {("a",): 1, ("b",): 5}),
    ("brackets in strings", "a = \"[{\"\nb = '['\nc = 1", {("b",): 2, ("c",): 3}),
    ("a hash in a string", 'a = "# [" # "\nb = 1', {("b",): 2}),
    ("a long string", 'a = """\nb = 1\n[t]\n"""\nc = 2', {("a",): 1, ("c",): 5}),
    ("a long literal", "a = '''\n\\'''\nc = 2", {("a",): 1, ("c",): 3}),
    ("a long string that ends in quotes", 'a = """x""""" # "[\nb = 1', {("b",): 2}),
    ("a long string that ends in one quote", 'a = """x"""" # say "hi" ["\nb = 1', {("b",): 2}),
    ("a long literal that ends in quotes", "a = '''x''''' # '[\nb = 1", {("b",): 2}),
    ("an escaped quote in a long string", 'a = """x\\""" [\n"""\nb = 1', {("a",): 1, ("b",): 3}),
    ("an escape at the end", 'a = "\\\\"\nb = "x\\" ["\nc = 1', {("b",): 2, ("c",): 3}),
    ("an array of tables", "[[m]]\na = 1\n[[m]]\na = 2", {("m", 0): 1, ("m", 0, "a"): 2, ("m", 1, "a"): 4}),
    (
        "tables in an array of tables",
        "[[m]]\n[m.x]\na = 1\n[[m]]\n[m.x]\na = 2\n[[m.y]]\nb = 1\n[[m.y]]\nb = 2",
        {("m", 0, "x", "a"): 3, ("m", 1, "x"): 5, ("m", 1, "x", "a"): 6, ("m", 1, "y", 1, "b"): 10},
    ),
    ("an inline table", "a = { b = 1, c.d = 2 }\n", {("a", "b"): 1, ("a", "c", "d"): 1}),
    (
        "an inline table in an inline table",
        "x = 1\na = { b = { c = 1 } }",
        {("a", "b"): 2, ("a", "b", "c"): 2},
    ),
    (
        "inline tables in an array over lines",
        "m = [\n  { a = 1 },\n  { a = 2, b = 3 },\n]\nc = 1",
        {("m", 0, "a"): 2, ("m", 1): 3, ("m", 1, "a"): 3, ("m", 1, "b"): 3, ("c",): 5},
    ),
    ("a key that stands in a string only", 'a = "x, b = 1"\n[a2]\nb = 2', {("a", "b"): 1, ("a2", "b"): 3}),
    ("an indented text", "  [t]\n\ta = 1", {("t",): 1, ("t", "a"): 2}),
    ("a date", "a = 1979-05-27T07:32:00Z\nb = 1", {("b",): 2}),
    ("a table that comes after its child", "[a.b]\nc = 1\n[a]\nd = 2", {("a", "b", "c"): 2, ("a", "d"): 4}),
]


@pytest.mark.parametrize(("text", "lines"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_line_of_a_key_is_found_behind(text: str, lines: dict[Path, int]) -> None:
    tomllib.loads(text)
    found = key_lines(text)
    assert {path: line_of(found, path) for path in lines} == lines


def test_a_path_that_stands_nowhere_has_the_line_of_its_nearest_ancestor() -> None:
    lines = key_lines("x = 1\n[t]\na = 1\n")
    assert line_of(lines, ("t", "missing")) == 2
    assert line_of(lines, ("nothing", "at", "all")) == 1


_KEYS = st.sampled_from(["a", "b-1", "c_2", "3", '"q k"', "'l.k'", '"x=y"', "'[z]'", '"#"'])
_SCALARS = st.sampled_from(
    [
        "1",
        "-2.5e3",
        "true",
        "nan",
        '"s"',
        '"[ { = #"',
        "'] } ,'",
        '"\\"\\\\"',
        '"""\nk = 1\n[t]\n"""',
        '"""a"b""c\\""""',
        "'''\n[[x]]\n'''",
        "2026-11-23",
        "[]",
        "{}",
    ]
)


@st.composite
def values(draw: st.DrawFn, depth: int = 2) -> str:
    """Write a value: a scalar, an array over one or more lines, or an inline table."""
    kind = draw(st.sampled_from(["scalar", "array", "table"] if depth else ["scalar"]))
    if kind == "scalar":
        return draw(_SCALARS)
    if kind == "array":
        items = draw(st.lists(values(depth=depth - 1), max_size=3))
        gap = draw(st.sampled_from(["", " ", "\n  ", " # ] = {\n"]))
        return "[" + gap + f",{gap}".join(items) + gap + "]"
    keys = draw(st.lists(_KEYS, max_size=3, unique=True))
    return "{ " + ", ".join(f"{key} = {draw(values(depth=depth - 1))}" for key in keys) + " }"


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, list[tuple[str, int]]]:
    """Write a text; with it, each marked key and the line on which it was written."""
    text = ""
    marked: list[tuple[str, int]] = []
    count = 0

    def assignments() -> None:
        nonlocal text, count
        for _ in range(draw(st.integers(0, 3))):
            count += 1
            key = f"mark{count}"
            marked.append((key, text.count("\n") + 1))
            indent = draw(st.sampled_from(["", "  ", "\t"]))
            comment = draw(st.sampled_from(["", " # [[x]] = {", ' # "']))
            text += f"{indent}{key} = {draw(values())}{comment}\n"

    assignments()
    for number in range(draw(st.integers(0, 3))):
        text += draw(st.sampled_from(["", "\n", "# comment = [\n"]))
        name = draw(st.sampled_from([f"table{number}", f"table{number}.{draw(_KEYS)}", "tables", "tables"]))
        text += f"[[{name}]]\n" if name == "tables" else f"[{name}]\n"
        assignments()
    return text, marked


def _paths(value: Any, at: Path = ()) -> list[Path]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [at] + [path for key, child in children for path in _paths(child, (*at, key))]


@given(texts())
def test_every_key_that_tomllib_reads_is_found_on_the_line_on_which_it_was_written(
    written: tuple[str, list[tuple[str, int]]],
) -> None:
    text, marked = written
    values = tomllib.loads(text)
    lines = key_lines(text)
    paths = _paths(values)
    for key, line in marked:
        (path,) = [path for path in paths if path and path[-1] == key]
        assert lines[path] == line
    # Every other path is found too, and nothing is found that is not there.
    assert set(lines) == set(paths)
    for path in paths:
        assert lines[path[:-1]] <= lines[path] <= text.count("\n") + 1
