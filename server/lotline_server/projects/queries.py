"""Statements about projects."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import begins
from lotline_server.core.paging import behind
from lotline_server.core.rows import fetch_all, fetch_one, inserted_key
from lotline_server.projects.models import projects


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRow:
    """A project. active: False where it takes no new lots."""

    id: int
    name: str
    description: str | None
    customer: str | None
    active: bool
    created_at: datetime


def insert_project(connection: Connection, **values: Any) -> int:
    """Create a project and give its row id."""
    return inserted_key(connection.execute(sa.insert(projects).values(**values)))


def find_project(connection: Connection, name: str) -> ProjectRow | None:
    """Find a project by its name."""
    return fetch_one(connection, sa.select(projects).where(projects.c.name == name), ProjectRow)


def list_projects(
    connection: Connection,
    *,
    only_active: bool = False,
    beginning: str = "",
    after: tuple[str] | None = None,
    limit: int = 1000,
) -> list[ProjectRow]:
    """Give projects by name. beginning: those whose name begins so. after: those behind this name."""
    statement = sa.select(projects).order_by(projects.c.name).limit(limit)
    if only_active:
        statement = statement.where(projects.c.active)
    if beginning:
        statement = statement.where(begins(projects.c.name, beginning))
    if after is not None:
        statement = statement.where(behind([projects.c.name], after))
    return fetch_all(connection, statement, ProjectRow)


def set_project(connection: Connection, key: int, **values: Any) -> None:
    """Change a project."""
    connection.execute(sa.update(projects).where(projects.c.id == key).values(**values))
