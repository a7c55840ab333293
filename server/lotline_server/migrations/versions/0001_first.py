"""The first schema: stations, parts, lots, units, runs, their records and measurements, activity."""

import sqlalchemy as sa
from alembic import op

from lotline_server.core.dialect import append_only
from lotline_server.core.schema import Flag, Moment, Number, Whole

revision = "0001"
down_revision = None

MEASUREMENT_VIEW = """
CREATE VIEW measurement_view AS
SELECT units.serial_number, parts.part_number, lots.lot, definitions.name AS measurement,
       definitions.step, scalars.value, scalars.text, definitions.uom, definitions.comparator,
       definitions.low, definitions.high, definitions.equals,
       CASE scalars.outcome WHEN 0 THEN 'PASS' WHEN 1 THEN 'FAIL' WHEN 2 THEN 'ERROR'
            WHEN 3 THEN 'ABORTED' WHEN 4 THEN 'SKIPPED' ELSE 'UNSET' END AS outcome,
       runs.run_id, runs.operation, runs.purpose, runs.outcome AS run_outcome,
       runs.started_at AS started_at_us, stations.name AS station
FROM scalars
JOIN definitions ON definitions.id = scalars.definition
JOIN runs ON runs.id = scalars.run
JOIN stations ON stations.id = runs.station
JOIN units ON units.id = runs.unit
JOIN parts ON parts.id = units.part
LEFT JOIN lots ON lots.id = units.lot
"""


def upgrade() -> None:
    """Create everything; an activity row can then be neither changed nor deleted."""
    op.create_table(
        "activity",
        sa.Column("id", Whole, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(op.f("ix_activity_subject"), "activity", ["subject"], unique=False)
    op.create_table(
        "change_counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", Whole, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_change_counters")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "completed_days",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("completed", Whole, nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_completed_days")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "frames",
        sa.Column("id", Whole, nullable=False),
        sa.Column("data_digest", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("size", Whole, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frames")),
        sa.UniqueConstraint("blob", name=op.f("uq_frames_blob")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(op.f("ix_frames_data_digest"), "frames", ["data_digest"], unique=False)
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "parts",
        sa.Column("id", Whole, nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("serial_prefix", sa.Text(), nullable=False),
        sa.Column("serial_digits", Whole, nullable=False),
        sa.Column("next_counter", Whole, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parts")),
        sa.UniqueConstraint("part_number", name=op.f("uq_parts_part_number")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "plans",
        sa.Column("id", Whole, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("digest", "name", "version", name=op.f("uq_plans_digest_name_version")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "scalars",
        sa.Column("definition", Whole, nullable=False),
        sa.Column("run", Whole, nullable=False),
        sa.Column("nth", Whole, nullable=False),
        sa.Column("value", Number, nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("outcome", Whole, nullable=False),
        sa.PrimaryKeyConstraint("definition", "run", "nth", name=op.f("pk_scalars")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stations",
        sa.Column("id", Whole, nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("token_key", sa.Text(), nullable=True),
        sa.Column("token_digest", sa.LargeBinary(), nullable=True),
        sa.Column("paired_at", Moment, nullable=True),
        sa.Column("last_seen_at", Moment, nullable=True),
        sa.Column("agent_version", sa.Text(), nullable=True),
        sa.Column("pending", Whole, nullable=True),
        sa.Column("parked", Whole, nullable=True),
        sa.Column("oldest_pending_s", Number, nullable=True),
        sa.Column("free_bytes", Whole, nullable=True),
        sa.Column("clock_skew_s", Number, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stations")),
        sa.UniqueConstraint("name", name=op.f("uq_stations_name")),
        sa.UniqueConstraint("station_id", name=op.f("uq_stations_station_id")),
        sa.UniqueConstraint("token_key", name=op.f("uq_stations_token_key")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "texts",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_texts")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "definitions",
        sa.Column("id", Whole, nullable=False),
        sa.Column("plan", Whole, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("uom", sa.Text(), nullable=True),
        sa.Column("comparator", sa.Text(), nullable=True),
        sa.Column("low", Number, nullable=True),
        sa.Column("high", Number, nullable=True),
        sa.Column("equals", sa.Text(), nullable=True),
        sa.Column("record_only", Flag, nullable=False),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name=op.f("fk_definitions_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definitions")),
        sa.UniqueConstraint("plan", "identity", name=op.f("uq_definitions_plan_identity")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(op.f("ix_definitions_name"), "definitions", ["name"], unique=False)
    op.create_table(
        "dictionaries",
        sa.Column("id", Whole, nullable=False),
        sa.Column("plan", Whole, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name=op.f("fk_dictionaries_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dictionaries")),
        sa.UniqueConstraint("plan", name=op.f("uq_dictionaries_plan")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "epochs",
        sa.Column("id", Whole, nullable=False),
        sa.Column("station", Whole, nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("parent_last_seq", Whole, nullable=True),
        sa.Column("last_seq", Whole, nullable=False),
        sa.Column("closed", Flag, nullable=False),
        sa.Column("depth", Whole, nullable=False),
        sa.Column("have_to", Whole, nullable=False),
        sa.Column("first_seen_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["station"], ["stations.id"], name=op.f("fk_epochs_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epochs")),
        sa.UniqueConstraint("station", "epoch", name=op.f("uq_epochs_station_epoch")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "frame_sources",
        sa.Column("station", Whole, nullable=False),
        sa.Column("frame", Whole, nullable=False),
        sa.ForeignKeyConstraint(["frame"], ["frames.id"], name=op.f("fk_frame_sources_frame")),
        sa.ForeignKeyConstraint(["station"], ["stations.id"], name=op.f("fk_frame_sources_station")),
        sa.PrimaryKeyConstraint("station", "frame", name=op.f("pk_frame_sources")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lots",
        sa.Column("id", Whole, nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("part", Whole, nullable=False),
        sa.Column("target", Whole, nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("open", Flag, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["part"], ["parts.id"], name=op.f("fk_lots_part")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("lot", name=op.f("uq_lots_lot")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "pairing_codes",
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("station", Whole, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("used_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["station"], ["stations.id"], name=op.f("fk_pairing_codes_station")),
        sa.PrimaryKeyConstraint("code_digest", name=op.f("pk_pairing_codes")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "route_operations",
        sa.Column("part", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["part"], ["parts.id"], name=op.f("fk_route_operations_part")),
        sa.PrimaryKeyConstraint("part", "position", name=op.f("pk_route_operations")),
        sa.UniqueConstraint("part", "operation", name=op.f("uq_route_operations_part_operation")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quarantine",
        sa.Column("id", Whole, nullable=False),
        sa.Column("epoch", Whole, nullable=False),
        sa.Column("seq", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("replayed_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["epoch"], ["epochs.id"], name=op.f("fk_quarantine_epoch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("epoch", "seq", "digest", name=op.f("uq_quarantine_epoch_seq_digest")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "records",
        sa.Column("id", Whole, nullable=False),
        sa.Column("epoch", Whole, nullable=False),
        sa.Column("seq", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("dictionary", Whole, nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["dictionary"], ["dictionaries.id"], name=op.f("fk_records_dictionary")),
        sa.ForeignKeyConstraint(["epoch"], ["epochs.id"], name=op.f("fk_records_epoch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records")),
        sa.UniqueConstraint("epoch", "seq", name=op.f("uq_records_epoch_seq")),
        sa.UniqueConstraint("record_id", name=op.f("uq_records_record_id")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "units",
        sa.Column("id", Whole, nullable=False),
        sa.Column("serial_number", sa.Text(), nullable=False),
        sa.Column("part", Whole, nullable=False),
        sa.Column("lot", Whole, nullable=True),
        sa.Column("from_run", Flag, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("scrapped", Flag, nullable=False),
        sa.Column("completed_at", Moment, nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name=op.f("fk_units_lot")),
        sa.ForeignKeyConstraint(["part"], ["parts.id"], name=op.f("fk_units_part")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("serial_number", "part", name=op.f("uq_units_serial_number_part")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(
        "ix_units_completed_at",
        "units",
        ["completed_at"],
        unique=False,
        sqlite_where=sa.text("completed_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_units_lot_status"), "units", ["lot", "status"], unique=False)
    op.create_table(
        "runs",
        sa.Column("id", Whole, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("unit", Whole, nullable=False),
        sa.Column("station", Whole, nullable=False),
        sa.Column("epoch", Whole, nullable=False),
        sa.Column("seq", Whole, nullable=False),
        sa.Column("plan", Whole, nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("counts_as", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("lot", sa.Text(), nullable=True),
        sa.Column("revision", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("ended_at", Moment, nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("judged_otherwise", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["epoch"], ["epochs.id"], name=op.f("fk_runs_epoch")),
        sa.ForeignKeyConstraint(["id"], ["records.id"], name=op.f("fk_runs_id")),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name=op.f("fk_runs_plan")),
        sa.ForeignKeyConstraint(["station"], ["stations.id"], name=op.f("fk_runs_station")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_runs_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("run_id", name=op.f("uq_runs_run_id")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(op.f("ix_runs_started_at"), "runs", ["started_at"], unique=False)
    op.create_index(op.f("ix_runs_unit"), "runs", ["unit"], unique=False)
    op.create_table(
        "unit_operations",
        sa.Column("unit", Whole, nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("lot", Whole, nullable=True),
        sa.Column("first_run", Whole, nullable=False),
        sa.Column("first_outcome", sa.Text(), nullable=False),
        sa.Column("first_at", Moment, nullable=False),
        sa.Column("deciding_run", Whole, nullable=False),
        sa.Column("deciding_outcome", sa.Text(), nullable=False),
        sa.Column("attempts", Whole, nullable=False),
        sa.ForeignKeyConstraint(["deciding_run"], ["runs.id"], name=op.f("fk_unit_operations_deciding_run")),
        sa.ForeignKeyConstraint(["first_run"], ["runs.id"], name=op.f("fk_unit_operations_first_run")),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name=op.f("fk_unit_operations_lot")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_unit_operations_unit")),
        sa.PrimaryKeyConstraint("unit", "operation", name=op.f("pk_unit_operations")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_unit_operations_first_at"), "unit_operations", ["first_at"], unique=False)
    op.create_index(
        op.f("ix_unit_operations_lot_operation_first_outcome_deciding_outcome"),
        "unit_operations",
        ["lot", "operation", "first_outcome", "deciding_outcome"],
        unique=False,
    )
    op.create_table(
        "vectors",
        sa.Column("run", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("definition", Whole, nullable=False),
        sa.Column("data_digest", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("outcome", Whole, nullable=False),
        sa.ForeignKeyConstraint(["definition"], ["definitions.id"], name=op.f("fk_vectors_definition")),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_vectors_run")),
        sa.PrimaryKeyConstraint("run", "position", name=op.f("pk_vectors")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_vectors_data_digest"), "vectors", ["data_digest"], unique=False)
    op.execute(MEASUREMENT_VIEW)
    for statement in append_only("activity"):
        op.execute(statement)
