"""Lots: units built together."""

import sqlalchemy as sa

from lotline_server.core.schema import Flag, Moment, Whole, table

lots = table(
    "lots",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("lot", sa.Text, nullable=False, unique=True),
    sa.Column("part", sa.ForeignKey("parts.id"), nullable=False),
    sa.Column("target", Whole, nullable=False),
    sa.Column("project", sa.Text),
    sa.Column("notes", sa.Text),
    sa.Column("open", Flag, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("project_key", sa.ForeignKey("projects.id")),
    sa.Index(None, "project_key"),
)
