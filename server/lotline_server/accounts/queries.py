"""Statements about accounts, their codes, sessions and API tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.accounts.models import account_codes, accounts, api_tokens, sessions
from lotline_server.core.rows import fetch_all, fetch_one, inserted_key


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account as admins see it. What has not happened yet is None.

    has_password: False until its one-time code was used
    """

    id: int
    name: str
    role: str
    active: bool
    has_password: bool
    created_at: datetime
    password_changed_at: datetime | None
    signed_in_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """A one-time code. account: None for the code that makes the first admin."""

    account: int | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A browser that is signed in, and whose it is."""

    account: int
    name: str
    role: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """An API token as its owner sees it. scopes: separated by spaces."""

    key: str
    account: int
    owner: str
    name: str
    scopes: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerRow:
    """Whose API token has a key, what it must hash to, and what its owner may do."""

    key: str
    account: int
    owner: str
    role: str
    digest: bytes
    scopes: str
    used_at: datetime | None


_ACCOUNT = sa.select(
    *(accounts.c[name] for name in AccountRow.__dataclass_fields__ if name != "has_password"),
    accounts.c.password_hash.is_not(None).label("has_password"),
)


def _account(row: Any) -> AccountRow:
    return AccountRow(**(dict(row) | {"has_password": bool(row["has_password"])}))


def insert_account(connection: Connection, **values: Any) -> int:
    """Insert an account and give its row id."""
    return inserted_key(connection.execute(sa.insert(accounts).values(**values)))


def set_account(connection: Connection, key: int, **values: Any) -> None:
    """Change columns of an account."""
    connection.execute(sa.update(accounts).where(accounts.c.id == key).values(**values))


def find_account(connection: Connection, name_key: str) -> AccountRow | None:
    """Find an account by the folded form of its name."""
    found = connection.execute(_ACCOUNT.where(accounts.c.name_key == name_key)).mappings().first()
    return None if found is None else _account(found)


def get_account(connection: Connection, key: int) -> AccountRow:
    """Give the account of a row id."""
    return _account(connection.execute(_ACCOUNT.where(accounts.c.id == key)).mappings().one())


def all_accounts(connection: Connection) -> list[AccountRow]:
    """List the accounts: those that may sign in first, then by name."""
    statement = _ACCOUNT.order_by(accounts.c.active.desc(), accounts.c.name_key)
    return [_account(row) for row in connection.execute(statement).mappings()]


def password_of(connection: Connection, key: int) -> str | None:
    """Give what is kept of an account's password; None where it has none yet."""
    return connection.execute(sa.select(accounts.c.password_hash).where(accounts.c.id == key)).scalar()


def count_active_admins(connection: Connection) -> int:
    """Count the admins who may sign in."""
    statement = sa.select(sa.func.count()).where(accounts.c.role == "admin", accounts.c.active)
    return int(connection.execute(statement).scalar_one())


def insert_code(connection: Connection, *, digest: bytes, account: int | None, expires_at: datetime) -> None:
    """Keep the digest of a one-time code."""
    connection.execute(
        sa.insert(account_codes).values(code_digest=digest, account=account, expires_at=expires_at)
    )


def find_code(connection: Connection, digest: bytes) -> CodeRow | None:
    """Find a one-time code that was not used."""
    statement = sa.select(account_codes.c.account, account_codes.c.expires_at)
    return fetch_one(connection, statement.where(account_codes.c.code_digest == digest), CodeRow)


def drop_codes(connection: Connection, account: int | None) -> None:
    """Void the codes of an account; None is those that make the first admin."""
    connection.execute(sa.delete(account_codes).where(account_codes.c.account.is_(account) if account is None
                                                      else account_codes.c.account == account))  # fmt: skip


def insert_session(connection: Connection, *, digest: bytes, account: int, at: datetime) -> None:
    """Keep the digest of a session's secret."""
    connection.execute(sa.insert(sessions).values(digest=digest, account=account, created_at=at, seen_at=at))


def find_session(connection: Connection, digest: bytes) -> SessionRow | None:
    """Find a session whose account may still sign in."""
    statement = (
        sa.select(
            sessions.c.account, accounts.c.name, accounts.c.role, sessions.c.created_at, sessions.c.seen_at
        )
        .join(accounts, accounts.c.id == sessions.c.account)
        .where(sessions.c.digest == digest, accounts.c.active)
    )
    return fetch_one(connection, statement, SessionRow)


def see_session(connection: Connection, digest: bytes, at: datetime) -> None:
    """Note that a session was used."""
    connection.execute(sa.update(sessions).where(sessions.c.digest == digest).values(seen_at=at))


def count_sessions(connection: Connection, account: int) -> int:
    """Count an account's sessions."""
    statement = sa.select(sa.func.count()).where(sessions.c.account == account)
    return int(connection.execute(statement).scalar_one())


def end_session(connection: Connection, digest: bytes) -> None:
    """End one session."""
    connection.execute(sa.delete(sessions).where(sessions.c.digest == digest))


def end_sessions(connection: Connection, account: int, *, but: bytes = b"") -> None:
    """End an account's sessions, but one."""
    connection.execute(sa.delete(sessions).where(sessions.c.account == account, sessions.c.digest != but))


def end_old_sessions(connection: Connection, *, seen_before: datetime, created_before: datetime) -> None:
    """Drop sessions that are over anyway."""
    connection.execute(
        sa.delete(sessions).where(
            sa.or_(sessions.c.seen_at < seen_before, sessions.c.created_at < created_before)
        )
    )


_TOKEN = sa.select(
    *(api_tokens.c[name] for name in TokenRow.__dataclass_fields__ if name != "owner"),
    accounts.c.name.label("owner"),
).join(accounts, accounts.c.id == api_tokens.c.account)


def insert_token(connection: Connection, **values: Any) -> None:
    """Keep an API token's digest and what it may do."""
    connection.execute(sa.insert(api_tokens).values(**values))


def list_tokens(connection: Connection, account: int | None = None) -> list[TokenRow]:
    """List API tokens, the newest first. account: only its own."""
    statement = _TOKEN.order_by(api_tokens.c.created_at.desc(), api_tokens.c.key)
    if account is not None:
        statement = statement.where(api_tokens.c.account == account)
    return fetch_all(connection, statement, TokenRow)


def find_token(connection: Connection, key: str) -> TokenRow | None:
    """Find an API token by its key."""
    return fetch_one(connection, _TOKEN.where(api_tokens.c.key == key), TokenRow)


def find_bearer(connection: Connection, key: str, at: datetime) -> BearerRow | None:
    """Find whose API token has a key: none that was revoked, is over, or belongs to a disabled account."""
    statement = (
        sa.select(
            api_tokens.c.key, api_tokens.c.account, accounts.c.name.label("owner"), accounts.c.role,
            api_tokens.c.digest, api_tokens.c.scopes, api_tokens.c.used_at,
        )
        .join(accounts, accounts.c.id == api_tokens.c.account)
        .where(
            api_tokens.c.key == key, api_tokens.c.revoked_at.is_(None), api_tokens.c.expires_at > at,
            accounts.c.active,
        )
    )  # fmt: skip
    return fetch_one(connection, statement, BearerRow)


def set_token(connection: Connection, key: str, **values: Any) -> None:
    """Change columns of an API token."""
    connection.execute(sa.update(api_tokens).where(api_tokens.c.key == key).values(**values))
