"""Rules for projects."""

from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.plain_text import optional_text, required_text
from lotline_server.projects import queries
from lotline_server.projects.queries import ProjectRow

MAX_NAME = 200
MAX_DESCRIPTION = 4000


def add_project(
    connection: Connection,
    *,
    name: str,
    at: datetime,
    who: str,
    description: str | None = None,
    customer: str | None = None,
) -> ProjectRow:
    """Create a project. Raises Conflict where it exists, Invalid for a bad name."""
    wanted = required_text(name, "a project's name", MAX_NAME)
    if queries.find_project(connection, wanted) is not None:
        raise Conflict(f"project {wanted} exists already")
    queries.insert_project(
        connection,
        name=wanted,
        description=optional_text(description, "a project's description", MAX_DESCRIPTION),
        customer=optional_text(customer, "a project's customer", MAX_NAME),
        active=True,
        created_at=at,
    )
    note(connection, at=at, who=who, what="project.added", subject=wanted, text=f"Project {wanted} was added")
    changes.bump(connection, facts=False)
    return require_project(connection, wanted)


def require_project(connection: Connection, name: str) -> ProjectRow:
    """Find a project. Raises NotFound."""
    found = queries.find_project(connection, name)
    if found is None:
        raise NotFound(f"project {name[:MAX_NAME]} does not exist")
    return found


def resolve(connection: Connection, name: str | None, *, at: datetime, who: str) -> ProjectRow | None:
    """Give the project that a person typed, created where it is new; None where nothing was typed."""
    if name is None or not name.strip():
        return None
    wanted = required_text(name, "a project's name", MAX_NAME)
    return queries.find_project(connection, wanted) or add_project(connection, name=wanted, at=at, who=who)


def change_project(
    connection: Connection,
    *,
    name: str,
    at: datetime,
    who: str,
    description: str | None = None,
    customer: str | None = None,
    active: bool | None = None,
) -> ProjectRow:
    """Change what is given (None leaves it, an empty text empties it). Raises NotFound, Invalid."""
    before = require_project(connection, name)
    values: dict[str, str | bool | None] = {}
    if description is not None:
        values["description"] = optional_text(description, "a project's description", MAX_DESCRIPTION)
    if customer is not None:
        values["customer"] = optional_text(customer, "a project's customer", MAX_NAME)
    if active is not None:
        values["active"] = active
    changed = {key: value for key, value in values.items() if getattr(before, key) != value}
    if changed:
        queries.set_project(connection, before.id, **changed)
        said = ", ".join(f"{key} {getattr(before, key)!r} → {value!r}" for key, value in changed.items())
        text = f"Project {name} was changed: {said}"
        was = {key: getattr(before, key) for key in changed}
        note(
            connection,
            at=at,
            who=who,
            what="project.changed",
            subject=name,
            text=text,
            before=was,
            after=changed,
        )
        changes.bump(connection, facts=False)
    return require_project(connection, name)


def require_active(project: ProjectRow) -> None:
    """Raise Invalid for a project that takes nothing new."""
    if not project.active:
        raise Invalid(f"project {project.name} is closed")
