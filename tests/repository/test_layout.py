"""The house: four folders with one import package each, small files, and no word about where it was built."""

import re
import tomllib
from pathlib import Path

FOLDERS = ("contract", "drivers", "agent", "server", "client")
MAX_BYTES = 500 * 1024

# Written so that no pattern matches itself.
REGISTRIES = re.compile(
    rb"(pypi|pythonhosted|npmjs|jsdelivr|unpkg)[.](org|com|net)|find[-]links|--[i]ndex-url"
)
WORKPLACE = re.compile(rb"(?<![\w.])/(work/(main|shared)|opt/pypi|root/|tmp/bash_[j]obs|home/[a]gent)")


def test_each_folder_holds_exactly_one_package_named_after_it(root: Path, tracked: list[Path]) -> None:
    for folder in FOLDERS:
        packages = {path.parts[1] for path in tracked if path.parts[0] == folder and len(path.parts) > 2}
        assert packages == {f"lotline_{folder}"}
        assert (root / folder / f"lotline_{folder}" / "__init__.py").is_file()
        assert (root / folder / f"lotline_{folder}" / "py.typed").is_file()


def test_no_folder_is_itself_a_package(root: Path) -> None:
    # A top-level `agent` or `server` would be replaced by any stranger's wheel of that name.
    assert [folder for folder in FOLDERS if (root / folder / "__init__.py").exists()] == []


def test_no_file_is_larger_than_500_kib(root: Path, tracked: list[Path]) -> None:
    sizes = {str(path): (root / path).stat().st_size for path in tracked}
    assert {name: size for name, size in sizes.items() if size > MAX_BYTES} == {}


def test_no_file_names_a_package_registry(root: Path, tracked: list[Path]) -> None:
    assert _matches(root, tracked, REGISTRIES) == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on(root: Path, tracked: list[Path]) -> None:
    assert _matches(root, tracked, WORKPLACE) == []


def _matches(root: Path, tracked: list[Path], pattern: re.Pattern[bytes]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:100]!r}"
        for path in tracked
        for number, line in enumerate((root / path).read_bytes().splitlines(), 1)
        if pattern.search(line)
    ]


def test_the_constraints_are_names_and_versions_only(root: Path) -> None:
    line = re.compile(r"[a-z0-9][a-z0-9._-]*==[0-9][0-9a-z.!+]*( ; [\w .'<>=!()]+)?")
    lines = (root / "constraints.txt").read_text().splitlines()
    assert [text for text in lines if not line.fullmatch(text)] == []


def test_the_constraints_pin_each_dependency_of_each_extra(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(d for extra in project["optional-dependencies"].values() for d in extra),
    ]
    names = {re.split(r"[^A-Za-z0-9._-]", dependency)[0].lower().replace("_", "-") for dependency in wanted}
    pinned = {text.split("==")[0] for text in (root / "constraints.txt").read_text().splitlines()}
    assert names - {"lotline"} - pinned == set()
