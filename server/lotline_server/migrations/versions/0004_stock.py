"""The stock ledger, append-only, and its sums, kept by triggers."""

import sqlalchemy as sa
from alembic import op

from lotline_server.core.dialect import append_only, keep_sum
from lotline_server.core.quantity import Quantity
from lotline_server.core.schema import Moment, Whole

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables and the two locations that the rest of the server knows."""
    op.create_table(
        "locations",
        sa.Column("id", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.CheckConstraint("kind IN ('stock', 'untested')", name="ck_locations_kind"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locations")),
        sa.UniqueConstraint("name", name=op.f("uq_locations_name")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.execute("INSERT INTO locations VALUES (1, 'Stock', 'stock', 0), (2, 'Untested', 'untested', 0)")
    op.create_table(
        "stock_postings",
        sa.Column("id", Whole, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("lot", Whole, nullable=True),
        sa.Column("unit", Whole, nullable=True),
        sa.Column("units", Whole, nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("reverses", Whole, nullable=True),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name=op.f("fk_stock_postings_lot")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_stock_postings_unit")),
        sa.ForeignKeyConstraint(["reverses"], ["stock_postings.id"], name=op.f("fk_stock_postings_reverses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_postings")),
        sa.UniqueConstraint("key", name=op.f("uq_stock_postings_key")),
        sa.UniqueConstraint("reverses", name=op.f("uq_stock_postings_reverses")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    for name in ("lot", "unit"):
        op.create_index(
            f"ix_stock_postings_{name}", "stock_postings", [name], unique=False,
            sqlite_where=sa.text(f"{name} IS NOT NULL"),
        )  # fmt: skip
    op.create_table(
        "stock_movements",
        sa.Column("posting", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("part", Whole, nullable=False),
        sa.Column("location", Whole, nullable=False),
        sa.Column("quantity", Quantity, nullable=False),
        sa.ForeignKeyConstraint(["location"], ["locations.id"], name=op.f("fk_stock_movements_location")),
        sa.ForeignKeyConstraint(["part"], ["parts.id"], name=op.f("fk_stock_movements_part")),
        sa.ForeignKeyConstraint(["posting"], ["stock_postings.id"], name=op.f("fk_stock_movements_posting")),
        sa.PrimaryKeyConstraint("posting", "position", name=op.f("pk_stock_movements")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_stock_movements_part_location"), "stock_movements", ["part", "location"], unique=False
    )
    op.create_table(
        "stock_levels",
        sa.Column("part", Whole, nullable=False),
        sa.Column("location", Whole, nullable=False),
        sa.Column("quantity", Quantity, nullable=False),
        sa.ForeignKeyConstraint(["location"], ["locations.id"], name=op.f("fk_stock_levels_location")),
        sa.ForeignKeyConstraint(["part"], ["parts.id"], name=op.f("fk_stock_levels_part")),
        sa.PrimaryKeyConstraint("part", "location", name=op.f("pk_stock_levels")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lot_issues",
        sa.Column("lot", Whole, nullable=False),
        sa.Column("units", Whole, nullable=False),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name=op.f("fk_lot_issues_lot")),
        sa.PrimaryKeyConstraint("lot", name=op.f("pk_lot_issues")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute(keep_sum("stock_movements", "stock_levels", ("part", "location"), "quantity"))
    op.execute(keep_sum("stock_postings", "lot_issues", ("lot",), "units", when="NEW.lot IS NOT NULL"))
    for table in ("stock_postings", "stock_movements"):
        for statement in append_only(table):
            op.execute(statement)
