"""Bills of material."""

import sqlalchemy as sa
from alembic import op

from lotline_server.core.quantity import Quantity
from lotline_server.core.schema import Moment, Whole

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables; no part has a BOM yet."""
    op.create_table(
        "boms",
        sa.Column("id", Whole, nullable=False),
        sa.Column("part", Whole, nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["part"], ["parts.id"], name=op.f("fk_boms_part")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boms")),
        sa.UniqueConstraint("part", "revision", name=op.f("uq_boms_part_revision")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "bom_lines",
        sa.Column("bom", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("component", Whole, nullable=False),
        sa.Column("quantity", Quantity, nullable=False),
        sa.Column("attrition", Quantity, nullable=False),
        sa.Column("designators", sa.Text(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_bom_lines_quantity"),
        sa.CheckConstraint("attrition BETWEEN 0 AND 1000000", name="ck_bom_lines_attrition"),
        sa.ForeignKeyConstraint(["bom"], ["boms.id"], name=op.f("fk_bom_lines_bom")),
        sa.ForeignKeyConstraint(["component"], ["parts.id"], name=op.f("fk_bom_lines_component")),
        sa.PrimaryKeyConstraint("bom", "position", name=op.f("pk_bom_lines")),
        sa.UniqueConstraint("bom", "component", name=op.f("uq_bom_lines_bom_component")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_bom_lines_component"), "bom_lines", ["component"], unique=False)
