"""What a route is handed: the database, the clock, the data folder. `app.py` puts them there."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from lotline_server.core.clock import Clock, utc_now
from lotline_server.core.database import Database
from lotline_server.core.folder import DataFolder
from lotline_server.core.frame_folder import FrameFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything a route may need.

    files: what people attached, by digest. generation: the name of this database's life
    disk_floor_bytes: below this nothing is acknowledged
    """

    database: Database
    folder: DataFolder
    frames: FrameFolder
    files: FrameFolder
    generation: str
    clock: Clock = utc_now
    disk_floor_bytes: int = 256 * 1024 * 1024


async def deps_of(request: Request) -> Deps:
    """Give a request what its app was built with."""
    return cast("Deps", request.app.state.deps)


Needs = Annotated[Deps, Depends(deps_of)]
"""A route's parameter `needs: Needs` is filled with the app's Deps."""
