"""Where the plotting library lies: in an installed wheel, never in this repository, never on the internet."""

import importlib.util
from pathlib import Path

from lotline_server.core.errors import StartRefused


def uplot() -> Path:
    """Find uPlot's script in the installed wheel `youplot`, without importing it. Raises StartRefused."""
    found = importlib.util.find_spec("youplot")
    places = [] if found is None else list(found.submodule_search_locations or [])
    for place in places:
        script = Path(place) / "vendor" / "uplot.iife.min.js"
        if script.is_file():
            return script
    raise StartRefused('the plotting library is missing; install it with: pip install "lotline[server]"')
