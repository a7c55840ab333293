"""The traveler: everything of one unit in one piece, as a page that is printed and as a PDF."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_contract.look import Mark
from lotline_server.core.web import Deps
from lotline_server.history.service import UnitRecord
from lotline_server.ingest.attaching import attached_file
from lotline_server.parts import queries as parts
from lotline_server.web.run_view import RunView, run_view


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that somebody attached."""

    run_id: str
    name: str
    digest: str
    size: int
    at: datetime
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An operation of the route: its name, how it stands, and what stands beside it."""

    name: str
    mark: Mark
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traveler:
    """A unit as its traveler shows it. runs: the newest first, each with all of its values and waveforms."""

    found: UnitRecord
    part_name: str
    runs: list[RunView]
    attachments: list[Attachment]


def make(connection: Connection, needs: Deps, found: UnitRecord) -> Traveler:
    """Put a unit's traveler together."""
    part = parts.find_part(connection, found.unit.part_number)
    files = [(each, attached_file(each.record)) for each in found.runs]
    return Traveler(
        found=found,
        part_name="" if part is None else part.name,
        runs=[run_view(connection, needs, each, is_open=True) for each in found.runs],
        attachments=[
            Attachment(
                run_id=run.row.run_id,
                name=file[0],
                digest=file[1],
                size=file[2],
                at=run.row.started_at,
                who=run.row.operator or "",
            )
            for run, file in files
            if file is not None
        ],
    )
