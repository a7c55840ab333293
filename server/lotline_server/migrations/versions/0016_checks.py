"""What the rules of the server refuse, the database refuses too: statuses, kinds, quantities, names.

Kept sums that are counted anew at any time (units by day, by lot) are left without: their rows may go below
nothing on the way of one statement. A database that holds something of this already is of a server with a
fault; it is refused, with the table and the rule, and left as it is.
"""

from alembic import op

from lotline_server.core.dialect import add_check

revision = "0016"
down_revision = "0015"

CHECKS = (
    ("parts", "kind", "kind IN ('part', 'pcba', 'assembly')"),
    ("parts", "part_number", "length(part_number) BETWEEN 1 AND 64"),
    ("parts", "serial_digits", "serial_digits BETWEEN 1 AND 18"),
    ("parts", "next_counter", "next_counter >= 1"),
    ("projects", "name", "name != ''"),
    ("routes", "version", "version >= 1"),
    ("route_operations", "position", "position >= 0"),
    ("bom_lines", "position", "position >= 1"),
    ("locations", "name", "name != ''"),
    ("stock_movements", "position", "position >= 1"),
    ("lot_issues", "units", "units >= 0"),
    ("lots", "lot", "length(lot) BETWEEN 1 AND 64"),
    ("lots", "target", "target >= 1"),
    ("lots", "planned", "planned_start IS NULL OR planned_end IS NULL OR planned_start <= planned_end"),
    ("lot_bom_lines", "quantity", "quantity > 0"),
    ("lot_bom_lines", "attrition", "attrition BETWEEN 0 AND 1000000"),
    ("units", "serial_number", "length(serial_number) BETWEEN 1 AND 64"),
    ("units", "status", "status IN ('planned', 'in_progress', 'completed', 'failed', 'scrapped')"),
    ("unit_operations", "first_outcome", "first_outcome IN ('PASS', 'FAIL')"),
    ("unit_operations", "deciding_outcome", "deciding_outcome IN ('PASS', 'FAIL')"),
    ("unit_operations", "attempts", "attempts >= 1"),
    ("suppliers", "name", "name != ''"),
    ("suppliers", "currency", "length(currency) = 3"),
    ("suppliers", "lead_time_days", "lead_time_days IS NULL OR lead_time_days >= 0"),
    ("purchase_orders", "number", "number != ''"),
    ("purchase_orders", "currency", "length(currency) = 3"),
    ("purchase_order_lines", "position", "position >= 1"),
    ("purchase_receipts", "quantity", "quantity > 0"),
    ("records", "kind", "kind IN ('run', 'event')"),
    ("records", "seq", "seq >= 1"),
    ("definitions", "kind", "kind IN ('number', 'flag', 'text', 'vector')"),
    ("runs", "outcome", "outcome IN ('PASS', 'FAIL', 'ERROR', 'ABORTED')"),
    ("runs", "counts_as", "counts_as IS NULL OR counts_as IN ('PASS', 'FAIL')"),
    ("runs", "purpose", "purpose IN ('production', 'reference', 'engineering', 'return')"),
    ("scalars", "outcome", "outcome BETWEEN 0 AND 5"),
    ("vectors", "outcome", "outcome BETWEEN 0 AND 5"),
    ("epochs", "last_seq", "last_seq >= 0"),
    ("epochs", "have_to", "have_to >= 0"),
    ("epochs", "depth", "depth >= 0"),
    ("frames", "size", "size >= 0"),
)
"""(table, what, rule)."""


def upgrade() -> None:
    """Add all of them."""
    for table, what, rule in CHECKS:
        op.execute(add_check(table, f"ck_{table}_{what}", rule))
