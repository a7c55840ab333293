"""How Lotline looks, once, for the operator panel and the server's pages.

WEB holds what a browser loads (tokens.css, base.css, icon.svg); TEMPLATES holds what Jinja loads
(glyphs.svg, look.html with its macros). The marks give every outcome its glyph, word and meaning.
"""

from importlib.resources import files
from pathlib import Path

from lotline_contract.look.marks import MARKS, N_, Mark, Meaning, mark

__all__ = ["MARKS", "N_", "TEMPLATES", "WEB", "Mark", "Meaning", "mark"]

_FOLDER = Path(str(files(__name__)))

WEB = _FOLDER / "web"
"""To be served to browsers as it is."""

TEMPLATES = _FOLDER / "templates"
"""To be put on a Jinja loader's search path."""
