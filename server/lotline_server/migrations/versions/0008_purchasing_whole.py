"""Suppliers' lead times, promised deliveries, packing slips, and receipts that were taken back."""

import sqlalchemy as sa
from alembic import op

from lotline_server.core.dialect import add_column, append_only
from lotline_server.core.schema import Moment, Whole

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns and the table. What was estimated of an order that is under way was promised."""
    op.execute(add_column("suppliers", "lead_time_days INTEGER"))
    op.execute(add_column("purchase_order_lines", "promised_delivery TEXT"))
    op.execute(add_column("purchase_receipts", "packing_slip TEXT"))
    op.execute(
        "UPDATE purchase_order_lines SET promised_delivery = estimated_delivery WHERE purchase_order IN "
        "(SELECT id FROM purchase_orders WHERE status <> 'draft')"
    )
    op.create_table(
        "purchase_receipts_back",
        sa.Column("receipt", Whole, nullable=False),
        sa.Column("posting", Whole, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["receipt"], ["purchase_receipts.id"], name=op.f("fk_purchase_receipts_back_receipt")
        ),
        sa.ForeignKeyConstraint(
            ["posting"], ["stock_postings.id"], name=op.f("fk_purchase_receipts_back_posting")
        ),
        sa.PrimaryKeyConstraint("receipt", name=op.f("pk_purchase_receipts_back")),
        sa.UniqueConstraint("posting", name=op.f("uq_purchase_receipts_back_posting")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    for statement in append_only("purchase_receipts_back"):
        op.execute(statement)
