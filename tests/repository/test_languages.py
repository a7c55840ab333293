"""Every sentence of the pages is there in every language, and says the same values."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from lotline_server.web.language import FOLDER, LANGUAGES, language

KEYWORDS: dict[str, Any] = {
    "_": None, "gettext": None, "ngettext": (1, 2), "say": None, "say_many": (1, 2), "N_": None,
}  # fmt: skip
METHODS = [
    ("server/lotline_server/web/templates/**.html", "jinja2"),
    ("contract/lotline_contract/look/templates/**.html", "jinja2"),
    ("server/lotline_server/**.py", "python"),
    ("contract/lotline_contract/look/**.py", "python"),
]
OTHERS = sorted(LANGUAGES.keys() - {"en"})
VALUE = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def sentences(root: Path) -> set[str]:
    """Give every sentence that the code shows, as `make words` finds them."""
    found = set()
    for folder in ("server", "contract"):
        options = {pattern: {"trimmed": "true", "silent": "false"} for pattern, _ in METHODS}
        prefixed = [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in METHODS]
        by_prefix = {pattern.removeprefix(f"{folder}/"): given for pattern, given in options.items()}
        for _, _, message, *_ in extract_from_dir(root / folder, prefixed, by_prefix, KEYWORDS):
            found.add(message[0] if isinstance(message, tuple) else message)
    assert len(found) > 1000
    return found


def catalogue(code: str) -> Catalog:
    """Read one language's file."""
    return read_po(io.BytesIO((FOLDER / f"{code}.po").read_bytes()), locale=code)


@pytest.mark.parametrize("code", OTHERS)
def test_no_sentence_is_without_its_translation(code: str, sentences: set[str]) -> None:
    """`make words` adds what is new to each file; a translator fills it in."""
    done = set()
    for message in catalogue(code):
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        if all(texts):
            done.add(message.id[0] if isinstance(message.id, tuple) else message.id)
    assert sorted(sentences - done) == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_values_of_its_sentence(code: str) -> None:
    """A value that the sentence does not have would be an error on the page, one left out would be lost."""
    for message in catalogue(code):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        # The form for one may leave its number unsaid: "one line", "the other unit".
        for text, sentence in zip(texts, ids, strict=True):
            assert set(VALUE.findall(text)) == set(VALUE.findall(sentence)), message.id


@pytest.mark.parametrize("code", OTHERS)
def test_every_sentence_can_be_said(code: str) -> None:
    spoken = language(code)
    for message in catalogue(code):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        values = {name: "7" for text in ids for name in VALUE.findall(text)}
        if isinstance(message.id, tuple):
            for how_many in (0, 1, 2):
                assert spoken.say_many(*message.id, how_many, **values)
        else:
            assert spoken.say(message.id, **values)
