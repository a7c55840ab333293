"""Quarantine: records that could not be taken in as they are; their bytes are kept like any other."""

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
