"""House rules over the syntax tree of the product's code, which no review has to remember."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDERS = ("contract", "drivers", "agent", "server", "client")
DANGEROUS_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "yaml"}
DANGEROUS_CALLS = {"eval", "exec", "compile", "__import__"}


def test_only_the_sqlite_modules_import_sqlite(root: Path, tracked: list[Path]) -> None:
    # sqlite-utils silently takes pysqlite3 where it is there, and its exceptions are other classes.
    assert _offences(root, tracked, sqlite_imports, exempt="sqlite.py") == []


def test_no_code_runs_what_it_reads(root: Path, tracked: list[Path]) -> None:
    assert _offences(root, tracked, dangerous) == []


def test_no_code_turns_tls_verification_off(root: Path, tracked: list[Path]) -> None:
    assert _offences(root, tracked, unverified) == []


def _offences(root: Path, tracked: list[Path], rule, exempt: str | None = None) -> list[str]:  # type: ignore[no-untyped-def]
    return [
        f"{path}:{line}: {what}"
        for path in tracked
        if path.parts[0] in FOLDERS and path.suffix == ".py" and path.name != exempt
        for line, what in rule(ast.parse((root / path).read_bytes(), filename=str(path)))
    ]


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name.partition(".")[0]) for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module.partition(".")[0]


def sqlite_imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Find imports of either SQLite module."""
    return ((line, name) for line, name in _imports(tree) if name in {"sqlite3", "pysqlite3"})


def dangerous(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Find what can turn data into running code."""
    yield from ((line, name) for line, name in _imports(tree) if name in DANGEROUS_MODULES)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in DANGEROUS_CALLS:
                yield node.lineno, name
            case ast.keyword(arg="allow_pickle" | "shell", value=value) if not _is(value, False):
                yield node.lineno, str(node.arg)


def unverified(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Find what lets a TLS peer be anybody."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="verify", value=ast.Constant(value=False)):
                yield node.value.lineno, "verify=False"
            case ast.Attribute(attr="CERT_NONE" | "_create_unverified_context" as name):
                yield node.lineno, name


def _is(value: ast.expr, constant: object) -> bool:
    return isinstance(value, ast.Constant) and value.value is constant


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (sqlite_imports, "import sqlite3"),
        (sqlite_imports, "def f():\n    from sqlite3 import connect"),
        (sqlite_imports, "import pysqlite3.dbapi2 as db"),
        (dangerous, "import pickle"),
        (dangerous, "from yaml import safe_load"),
        (dangerous, "eval(text)"),
        (dangerous, "exec(text, {})"),
        (dangerous, "numpy.load(path, allow_pickle=True)"),
        (dangerous, "subprocess.run(line, shell=True)"),
        (unverified, "httpx.Client(verify=False)"),
        (unverified, "context.verify_mode = ssl.CERT_NONE"),
    ],
)
def test_the_rules_bite(rule, code: str) -> None:  # type: ignore[no-untyped-def]
    assert len(list(rule(ast.parse(code)))) == 1


@pytest.mark.parametrize(
    "code",
    ["re.compile('x')", "loader.exec_module(m)", "client(verify=context)", "from .sqlite import sqlite3"],
)
def test_the_rules_let_honest_code_be(code: str) -> None:
    tree = ast.parse(code)
    assert [*sqlite_imports(tree), *dangerous(tree), *unverified(tree)] == []
