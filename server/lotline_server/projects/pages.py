"""Projects: the list, the form, and one project with its lots, parts and purchase orders."""

from typing import Literal

from fastapi.responses import Response

from lotline_contract.look import N_
from lotline_server.activity import queries as activity
from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid
from lotline_server.core.plain_text import optional_text
from lotline_server.core.web import Needs
from lotline_server.lots import queries as lots
from lotline_server.lots.project_queries import counts_of
from lotline_server.parts import queries as parts
from lotline_server.parts.tables import KIND_WORDS
from lotline_server.projects import queries, service
from lotline_server.projects.queries import ProjectRow
from lotline_server.projects.tables import PROJECTS, project_mark
from lotline_server.purchasing import queries as purchasing
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.links import project_url
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import sentence

router = pages_router()

SHOWN = 50
LABELS = {"name": N_("Name"), "customer": N_("Customer"), "description": N_("Description")}


@router.get("/projects")
def show_projects(needs: Needs, page: Shown, state: Literal["active", "all"] = "active") -> Response:
    """List the projects."""
    asked = PROJECTS.asked(page.request)
    with needs.database.read() as connection:
        every = queries.list_projects(connection)
        found = [each for each in every if each.active or state == "all"]
        counts = counts_of(connection, [each.id for each in found])
    lines = asked.order((each, counts[each.id]) for each in found)
    view = asked.view(
        asked.cut(lines), matching=len(lines), keep={"state": "" if state == "active" else state}
    )
    how_many = {"active": sum(each.active for each in every), "all": len(every)}
    return page.table("projects.html", view, place="/projects", state=state, how_many=how_many)


@router.get("/new/project")
def new_project(page: Shown) -> Response:
    """Show the form for a new project."""
    return _form(page, Filled())


@router.post("/new/project")
def create_project(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Create a project, or show the form again with what is wrong."""
    name = form.need("name", page.say("A project needs a name."))
    _check(form)
    if not form.errors:
        try:
            with needs.database.write() as connection:
                name = service.add_project(
                    connection, name=name, customer=form.text("customer"),
                    description=form.text("description"), at=page.now, who=by.name,
                ).name  # fmt: skip
        except Conflict:
            form.errors["name"] = page.say("There is a project %(name)s already.", name=name)
        except Invalid as error:
            form.errors["name"] = sentence(error)
    if form.errors:
        return _form(page, form)
    return page.done(project_url(name), page.say("Project %(name)s was created.", name=name))


@router.get("/projects/{name:path}/edit")
def edit_project(name: str, needs: Needs, page: Shown) -> Response:
    """Show the form with what a project is."""
    with needs.database.read() as connection:
        found = service.require_project(connection, name)
    values = {"customer": found.customer or "", "description": found.description or ""}
    return _form(page, Filled(values=values), found)


@router.post("/projects/{name:path}/edit")
def change_project(name: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Change a project, or show the form again with what is wrong."""
    _check(form)
    with needs.database.write() as connection:
        found = service.require_project(connection, name)
        if not form.errors and not form.outdated(found):
            service.change_project(
                connection, name=name, customer=form.text("customer"), description=form.text("description"),
                at=page.now, who=by.name,
            )  # fmt: skip
    if form.errors:
        return _form(page, form, found)
    return page.done(project_url(name), page.say("Project %(name)s was changed.", name=name))


@router.post("/projects/{name:path}/close")
def close_project(name: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Close a project, so that no new lot is begun for it, or open it again."""
    is_open = form.text("do") == "open"
    if not form.errors:
        with needs.database.write() as connection:
            service.change_project(connection, name=name, active=is_open, at=page.now, who=by.name)
        said = N_("Project %(name)s is open again.") if is_open else N_("Project %(name)s is closed.")
        return page.done(project_url(name), page.say(said, name=name))
    return _show(name, needs, page, form)


@router.get("/project")
def show_dotted_project(name: str, needs: Needs, page: Shown) -> Response:
    """Show a project whose name a browser would take for a way through folders."""
    return _show(name, needs, page, Filled())


@router.get("/projects/{name:path}")
def show_project(name: str, needs: Needs, page: Shown) -> Response:
    """Show one project with its lots, parts and purchase orders."""
    return _show(name, needs, page, Filled())


def _show(name: str, needs: Needs, page: Page, form: Filled) -> Response:
    with needs.database.read() as connection:
        found = service.require_project(connection, name)
        counts = counts_of(connection, [found.id])[found.id]
        built = lots.list_lots(connection, project=name, limit=SHOWN)
        used = parts.search_parts(connection, project=name, limit=SHOWN)
        orders = purchasing.list_orders(connection, project=name, limit=SHOWN)
        latest = activity.latest(connection, limit=8, subject=name)
    show = page.again if form.errors else page.html
    return show(
        "project.html",
        place="/projects",
        form=form,
        project=found,
        mark=project_mark(found),
        counts=counts,
        lots=built,
        parts=used,
        orders=orders,
        activity=latest,
        kind_words=KIND_WORDS,
        today=page.calendar.wall_date(page.now).isoformat(),
    )


def _check(form: Filled) -> None:
    for name, most in (("customer", service.MAX_NAME), ("description", service.MAX_DESCRIPTION)):
        try:
            optional_text(form.text(name), f"the {name}", most)
        except Invalid as error:
            form.errors[name] = sentence(error)


def _form(page: Page, form: Filled, found: ProjectRow | None = None) -> Response:
    show = page.again if form.errors else page.html
    labels = {name: page.say(word) for name, word in LABELS.items()}
    return show("project_form.html", place="/projects", form=form, found=found, labels=labels)
