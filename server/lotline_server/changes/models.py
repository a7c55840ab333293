"""Two counters: `facts` moves with what stations' snapshots show, `all` with every commit worth a look."""

import sqlalchemy as sa

from lotline_server.core.schema import Whole, table

change_counters = table(
    "change_counters",
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", Whole, nullable=False),
)
