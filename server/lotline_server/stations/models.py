"""Stations, their one-time pairing codes and the lives (epochs) of their agents."""

import sqlalchemy as sa

from lotline_server.core.schema import Flag, Moment, Number, Whole, table

stations = table(
    "stations",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("station_id", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("token_key", sa.Text, unique=True),
    sa.Column("token_digest", sa.LargeBinary),
    sa.Column("paired_at", Moment),
    sa.Column("last_seen_at", Moment),
    sa.Column("agent_version", sa.Text),
    sa.Column("pending", Whole),
    sa.Column("parked", Whole),
    sa.Column("oldest_pending_s", Number),
    sa.Column("free_bytes", Whole),
    sa.Column("clock_skew_s", Number),
)

pairing_codes = table(
    "pairing_codes",
    sa.Column("code_digest", sa.LargeBinary, primary_key=True),
    sa.Column("station", sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
)

epochs = table(
    "epochs",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("station", sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("epoch", sa.Text, nullable=False),
    sa.Column("parent", sa.Text),
    sa.Column("parent_last_seq", Whole),
    sa.Column("last_seq", Whole, nullable=False),
    sa.Column("closed", Flag, nullable=False),
    sa.Column("depth", Whole, nullable=False),
    sa.Column("have_to", Whole, nullable=False),
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.CheckConstraint("last_seq >= 0", name="ck_epochs_last_seq"),
    sa.CheckConstraint("have_to >= 0", name="ck_epochs_have_to"),
    sa.CheckConstraint("depth >= 0", name="ck_epochs_depth"),
    sa.UniqueConstraint("station", "epoch"),
)
