"""Parts and the counter from which their serial numbers come."""

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
)
