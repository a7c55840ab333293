"""The table of projects."""

from lotline_contract.look import N_, Mark
from lotline_server.lots.project_queries import ProjectCounts
from lotline_server.projects.queries import ProjectRow
from lotline_server.web.links import project_url
from lotline_server.web.tables import Column, Table

ACTIVE = Mark(meaning="neutral", glyph="dot", word=N_("Active"))
CLOSED = Mark(meaning="neutral", glyph="square", word=N_("Closed"))

ProjectLine = tuple[ProjectRow, ProjectCounts]


def project_mark(project: ProjectRow) -> Mark:
    """Give the mark of a project."""
    return ACTIVE if project.active else CLOSED


PROJECTS: Table[ProjectLine] = Table(
    name="projects",
    row_key=lambda line: line[0].name,
    sort="name",
    columns=(
        Column(
            key="name",
            title=N_("Project"),
            value=lambda line: line[0].name,
            href=lambda line: project_url(line[0].name),
            under=lambda line: line[0].customer,
        ),
        Column(key="customer", title=N_("Customer"), value=lambda line: line[0].customer, chosen=False),
        Column(
            key="status",
            title=N_("Status"),
            kind="mark",
            value=lambda line: project_mark(line[0]),
            written=lambda line: "active" if line[0].active else "closed",
        ),
        Column(
            key="progress",
            title=N_("Units"),
            kind="tally",
            value=lambda line: (line[1].completed, line[1].in_progress, line[1].failed, line[1].target),
            written=lambda line: line[1].completed,
        ),
        Column(key="open_lots", title=N_("Open lots"), kind="number", value=lambda line: line[1].lots_open),
        Column(key="lots", title=N_("Lots"), kind="number", value=lambda line: line[1].lots, chosen=False),
        Column(key="parts", title=N_("Parts"), kind="number", value=lambda line: line[1].parts),
        Column(
            key="orders", title=N_("Orders on their way"), kind="number",
            value=lambda line: line[1].orders_open,
        ),
        Column(
            key="created_at", title=N_("Created"), kind="moment", value=lambda line: line[0].created_at
        ),
    ),
)  # fmt: skip
