"""Keep the sum of a lot's issues in two steps: its check (0016) refused every counter-entry."""

from alembic import op

from lotline_server.core.dialect import keep_checked_sum

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the trigger anew; the sums themselves were right, for what was refused was rolled back."""
    op.execute("DROP TRIGGER stock_postings_into_lot_issues")
    op.execute(keep_checked_sum("stock_postings", "lot_issues", "lot", "units", when="NEW.lot IS NOT NULL"))
