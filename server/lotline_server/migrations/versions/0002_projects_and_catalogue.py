"""Projects, made from the texts that lots carry, and what the catalogue says of a part."""

import sqlalchemy as sa
from alembic import op

from lotline_server.core.dialect import add_column
from lotline_server.core.schema import Flag, Moment, Whole
from lotline_server.parts.words import words_of

revision = "0002"
down_revision = "0001"

PART_COLUMNS = (
    "revision TEXT NOT NULL DEFAULT '-'",
    "uom TEXT NOT NULL DEFAULT 'pcs'",
    "description TEXT",
    "status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'not_for_new', 'obsolete'))",
    "project INTEGER CONSTRAINT fk_parts_project REFERENCES projects (id)",
    "serial_format TEXT",
)


def upgrade() -> None:
    """Create the tables, then a project for each text; a lot then names its project by key too."""
    op.create_table(
        "projects",
        sa.Column("id", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("active", Flag, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("name", name=op.f("uq_projects_name")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "part_words",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("part", Whole, nullable=False),
        sa.ForeignKeyConstraint(["part"], ["parts.id"], name=op.f("fk_part_words_part")),
        sa.PrimaryKeyConstraint("word", "part", name=op.f("pk_part_words")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_part_words_part"), "part_words", ["part"], unique=False)
    for column in PART_COLUMNS:
        op.execute(add_column("parts", column))
    op.create_index(op.f("ix_parts_project"), "parts", ["project"], unique=False)
    op.execute(
        add_column("lots", "project_key INTEGER CONSTRAINT fk_lots_project_key REFERENCES projects (id)")
    )
    op.create_index(op.f("ix_lots_project_key"), "lots", ["project_key"], unique=False)
    op.execute(
        "INSERT INTO projects (name, active, created_at) "
        "SELECT trim(project), 1, min(created_at) FROM lots "
        "WHERE project IS NOT NULL AND trim(project) != '' GROUP BY trim(project) ORDER BY min(id)"
    )
    op.execute(
        "UPDATE lots SET project_key = (SELECT id FROM projects WHERE name = trim(lots.project)) "
        "WHERE project IS NOT NULL"
    )
    connection = op.get_bind()
    words = [
        {"word": word, "part": row[0]}
        for row in connection.execute(sa.text("SELECT id, part_number, name FROM parts"))
        for word in words_of(row[1], row[2])
    ]
    if words:
        connection.execute(sa.text("INSERT INTO part_words (word, part) VALUES (:word, :part)"), words)
