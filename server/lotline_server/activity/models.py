"""The activity log. The database itself refuses to change or delete one of its rows."""

import sqlalchemy as sa

from lotline_server.core.schema import Moment, Whole, table

activity = table(
    "activity",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Index(None, "subject", "at"),
    sa.Index(None, "who", "at"),
    sa.Index(None, "what", "at"),
    sa.Index(None, "at"),
)
