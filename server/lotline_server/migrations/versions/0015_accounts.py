"""Accounts, their one-time codes, sessions and API tokens."""

import sqlalchemy as sa
from alembic import op

from lotline_server.core.schema import Flag, Moment, Whole

revision = "0015"
down_revision = "0014"

ROLES = "'viewer', 'operator', 'planner', 'quality', 'admin'"


def upgrade() -> None:
    """Create the tables. There is no account in them: the first admin comes with a set-up code."""
    op.create_table(
        "accounts",
        sa.Column("id", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("active", Flag, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("password_changed_at", Moment, nullable=True),
        sa.Column("signed_in_at", Moment, nullable=True),
        sa.CheckConstraint(f"role IN ({ROLES})", name="ck_accounts_role"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_accounts_name")),
        sa.UniqueConstraint("name_key", name=op.f("uq_accounts_name_key")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "account_codes",
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("account", Whole, nullable=True),
        sa.Column("expires_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_account_codes_account")),
        sa.PrimaryKeyConstraint("code_digest", name=op.f("pk_account_codes")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account", Whole, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_sessions_account")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "api_tokens",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("account", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("used_at", Moment, nullable=True),
        sa.Column("revoked_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_api_tokens_account")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_api_tokens")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    for table in ("account_codes", "sessions", "api_tokens"):
        op.create_index(op.f(f"ix_{table}_account"), table, ["account"], unique=False)
