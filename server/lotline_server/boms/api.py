"""BOMs over HTTP."""

from fastapi import APIRouter
from pydantic import Field

from lotline_server.boms import editing, service
from lotline_server.boms.compare import Comparison
from lotline_server.boms.preview import Preview
from lotline_server.boms.queries import UseRow
from lotline_server.boms.structure import Structure, goes_into, made_of
from lotline_server.core.caller import By
from lotline_server.core.paging import Paged
from lotline_server.core.quantity import Amount, parse_amount
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs

router = APIRouter(prefix="/api/v1", tags=["boms"], route_class=StrictRoute)

MAX_CSV = 900_000
MAX_DESIGNATORS_TEXT = 50_000


class BomFile(Form):
    """A CSV file with a heading. revision: whose BOM it is; the part's own where it is left out."""

    csv: str = Field(max_length=MAX_CSV)
    revision: str | None = None


class BomLine(Form):
    """A line of a BOM. quantity: for one unit; attrition: the share that is lost on the way, 0.005 for half a
    percent; both a decimal as text, or a whole number. designators: R1, R2 R5-R8
    """

    component: str
    quantity: Amount
    attrition: Amount = 0
    designators: str = Field(default="", max_length=MAX_DESIGNATORS_TEXT)
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
def get_where_used(part_number: str, needs: Needs, pages: Paged) -> list[UseRow]:
    """Give the BOMs that hold a part."""
    with needs.database.read() as connection:
        found = service.where_used(connection, part_number)
    return pages.among(found, lambda row: (row.part_number, row.revision))


@router.get("/parts/{part_number:path}/bom/compare")
def compare_boms(part_number: str, needs: Needs, before: str, after: str) -> Comparison:
    """Compare the BOMs of two revisions: what was added, removed and changed."""
    with needs.database.read() as connection:
        return service.compare_revisions(connection, part_number, before, after)


@router.get("/parts/{part_number:path}/structure")
def get_structure(part_number: str, needs: Needs, up: bool = False) -> Structure:
    """Give what a part is made of, level by level; with `up`, what it goes into."""
    with needs.database.read() as connection:
        return (goes_into if up else made_of)(connection, part_number)


@router.put("/parts/{part_number:path}/bom/lines")
def put_line(part_number: str, form: BomLine, needs: Needs, by: By) -> service.Bom:
    """Add a line to a BOM, or change the one with this component."""
    with needs.database.write() as connection:
        return editing.set_line(
            connection,
            part_number=part_number,
            component=form.component,
            quantity=parse_amount(form.quantity, "the quantity"),
            attrition=parse_amount(form.attrition, "the attrition"),
            designators=form.designators,
            revision=form.revision,
            at=needs.clock(),
            who=by.name,
        )


@router.delete("/parts/{part_number:path}/bom/lines")
def delete_line(
    part_number: str, component: str, needs: Needs, by: By, revision: str | None = None
) -> service.Bom:
    """Take a component out of a BOM."""
    with needs.database.write() as connection:
        return editing.remove_line(
            connection,
            part_number=part_number,
            component=component,
            revision=revision,
            at=needs.clock(),
            who=by.name,
        )


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
