"""People, their one-time codes, their browsers' sessions and their API tokens. No secret is kept as it is."""

import sqlalchemy as sa

from lotline_server.core.schema import Flag, Moment, Whole, table

_ROLES = "'viewer', 'operator', 'planner', 'quality', 'admin'"

accounts = table(
    "accounts",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("name_key", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text),
    sa.Column("active", Flag, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("password_changed_at", Moment),
    sa.Column("signed_in_at", Moment),
    sa.CheckConstraint(
        "role IN ('viewer', 'operator', 'planner', 'quality', 'admin')", name="ck_accounts_role"
    ),
)

account_codes = table(
    "account_codes",
    sa.Column("code_digest", sa.LargeBinary, primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.id")),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Index(None, "account"),
)

sessions = table(
    "sessions",
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Index(None, "account"),
)

api_tokens = table(
    "api_tokens",
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
    sa.Column("revoked_at", Moment),
    sa.Index(None, "account"),
)
