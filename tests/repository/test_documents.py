"""What the documents say to type exists, and what they point at is there."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

LINK = re.compile(
    r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|<(?:img|a)\b[^>]*?(?:src|href)=\"([^\"]+)\""
)
FENCE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
COMMAND = re.compile(r"(?<![\w/.-])(lotline-(?:agent|server|demo))((?:[ \t]+[^\s|;&#>`]+)*)")
TARGET = re.compile(r"(?:^|[\s`])make ([a-z][\w-]*)", re.MULTILINE)


def code_of(text: str) -> str:
    """Give what a document sets in code, where commands stand."""
    spans = INLINE.findall(FENCE.sub("", text))
    return "\n".join([*(body for _, body in FENCE.findall(text)), *spans])


def links_of(text: str) -> list[str]:
    """Give where a document points, other than to the web or into its own code."""
    prose = INLINE.sub("", FENCE.sub("", text))
    links = [a or b for a, b in LINK.findall(prose)]
    return [unquote(link) for link in links if not re.match(r"[a-z][a-z0-9+.-]*:|//", link)]


def slugs_of(text: str) -> set[str]:
    """Give the anchors that a document's headings make."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in HEADING.findall(FENCE.sub("", text))
    }


def commands_of(text: str) -> set[tuple[str, ...]]:
    """Give the commands a document names: the script, then its subcommands up to the first other word."""
    found = set()
    for script, rest in COMMAND.findall(code_of(text)):
        words = [script]
        for word in rest.split():
            if not re.fullmatch(r"[a-z][a-z-]*", word):
                break
            words.append(word)
        found.add(tuple(words))
    return found


def options_of(text: str) -> set[tuple[str, ...]]:
    """Give each command a document names together with each long option it gives to it."""
    found = set()
    for script, rest in COMMAND.findall(code_of(text)):
        words = rest.split()
        subcommands = [script]
        for word in words:
            if not re.fullmatch(r"[a-z][a-z-]*", word):
                break
            subcommands.append(word)
        for word in words:
            if option := re.match(r"--[a-z][a-z-]*", word):
                found.add((*subcommands, option[0]))
    return found


@pytest.fixture(scope="module")
def documents(root: Path, tracked: list[Path]) -> dict[Path, str]:
    """Give the text of every document in the repository."""
    return {path: (root / path).read_text(encoding="utf-8") for path in tracked if path.suffix == ".md"}


def test_every_relative_link_points_to_a_file(root: Path, documents: dict[Path, str]) -> None:
    broken = []
    for path, text in documents.items():
        for link in links_of(text):
            name, _, anchor = link.partition("#")
            target = (root / path).parent / name if name else root / path
            if not target.exists():
                broken.append(f"{path}: {link}")
            elif (
                anchor
                and target.suffix == ".md"
                and anchor not in slugs_of(target.read_text(encoding="utf-8"))
            ):
                broken.append(f"{path}: {link} (no such heading)")
    assert broken == []


def test_every_make_target_in_the_documents_exists(root: Path, documents: dict[Path, str]) -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (root / "Makefile").read_text(), re.MULTILINE))
    named = {(path, name) for path, text in documents.items() for name in TARGET.findall(code_of(text))}
    assert [f"{path}: make {name}" for path, name in sorted(named) if name not in targets] == []


def test_every_make_target_says_what_it_is_for(root: Path) -> None:
    text = (root / "Makefile").read_text()
    phony = set(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split())
    assert phony == set(re.findall(r"^([a-z]+):.*## \S", text, re.MULTILINE))


def test_every_command_in_the_documents_exists(documents: dict[Path, str]) -> None:
    wanted = {command: path for path, text in documents.items() for command in commands_of(text)}
    assert [
        f"{path}: {' '.join(command)}" for command, path in wanted.items() if _help(command) is None
    ] == []


def test_every_option_in_the_documents_exists(documents: dict[Path, str]) -> None:
    wanted = {command: path for path, text in documents.items() for command in options_of(text)}
    missing = [
        f"{path}: {' '.join(words)} {option}"
        for (*words, option), path in wanted.items()
        if not re.search(rf"(?<![\w-]){option}(?![\w-])", _help(tuple(words)) or "")
    ]
    assert missing == []


_HELPS: dict[tuple[str, ...], str | None] = {}


def _help(command: tuple[str, ...]) -> str | None:
    """Give what the real script answers to --help after these words; None where it refuses them."""
    if command not in _HELPS:
        run = subprocess.run(
            [Path(sys.executable).parent / command[0], *command[1:], "--help"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={"PATH": "", "TERM": "dumb", "COLUMNS": "200", "NO_COLOR": "1"},
        )
        _HELPS[command] = run.stdout if run.returncode == 0 else None
    return _HELPS[command]


EXAMPLE = """
# Two words: a `lotline-agent units SERIAL`
Say `make demo`, see [the law](law.md#two-words) and [the web](https://example.org).
```sh
make test ARGS=x
lotline-server station add BENCH-1 --name x   # comment
[no](link.md)
```
<img src="a.png">
"""


def test_commands_targets_and_links_are_found_where_they_stand() -> None:
    assert commands_of(EXAMPLE) == {("lotline-agent", "units"), ("lotline-server", "station", "add")}
    assert options_of(EXAMPLE) == {("lotline-server", "station", "add", "--name")}
    assert set(TARGET.findall(code_of(EXAMPLE))) == {"demo", "test"}
    assert links_of(EXAMPLE) == ["law.md#two-words", "a.png"]
    assert slugs_of(EXAMPLE) == {"two-words-a-lotline-agent-units-serial"}
