"""A file that somebody attaches to a unit: kept by its digest, given back as a download and never shown."""

import hashlib
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import quote

from fastapi import Response

from lotline_contract.record import Run
from lotline_server.core.errors import Invalid, NotFound, TooLarge
from lotline_server.core.frame_folder import FrameFolder
from lotline_server.core.plain_text import required_text
from lotline_server.ingest.by_hand import Attaching, ByHand, Entered
from lotline_server.stations.queries import MANUAL

MAX_ATTACHED_BYTES = 16 * 1024 * 1024
MAX_FILE_NAME = 120
FILE, DIGEST, SIZE = "file", "file_sha256", "file_bytes"
"""The properties of a run that say which file came with it."""


def attach_file(
    by_hand: ByHand,
    folder: FrameFolder,
    *,
    serial_number: str,
    name: str,
    content: bytes,
    at: datetime,
    who: str,
    part_number: str | None = None,
    note: str | None = None,
) -> Run:
    """Keep a file, then store the run that names it. Raises as ByHand.attach does, TooLarge, and Invalid for
    a file without content or a usable name.
    """
    shown = file_name(name)
    if len(content) > MAX_ATTACHED_BYTES:
        raise TooLarge(f"a file has at most {MAX_ATTACHED_BYTES} bytes")
    if not content:
        raise Invalid(f"{shown} is empty")
    digest = hashlib.sha256(content).hexdigest()
    what = Attaching(
        serial_number=serial_number,
        part_number=part_number,
        entered=[Entered(name=shown[:100], value=f"sha256:{digest}")],
        note=note,
        properties={FILE: shown, DIGEST: digest, SIZE: str(len(content))},
    )
    by_hand.check(what)
    folder.put(digest, content)
    return by_hand.attach(what, at=at, who=who)


def file_name(name: str) -> str:
    """Give a file's own name, without the folders a browser may have put before it."""
    bare = PureWindowsPath(PurePosixPath(name.strip()).name).name
    return required_text(bare, "the file's name", MAX_FILE_NAME)


def attached_file(run: Run) -> tuple[str, str, int] | None:
    """Give (name, digest, bytes) of the file that a run attached; None where it attached none. A station's
    own words about files are never believed.
    """
    said = run.properties
    if run.station.name != MANUAL or not said.keys() >= {FILE, DIGEST, SIZE}:
        return None
    return said[FILE], said[DIGEST], int(said[SIZE])


def download(folder: FrameFolder, run: Run) -> Response:
    """Give a run's file as a download that no browser opens by itself. Raises NotFound."""
    found = attached_file(run)
    if found is None:
        raise NotFound("no file is attached to this run")
    name, digest, _ = found
    try:
        content = folder.get(digest)
    except FileNotFoundError as error:
        raise NotFound("this file is missing from the data folder") from error
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "._- ") else "_" for each in name)
    quoted = quote(name, safe="")
    return Response(
        content,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quoted}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-cache",
        },
    )
