"""Notes in Markdown: what people write is shown, and can do nothing."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import Served

from lotline_server.core.notes import as_html

TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "a", "table",
    "thead", "tbody", "tr", "th", "td", "h3", "h4", "h5", "h6",
}  # fmt: skip
ATTRIBUTES = {"href", "rel", "title", "class", "start"}


class Seen(HTMLParser):
    """Notes every element and attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def seen(text: str) -> list[tuple[str, dict[str, str | None]]]:
    """Give the elements of rendered notes."""
    parser = Seen()
    parser.feed(as_html(text))
    return parser.tags


def assert_harmless(text: str) -> None:
    """Only what the renderer writes, and links that lead where links may."""
    for tag, attributes in seen(text):
        assert tag in TAGS, (tag, text)
        assert attributes.keys() <= ATTRIBUTES, (attributes, text)
        if tag == "a":
            assert re.match(r"(https?|mailto):", str(attributes["href"]), re.IGNORECASE), attributes
            assert attributes["rel"] == "nofollow noopener noreferrer"


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</section><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](/settings?delete=1)",
    "[x](//evil.example/)",
    "[x](https&#58;//evil.example)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](http://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    '[x](http://a.example/"onmouseover="alert(1))',
    "[x](http://a.example 'a\" onmouseover=\"alert(1)')",
    '```"><script>alert(1)</script>\nx\n```',
    "``` x onload=alert(1)\nx\n```",
    "| a |\n|:--:|\n| <b onclick=alert(1)>x</b> |",
    "<!-- --><b>x</b>",
    "&lt;script&gt;",
    "[http://[x](http://[)",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_notes_do_nothing(text: str) -> None:
    """No tag of theirs, no other scheme, no attribute beside ours."""
    assert_harmless(text)
    assert "<script" not in as_html(text)


PIECES = st.sampled_from(
    ["<", ">", '"', "'", "[", "](", ")", "javascript:", "http://", "\n", "`", "|", "#", "*", "!", "&#", "a",
     "<a ", "onclick=", "- ", "\\", "<http", "mailto:", " ", "\t", "data:", "]: "]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join)))
def test_no_text_becomes_anything_but_plain_elements(text: str) -> None:
    """Whatever stands in it."""
    assert_harmless(text)


def test_what_people_write_is_rendered() -> None:
    """Headings below the page's own, lists, tables, code, links, and the ends of lines as they were typed."""
    html = as_html(
        "# Careful\nfirst\nsecond\n\n- **R5** is `10k`\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n\n"
        "[ECO](https://plm.example/118) <mailto:a@b.example>"
    )
    for piece in (
        "<h3>Careful</h3>", "first<br />\nsecond", "<strong>R5</strong>", "<code>10k</code>",
        '<th class="align-right">a</th>',
        '<a href="https://plm.example/118" rel="nofollow noopener noreferrer">ECO</a>',
        '<a href="mailto:a@b.example"',
    ):  # fmt: skip
        assert piece in html
    assert as_html(None) == as_html("") == ""


def test_the_longest_notes_are_rendered_at_once() -> None:
    """Also those made to take long."""
    for text in ("[" * 20_000, "*a_" * 6_000, ">" * 20_000, "`" * 9_999 + "a", "|" * 10_000, "- " * 9_000):
        assert_harmless(text)


def test_a_lots_notes_come_rendered(served: Served) -> None:
    """Beside the text itself."""
    served.client.patch("/api/v1/lots/L1", json={"notes": "**Careful** <b>x</b>"}).raise_for_status()
    found = served.get("/lots/L1/overview")
    assert found["notes_html"] == "<p><strong>Careful</strong> &lt;b&gt;x&lt;/b&gt;</p>\n"
    assert found["lot"]["notes"] == "**Careful** <b>x</b>"
