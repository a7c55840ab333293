"""Verbatim records beside what is projected from them.

A scalar's row is short and lies beside the other values of its measurement; what does not change from run to
run (names, uom, limits) stands once, in its definition. `measurement_view` joins them for any SQL tool.
"""

import sqlalchemy as sa

from lotline_server.core.schema import Flag, Moment, Number, Whole, table

records = table(
    "records",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("epoch", sa.ForeignKey("epochs.id"), nullable=False),
    sa.Column("seq", Whole, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False, unique=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("dictionary", sa.ForeignKey("dictionaries.id")),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("kind IN ('run', 'event')", name="ck_records_kind"),
    sa.CheckConstraint("seq >= 1", name="ck_records_seq"),
    sa.UniqueConstraint("epoch", "seq"),
)

dictionaries = table(
    "dictionaries",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("plan", sa.ForeignKey("plans.id"), nullable=False, unique=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

plans = table(
    "plans",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.UniqueConstraint("digest", "name", "version"),
)

texts = table(
    "texts",
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
)

definitions = table(
    "definitions",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("plan", sa.ForeignKey("plans.id"), nullable=False),
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("uom", sa.Text),
    sa.Column("comparator", sa.Text),
    sa.Column("low", Number),
    sa.Column("high", Number),
    sa.Column("equals", sa.Text),
    sa.Column("record_only", Flag, nullable=False),
    sa.CheckConstraint("kind IN ('number', 'flag', 'text', 'vector')", name="ck_definitions_kind"),
    sa.UniqueConstraint("plan", "identity"),
    sa.Index(None, "name"),
)

runs = table(
    "runs",
    sa.Column("id", Whole, sa.ForeignKey("records.id"), primary_key=True),
    sa.Column("run_id", sa.Text, nullable=False, unique=True),
    sa.Column("unit", sa.ForeignKey("units.id"), nullable=False),
    sa.Column("station", sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("epoch", sa.ForeignKey("epochs.id"), nullable=False),
    sa.Column("seq", Whole, nullable=False),
    sa.Column("plan", sa.ForeignKey("plans.id"), nullable=False),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("counts_as", sa.Text),
    sa.Column("cause", sa.Text),
    sa.Column("lot", sa.Text),
    sa.Column("revision", sa.Text),
    sa.Column("operator", sa.Text),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("ended_at", Moment, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("judged_otherwise", sa.Text),
    sa.CheckConstraint("outcome IN ('PASS', 'FAIL', 'ERROR', 'ABORTED')", name="ck_runs_outcome"),
    sa.CheckConstraint("counts_as IS NULL OR counts_as IN ('PASS', 'FAIL')", name="ck_runs_counts_as"),
    sa.CheckConstraint(
        "purpose IN ('production', 'reference', 'engineering', 'return')", name="ck_runs_purpose"
    ),
    sa.Index(None, "unit"),
    sa.Index(None, "started_at"),
)

# No foreign keys on this one: ingest writes run and definition in the same breath, and checking both for each
# of fifty rows a run costs more than writing them.
scalars = table(
    "scalars",
    sa.Column("definition", Whole, primary_key=True),
    sa.Column("run", Whole, primary_key=True),
    sa.Column("nth", Whole, primary_key=True),
    sa.Column("value", Number),
    sa.Column("text", sa.Text),
    sa.Column("outcome", Whole, nullable=False),
    sa.CheckConstraint("outcome BETWEEN 0 AND 5", name="ck_scalars_outcome"),
    clustered=True,
)

vectors = table(
    "vectors",
    sa.Column("run", sa.ForeignKey("runs.id"), primary_key=True),
    sa.Column("position", Whole, primary_key=True),
    sa.Column("definition", sa.ForeignKey("definitions.id"), nullable=False),
    sa.Column("data_digest", sa.Text, nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("outcome", Whole, nullable=False),
    sa.CheckConstraint("outcome BETWEEN 0 AND 5", name="ck_vectors_outcome"),
    sa.Index(None, "data_digest"),
    clustered=True,
)

OUTCOME_CODES = {"PASS": 0, "FAIL": 1, "ERROR": 2, "ABORTED": 3, "SKIPPED": 4, "UNSET": 5}
"""How a measurement's outcome is stored; `measurement_view` gives the words."""

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
"""For any SQL tool. Flags are 1 and 0 in `value`; times are microseconds since 1970, UTC."""
