"""Suppliers, purchase orders, what arrived of them, and which line is for which lot."""

import sqlalchemy as sa
from alembic import op

from lotline_server.core.dialect import append_only
from lotline_server.core.quantity import Quantity
from lotline_server.core.schema import Flag, Moment, Whole

revision = "0006"
down_revision = "0005"

STATUSES = "'draft', 'sent', 'confirmed', 'partly_received', 'received', 'cancelled'"


def upgrade() -> None:
    """Create the tables; what arrived and what was said of an order is append-only."""
    op.create_table(
        "suppliers",
        sa.Column("id", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("active", Flag, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppliers")),
        sa.UniqueConstraint("name", name=op.f("uq_suppliers_name")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "purchase_orders",
        sa.Column("id", Whole, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("supplier", Whole, nullable=False),
        sa.Column("project", Whole, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.CheckConstraint(f"status IN ({STATUSES})", name="ck_purchase_orders_status"),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_purchase_orders_project")),
        sa.ForeignKeyConstraint(["supplier"], ["suppliers.id"], name=op.f("fk_purchase_orders_supplier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_orders_number")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    for name in ("status", "project"):
        op.create_index(op.f(f"ix_purchase_orders_{name}"), "purchase_orders", [name], unique=False)
    op.create_table(
        "purchase_order_lines",
        sa.Column("id", Whole, nullable=False),
        sa.Column("purchase_order", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("part", Whole, nullable=False),
        sa.Column("quantity", Quantity, nullable=False),
        sa.Column("price", Quantity, nullable=True),
        sa.Column("received", Quantity, nullable=False),
        sa.Column("estimated_delivery", sa.Text(), nullable=True),
        sa.Column("actual_delivery", sa.Text(), nullable=True),
        sa.CheckConstraint("quantity > 0", name="ck_purchase_order_lines_quantity"),
        sa.CheckConstraint("price >= 0", name="ck_purchase_order_lines_price"),
        sa.CheckConstraint("received BETWEEN 0 AND quantity", name="ck_purchase_order_lines_received"),
        sa.ForeignKeyConstraint(["part"], ["parts.id"], name=op.f("fk_purchase_order_lines_part")),
        sa.ForeignKeyConstraint(
            ["purchase_order"], ["purchase_orders.id"], name=op.f("fk_purchase_order_lines_purchase_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order_lines")),
        sa.UniqueConstraint(
            "purchase_order", "position", name=op.f("uq_purchase_order_lines_purchase_order_position")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(op.f("ix_purchase_order_lines_part"), "purchase_order_lines", ["part"], unique=False)
    op.create_table(
        "purchase_receipts",
        sa.Column("id", Whole, nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("line", Whole, nullable=False),
        sa.Column("quantity", Quantity, nullable=False),
        sa.Column("location", Whole, nullable=False),
        sa.Column("posting", Whole, nullable=False),
        sa.Column("delivered_on", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line"], ["purchase_order_lines.id"], name=op.f("fk_purchase_receipts_line")
        ),
        sa.ForeignKeyConstraint(["location"], ["locations.id"], name=op.f("fk_purchase_receipts_location")),
        sa.ForeignKeyConstraint(
            ["posting"], ["stock_postings.id"], name=op.f("fk_purchase_receipts_posting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_receipts")),
        sa.UniqueConstraint("posting", name=op.f("uq_purchase_receipts_posting")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_purchase_receipts_receipt_id")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(op.f("ix_purchase_receipts_line"), "purchase_receipts", ["line"], unique=False)
    op.create_table(
        "purchase_order_events",
        sa.Column("id", Whole, nullable=False),
        sa.Column("purchase_order", Whole, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["purchase_order"], ["purchase_orders.id"], name=op.f("fk_purchase_order_events_purchase_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order_events")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(
        op.f("ix_purchase_order_events_purchase_order"),
        "purchase_order_events",
        ["purchase_order"],
        unique=False,
    )
    op.create_table(
        "lot_order_lines",
        sa.Column("line", Whole, nullable=False),
        sa.Column("lot", Whole, nullable=False),
        sa.Column("quantity", Quantity, nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_lot_order_lines_quantity"),
        sa.ForeignKeyConstraint(["line"], ["purchase_order_lines.id"], name=op.f("fk_lot_order_lines_line")),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name=op.f("fk_lot_order_lines_lot")),
        sa.PrimaryKeyConstraint("line", "lot", name=op.f("pk_lot_order_lines")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_lot_order_lines_lot"), "lot_order_lines", ["lot"], unique=False)
    for table in ("purchase_receipts", "purchase_order_events"):
        for statement in append_only(table):
            op.execute(statement)
