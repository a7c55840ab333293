"""Parts, the counter from which their serial numbers come, and the words by which they are found."""

import sqlalchemy as sa

from lotline_server.core.schema import Moment, Whole, table

parts = table(
    "parts",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("part_number", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("serial_prefix", sa.Text, nullable=False),
    sa.Column("serial_digits", Whole, nullable=False),
    sa.Column("next_counter", Whole, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("revision", sa.Text, nullable=False, server_default="-"),
    sa.Column("uom", sa.Text, nullable=False, server_default="pcs"),
    sa.Column("description", sa.Text),
    sa.Column("status", sa.Text, nullable=False, server_default="active"),
    sa.Column("project", sa.ForeignKey("projects.id")),
    sa.Column("serial_format", sa.Text),
    sa.CheckConstraint("kind IN ('part', 'pcba', 'assembly')", name="ck_parts_kind"),
    sa.CheckConstraint("length(part_number) BETWEEN 1 AND 64", name="ck_parts_part_number"),
    sa.CheckConstraint("serial_digits BETWEEN 1 AND 18", name="ck_parts_serial_digits"),
    sa.CheckConstraint("next_counter >= 1", name="ck_parts_next_counter"),
    sa.Index(None, "project"),
)

part_words = table(
    "part_words",
    sa.Column("word", sa.Text, primary_key=True),
    sa.Column("part", sa.ForeignKey("parts.id"), primary_key=True),
    sa.Index(None, "part"),
    clustered=True,
)
