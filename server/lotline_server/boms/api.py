"""BOMs over HTTP."""

from fastapi import APIRouter
from pydantic import Field

from lotline_server.boms import service
from lotline_server.boms.preview import Preview
from lotline_server.boms.queries import UseRow
from lotline_server.core.caller import By
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs

router = APIRouter(prefix="/api/v1", tags=["boms"], route_class=StrictRoute)

MAX_CSV = 900_000


class BomFile(Form):
    """A CSV file with a heading. revision: whose BOM it is; the part's own where it is left out."""

    csv: str = Field(max_length=MAX_CSV)
    revision: str | None = None


class BomCommit(BomFile):
    """The same file again, with the digest of its preview."""

    digest: str


@router.get("/parts/{part_number:path}/bom")
def get_bom(part_number: str, needs: Needs, revision: str | None = None) -> service.Bom:
    """Give a part's BOM: of its present revision, or of the one that is asked for."""
    with needs.database.read() as connection:
        if revision is not None:
            return service.require_revision(connection, part_number, revision)
        return service.get_bom(connection, part_number)


@router.get("/parts/{part_number:path}/where-used")
def get_where_used(part_number: str, needs: Needs) -> list[UseRow]:
    """Give the BOMs that hold a part."""
    with needs.database.read() as connection:
        return service.where_used(connection, part_number)


@router.post("/parts/{part_number:path}/bom/preview")
def preview_bom(part_number: str, form: BomFile, needs: Needs) -> Preview:
    """Say what would become of every row of a file. Nothing is written."""
    with needs.database.read() as connection:
        return service.preview_import(
            connection, part_number=part_number, text=form.csv, revision=form.revision
        )


@router.post("/parts/{part_number:path}/bom", status_code=201)
def import_bom(part_number: str, form: BomCommit, needs: Needs, by: By) -> Preview:
    """Do exactly what a preview said."""
    with needs.database.write() as connection:
        return service.commit_import(
            connection,
            part_number=part_number,
            text=form.csv,
            revision=form.revision,
            digest=form.digest,
            at=needs.clock(),
            who=by.name,
        )
