"""Quarantine: records that could not be taken in as they are; their bytes are kept like any other. And the
other places under which a stored record came once more.
"""

import sqlalchemy as sa

from lotline_server.core.schema import Moment, Whole, table

quarantine = table(
    "quarantine",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("epoch", sa.ForeignKey("epochs.id"), nullable=False),
    sa.Column("seq", Whole, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("replayed_at", Moment),
    sa.UniqueConstraint("epoch", "seq", "digest"),
)

also_held = table(
    "also_held",
    sa.Column("epoch", sa.ForeignKey("epochs.id"), primary_key=True),
    sa.Column("seq", Whole, primary_key=True),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    clustered=True,
)
"""Places whose record was stored under another one: a disk that was put back from an image closes the run
once more that the image held open. The place is filled, and nothing is kept twice.
"""
