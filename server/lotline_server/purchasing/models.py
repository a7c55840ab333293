"""Suppliers and purchase orders. Which line is for which lot stands with the lots."""

import sqlalchemy as sa

from lotline_server.core.quantity import Quantity
from lotline_server.core.schema import Flag, Moment, Whole, table

suppliers = table(
    "suppliers",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("contact", sa.Text),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("active", Flag, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("lead_time_days", Whole),
    sa.CheckConstraint("name != ''", name="ck_suppliers_name"),
    sa.CheckConstraint("length(currency) = 3", name="ck_suppliers_currency"),
    sa.CheckConstraint("lead_time_days IS NULL OR lead_time_days >= 0", name="ck_suppliers_lead_time_days"),
)

purchase_orders = table(
    "purchase_orders",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("supplier", sa.ForeignKey("suppliers.id"), nullable=False),
    sa.Column("project", sa.ForeignKey("projects.id")),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("notes", sa.Text),
    sa.Column("created_at", Moment, nullable=False),
    sa.CheckConstraint(
        "status IN ('draft', 'sent', 'confirmed', 'partly_received', 'received', 'cancelled')",
        name="ck_purchase_orders_status",
    ),
    sa.CheckConstraint("number != ''", name="ck_purchase_orders_number"),
    sa.CheckConstraint("length(currency) = 3", name="ck_purchase_orders_currency"),
    sa.Index(None, "status"),
    sa.Index(None, "project"),
)

purchase_order_lines = table(
    "purchase_order_lines",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("purchase_order", sa.ForeignKey("purchase_orders.id"), nullable=False),
    sa.Column("position", Whole, nullable=False),
    sa.Column("part", sa.ForeignKey("parts.id"), nullable=False),
    sa.Column("quantity", Quantity, nullable=False),
    sa.Column("price", Quantity),
    sa.Column("received", Quantity, nullable=False),
    sa.Column("estimated_delivery", sa.Text),
    sa.Column("actual_delivery", sa.Text),
    sa.Column("promised_delivery", sa.Text),
    sa.CheckConstraint("quantity > 0", name="ck_purchase_order_lines_quantity"),
    sa.CheckConstraint("price >= 0", name="ck_purchase_order_lines_price"),
    sa.CheckConstraint("received BETWEEN 0 AND quantity", name="ck_purchase_order_lines_received"),
    sa.CheckConstraint("position >= 1", name="ck_purchase_order_lines_position"),
    sa.UniqueConstraint("purchase_order", "position"),
    sa.Index(None, "part"),
)

purchase_receipts = table(
    "purchase_receipts",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("receipt_id", sa.Text, nullable=False, unique=True),
    sa.Column("line", sa.ForeignKey("purchase_order_lines.id"), nullable=False),
    sa.Column("quantity", Quantity, nullable=False),
    sa.Column("location", sa.ForeignKey("locations.id"), nullable=False),
    sa.Column("posting", sa.ForeignKey("stock_postings.id"), nullable=False, unique=True),
    sa.Column("delivered_on", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("packing_slip", sa.Text),
    sa.CheckConstraint("quantity > 0", name="ck_purchase_receipts_quantity"),
    sa.Index(None, "line"),
)

purchase_receipts_back = table(
    "purchase_receipts_back",
    sa.Column("receipt", sa.ForeignKey("purchase_receipts.id"), primary_key=True),
    sa.Column("posting", sa.ForeignKey("stock_postings.id"), nullable=False, unique=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
)
"""Receipts that were wrong and were taken back, each once, by a counter-entry in the ledger."""

purchase_order_events = table(
    "purchase_order_events",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("purchase_order", sa.ForeignKey("purchase_orders.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Index(None, "purchase_order"),
)
