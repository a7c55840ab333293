"""Projects. Their name is what people type into a lot, so it is the key."""

import sqlalchemy as sa

from lotline_server.core.schema import Flag, Moment, Whole, table

projects = table(
    "projects",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("description", sa.Text),
    sa.Column("customer", sa.Text),
    sa.Column("active", Flag, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.CheckConstraint("name != ''", name="ck_projects_name"),
)
