"""Notes that people write in Markdown, as HTML that can do nothing: no tags, pictures or scripts of theirs.

What may stand in it is only what the renderer itself writes; a link leads to http, https or mailto, and to
nothing else. Line ends are kept as typed.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

_SCHEMES = frozenset({"http", "https", "mailto"})
_LOWEST_HEADING = 6
_BELOW = 2
"""The page has an h1, and an h2 above the notes."""


def _is_safe(url: str) -> bool:
    try:
        return urlsplit(url).scheme.lower() in _SCHEMES
    except ValueError:
        return False


def _renderer() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 20})
    made.enable(["table", "strikethrough"]).disable(["image", "html_inline", "html_block"])
    made.validateLink = _is_safe  # type: ignore[method-assign]
    return made


_RENDERER = _renderer()


def as_html(text: str | None) -> str:
    """Render notes; an empty text for none."""
    if not text:
        return ""
    tokens = _RENDERER.parse(text)
    _tame(tokens)
    return str(_RENDERER.renderer.render(tokens, _RENDERER.options, {}))


def _tame(tokens: Iterable[Token]) -> None:
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1:]) + _BELOW, _LOWEST_HEADING)}"
        if token.type == "link_open":
            token.attrSet("rel", "nofollow noopener noreferrer")
        style = token.attrs.pop("style", None)
        if style is not None:
            # A page of ours has no style attribute; a column's alignment is a class.
            token.attrSet("class", f"align-{str(style).rpartition(':')[2]}")
        if token.children:
            _tame(token.children)
