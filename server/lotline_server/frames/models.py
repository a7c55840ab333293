"""Frames: small ones in the database, large ones as files; and which station sent them."""

import sqlalchemy as sa

from lotline_server.core.schema import Moment, Whole, table

frames = table(
    "frames",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("data_digest", sa.Text, nullable=False),
    sa.Column("blob", sa.Text, nullable=False, unique=True),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("size", Whole, nullable=False),
    sa.Column("content", sa.LargeBinary),
    sa.Column("received_at", Moment, nullable=False),
    sa.CheckConstraint("size >= 0", name="ck_frames_size"),
    sa.Index(None, "data_digest"),
)

frame_sources = table(
    "frame_sources",
    sa.Column("station", sa.ForeignKey("stations.id"), primary_key=True),
    sa.Column("frame", sa.ForeignKey("frames.id"), primary_key=True),
    clustered=True,
)
