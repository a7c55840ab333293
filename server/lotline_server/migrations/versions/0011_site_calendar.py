"""The site's calendar: its zone, the begin of its day, its shifts, each from a day on.

Days were counted in the machine's zone until now, from midnight: that is the first rule.
"""

import time

import sqlalchemy as sa
from alembic import op

from lotline_server.core.schema import Moment
from lotline_server.core.zone import machine_zone

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create it with its first rule, which holds from the beginning."""
    calendars = op.create_table(
        "site_calendars",
        sa.Column("valid_from", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("day_start", sa.Text(), nullable=False),
        sa.Column("shifts", sa.Text(), nullable=False),
        sa.Column("set_at", Moment, nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("valid_from", name=op.f("pk_site_calendars")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    first = {
        "valid_from": "0001-01-01", "zone": machine_zone(), "day_start": "00:00", "shifts": "[]",
        "set_at": time.time_ns() // 1000, "set_by": "lotline-server",
    }  # fmt: skip
    op.execute(sa.insert(calendars).values(first))
