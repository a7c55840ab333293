"""API tokens: for programs, in a person's name, with no more than that person may do."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import token_hex

from sqlalchemy.engine import Connection

from lotline_server.accounts import queries
from lotline_server.accounts.queries import AccountRow, TokenRow
from lotline_server.accounts.roles import ROLES
from lotline_server.accounts.shown_once import digest, new_secret
from lotline_server.activity.service import note
from lotline_server.core.access import Permission
from lotline_server.core.caller import Caller
from lotline_server.core.database import Database
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.plain_text import required_text

PREFIX = "lt_"
"""What our tokens begin with, so that a search for lost secrets finds them."""
LONGEST = timedelta(days=366)
SEEN_EVERY = timedelta(minutes=1)


def add_token(
    connection: Connection,
    *,
    account: AccountRow,
    name: str,
    scopes: Sequence[str],
    days: int,
    at: datetime,
    who: str,
) -> tuple[TokenRow, str]:
    """Make a token for an account and give it with its text, which is shown only now.

    Raises Invalid for scopes its owner does not have, Conflict where the account is disabled.
    """
    name = required_text(name, "a token's name", 64)
    wanted = _scopes(scopes)
    beyond = wanted - ROLES[account.role]
    if beyond:
        raise Invalid(f"a {account.role} may not {', '.join(sorted(beyond))}, so no token of theirs may")
    if not 1 <= days <= LONGEST.days:
        raise Invalid(f"a token lasts 1 to {LONGEST.days} days, not {days}")
    if not account.active:
        raise Conflict(f"account {account.name} is disabled")
    key, secret = token_hex(8), new_secret()
    queries.insert_token(
        connection,
        key=key,
        account=account.id,
        name=name,
        digest=digest(secret),
        scopes=" ".join(each for each in Permission if each in wanted),
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    text = f"API token “{name}” of {account.name} was made: {', '.join(sorted(wanted))}, for {days} days"
    note(connection, at=at, who=who, what="token.made", subject=account.name, text=text)
    made = queries.find_token(connection, key)
    assert made is not None  # noqa: S101 - it was inserted in this very transaction
    return made, f"{PREFIX}{key}.{secret}"


def _scopes(scopes: Sequence[str]) -> frozenset[Permission]:
    unknown = [each for each in scopes if each not in set(Permission)]
    if unknown or not scopes:
        found = f"{unknown[0][:64]!r}" if unknown else "none"
        raise Invalid(f"a token's scopes are some of {', '.join(Permission)}, not {found}")
    return frozenset(map(Permission, scopes))


def revoke_token(
    connection: Connection, *, key: str, at: datetime, who: str, owner: int | None = None
) -> None:
    """Revoke a token, at once and for ever. owner: only where it is this account's. Raises NotFound."""
    found = queries.find_token(connection, key)
    if found is None or (owner is not None and found.account != owner):
        raise NotFound("there is no such token")
    if found.revoked_at is None:
        queries.set_token(connection, key, revoked_at=at)
        text = f"API token “{found.name}” of {found.owner} was revoked"
        note(connection, at=at, who=who, what="token.revoked", subject=found.owner, text=text)


def caller_of_token(database: Database, token: str, at: datetime) -> Caller | None:
    """Give in whose name a token speaks; None where it is none, was revoked, or is over.

    It may what its scopes say, as long as its owner may. The comparison takes constant time.
    """
    key, _, secret = token.removeprefix(PREFIX).partition(".")
    with database.read() as connection:
        found = queries.find_bearer(connection, key[:64], at)
    wanted = found.digest if found is not None else bytes(32)
    if not hmac.compare_digest(wanted, digest(secret)) or found is None:
        return None
    if found.used_at is None or found.used_at < at - SEEN_EVERY:
        with database.write() as connection:
            queries.set_token(connection, found.key, used_at=at)
    return Caller(
        name=found.owner,
        account=found.account,
        role=found.role,
        permissions=ROLES[found.role] & frozenset(map(Permission, found.scopes.split())),
    )
