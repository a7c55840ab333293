"""Projects over HTTP. What they hold is found at /parts, /lots and /purchase-orders with ?project=."""

from fastapi import APIRouter

from lotline_server.core.caller import By
from lotline_server.core.etags import Tag
from lotline_server.core.paging import Paged
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.projects import queries, service
from lotline_server.projects.queries import ProjectRow

router = APIRouter(prefix="/api/v1", tags=["projects"], route_class=StrictRoute)


class NewProject(Form):
    """A project to be created."""

    name: str
    description: str | None = None
    customer: str | None = None


class ProjectChange(Form):
    """What is to be changed; what is left out stays, an empty text empties it."""

    description: str | None = None
    customer: str | None = None
    active: bool | None = None


@router.get("/projects")
def list_projects(
    needs: Needs,
    pages: Paged,
    active_only: bool = False,
    q: str = "",
) -> list[ProjectRow]:
    """List projects by name; `q` is how the name begins."""
    with needs.database.read() as connection:
        found = queries.list_projects(
            connection, only_active=active_only, beginning=q, after=pages.after(str), limit=pages.ask
        )
    return pages.cut(found, lambda row: (row.name,))


@router.get("/projects/{name:path}")
def get_project(name: str, needs: Needs, tag: Tag) -> ProjectRow:
    """Show one project."""
    with needs.database.read() as connection:
        return tag.of(service.require_project(connection, name))


@router.post("/projects", status_code=201)
def create_project(form: NewProject, needs: Needs, by: By, tag: Tag) -> ProjectRow:
    """Create a project."""
    with needs.database.write() as connection:
        made = service.add_project(
            connection,
            name=form.name,
            description=form.description,
            customer=form.customer,
            at=needs.clock(),
            who=by.name,
        )
        return tag.of(made)


@router.patch("/projects/{name:path}")
def change_project(name: str, form: ProjectChange, needs: Needs, by: By, tag: Tag) -> ProjectRow:
    """Change a project."""
    with needs.database.write() as connection:
        tag.check(service.require_project(connection, name))
        changed = service.change_project(
            connection,
            name=name,
            description=form.description,
            customer=form.customer,
            active=form.active,
            at=needs.clock(),
            who=by.name,
        )
        return tag.of(changed)
