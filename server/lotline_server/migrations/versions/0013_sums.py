"""Sums of units by day, shift, part and operation, and by lot: what pages show, they no longer count."""

import sqlalchemy as sa
from alembic import op

from lotline_server.core.dialect import add_column, keep_counts
from lotline_server.core.schema import Whole

revision = "0013"
down_revision = "0012"

STATUSES = ("planned", "in_progress", "completed", "failed", "scrapped")
LOT_COUNTS = {
    "units": "1",
    **{status: f"{{row}}.status = '{status}'" for status in STATUSES},
    "held": "{row}.hold IS NOT NULL",
}
LOT_YIELDS = {
    "counted": "1",
    "first_passed": "{row}.first_outcome = 'PASS'",
    "last_passed": "{row}.deciding_outcome = 'PASS'",
}
# When an operation was passed for good, as units/derive.py has it: the end of the first PASS that no FAIL
# came after, at one station by its sequence, across stations by the clock.
PASSED_AT = """
UPDATE unit_operations SET passed_at = (
  SELECT coalesce(
    (SELECT min(p.ended_at) FROM runs p JOIN epochs pe ON pe.id = p.epoch
     WHERE p.unit = unit_operations.unit AND p.operation = unit_operations.operation AND p.counts_as = 'PASS'
     AND NOT EXISTS (
       SELECT 1 FROM runs f JOIN epochs fe ON fe.id = f.epoch
       WHERE f.unit = p.unit AND f.operation = p.operation AND f.counts_as = 'FAIL' AND (
         f.station = p.station AND
           (fe.depth, f.seq, f.started_at, f.run_id) > (pe.depth, p.seq, p.started_at, p.run_id)
         OR f.station != p.station AND (f.started_at, f.run_id) > (p.started_at, p.run_id)))),
    (SELECT max(r.ended_at) FROM runs r WHERE r.unit = unit_operations.unit
     AND r.operation = unit_operations.operation AND r.counts_as IS NOT NULL)))
WHERE deciding_outcome = 'PASS'
"""


def upgrade() -> None:
    """Add them. Those by lot are filled here; those by day when the server starts, which knows the days."""
    op.execute(add_column("unit_operations", "passed_at INTEGER"))
    op.execute(PASSED_AT)
    op.drop_index("ix_unit_operations_first_at", "unit_operations")
    op.create_index(
        op.f("ix_unit_operations_first_at_operation_first_outcome"),
        "unit_operations", ["first_at", "operation", "first_outcome"],
    )  # fmt: skip
    op.create_index(
        "ix_unit_operations_passed_at", "unit_operations", ["passed_at", "operation"],
        sqlite_where=sa.text("passed_at IS NOT NULL"),
    )  # fmt: skip
    op.drop_index("ix_units_completed_at", "units")
    op.create_index(
        "ix_units_completed_at", "units", ["completed_at", "part"],
        sqlite_where=sa.text("completed_at IS NOT NULL"),
    )  # fmt: skip
    op.drop_table("completed_days")
    _create("completed_days", [_text("day"), _text("shift"), _whole("part")], ["completed"], "part", "parts")
    _create(
        "operation_days", [_text("day"), _text("shift"), _text("operation")],
        ["counted", "first_passed", "passed"],
    )  # fmt: skip
    _create("lot_counts", [_whole("lot")], list(LOT_COUNTS), "lot", "lots", clustered=False)
    _create("lot_yields", [_whole("lot"), _text("operation")], list(LOT_YIELDS), "lot", "lots")
    for source, target, keys, counts in (
        ("units", "lot_counts", ["lot"], LOT_COUNTS),
        ("unit_operations", "lot_yields", ["lot", "operation"], LOT_YIELDS),
    ):
        figures = ", ".join(f"sum({each.replace('{row}', source)})" for each in counts.values())
        names = ", ".join(keys)
        op.execute(
            f"INSERT INTO {target} ({names}, {', '.join(counts)}) SELECT {names}, {figures} "  # noqa: S608
            f"FROM {source} WHERE lot IS NOT NULL GROUP BY {names}"
        )
        for statement in keep_counts(source, target, keys, counts):
            op.execute(statement)
    op.execute("INSERT INTO meta (key, value) VALUES ('recount_due', '1')")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, Whole, nullable=False)


def _create(
    name: str, keys: list[sa.Column[str] | sa.Column[int]], figures: list[str], refers: str = "",
    to: str = "", *, clustered: bool = True,
) -> None:  # fmt: skip
    references = (
        [sa.ForeignKeyConstraint([refers], [f"{to}.id"], name=op.f(f"fk_{name}_{refers}"))] if refers else []
    )
    op.create_table(
        name,
        *keys,
        *(_whole(each) for each in figures),
        *references,
        sa.PrimaryKeyConstraint(*(key.name for key in keys), name=op.f(f"pk_{name}")),
        sqlite_strict=True,
        sqlite_with_rowid=not clustered,
    )
