"""The rules of the site's calendar, each from a day on."""

import sqlalchemy as sa

from lotline_server.core.schema import Moment, table

site_calendars = table(
    "site_calendars",
    sa.Column("valid_from", sa.Text, primary_key=True),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("day_start", sa.Text, nullable=False),
    sa.Column("shifts", sa.Text, nullable=False),
    sa.Column("set_at", Moment, nullable=False),
    sa.Column("set_by", sa.Text, nullable=False),
)
