"""The HTML rim: what every page shares, and where all pages are put onto the app.

A domain's `pages.py` reads typed rows and hands them to a template; nothing imports a `pages.py` but `mount`.
The seam to the plotting library is `static/plot.js` and `vendor.py`, and nothing else knows of it.
"""

from fastapi import FastAPI

from lotline_server.core.web import Deps


def mount_pages(app: FastAPI, deps: Deps) -> None:
    """Put every page, its static files and its errors onto an app that has its API already."""
    from lotline_server.web.mount import mount

    mount(app, deps)
