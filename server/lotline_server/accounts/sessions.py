"""Signing in: a password is traded for a session, whose secret only the browser has."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from lotline_server.accounts import queries
from lotline_server.accounts.passwords import matches
from lotline_server.accounts.queries import AccountRow
from lotline_server.accounts.roles import ROLES
from lotline_server.accounts.service import name_key
from lotline_server.accounts.shown_once import digest, new_secret
from lotline_server.activity.service import note
from lotline_server.core.caller import Caller
from lotline_server.core.database import Database
from lotline_server.core.errors import Unauthorised

COOKIE = "__Host-lotline"
IDLE = timedelta(hours=12)
"""A session that was not used for so long is over: more than a shift, less than a night and a day."""
ABSOLUTE = timedelta(days=7)
"""And however it was used, after this one signs in again."""
SEEN_EVERY = timedelta(minutes=1)
WRONG = "the name or the password is wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """An account with its new session. secret: the cookie's value; it is nowhere else."""

    account: AccountRow
    secret: str


def sign_in(database: Database, *, name: str, password: str, address: str, at: datetime) -> SignedIn:
    """Check a password and begin a session. Raises Unauthorised in the same words and after the same time for
    a wrong password, a name nobody has, an account without a password and a disabled one.
    """
    with database.read() as connection:
        account = queries.find_account(connection, name_key(name[:256]))
        kept = queries.password_of(connection, account.id) if account is not None and account.active else None
    if not matches(kept, password) or account is None:
        with database.write() as connection:
            _note_failure(connection, account, address, at)
        raise Unauthorised(WRONG)
    with database.write() as connection:
        if (
            queries.password_of(connection, account.id) != kept
            or not queries.get_account(connection, account.id).active
        ):
            raise Unauthorised(WRONG)
        secret = begin_session(connection, account.id, at)
        note(
            connection, at=at, who=account.name, what="account.signed_in", subject=account.name,
            text=f"{account.name} signed in from {address}",
        )  # fmt: skip
    return SignedIn(account=account, secret=secret)


def begin_session(connection: Connection, account: int, at: datetime) -> str:
    """Begin a session and give its secret; sessions of anybody that are over are dropped."""
    queries.end_old_sessions(connection, seen_before=at - IDLE, created_before=at - ABSOLUTE)
    secret = new_secret()
    queries.insert_session(connection, digest=digest(secret), account=account, at=at)
    queries.set_account(connection, account, signed_in_at=at)
    return secret


def _note_failure(connection: Connection, account: AccountRow | None, address: str, at: datetime) -> None:
    # A name that nobody has is not written down: it may be a password in the wrong field.
    name = "" if account is None else account.name
    note(
        connection, at=at, who=f"address {address}", what="account.sign_in_failed", subject=name,
        text=f"A sign-in as {name or 'a name nobody has'} failed, from {address}",
    )  # fmt: skip


def caller_of_session(database: Database, secret: str, at: datetime) -> Caller | None:
    """Give who a session belongs to; None where it is none, or is over."""
    key = digest(secret)
    with database.read() as connection:
        found = queries.find_session(connection, key)
    if found is None or found.seen_at < at - IDLE or found.created_at < at - ABSOLUTE:
        return None
    if found.seen_at < at - SEEN_EVERY:
        with database.write() as connection:
            queries.see_session(connection, key, at)
    return Caller(
        name=found.name,
        account=found.account,
        role=found.role,
        permissions=ROLES[found.role],
        session=secret,
    )


def sign_out(connection: Connection, caller: Caller, at: datetime) -> None:
    """End the caller's session."""
    queries.end_session(connection, digest(caller.session or ""))
    note(
        connection, at=at, who=caller.name, what="account.signed_out", subject=caller.name,
        text=f"{caller.name} signed out",
    )  # fmt: skip


def sign_out_elsewhere(connection: Connection, caller: Caller, at: datetime) -> int:
    """End the caller's other sessions; gives how many there were."""
    others = queries.count_sessions(connection, caller.account) - 1
    queries.end_sessions(connection, caller.account, but=digest(caller.session or ""))
    note(
        connection, at=at, who=caller.name, what="account.signed_out", subject=caller.name,
        text=f"{caller.name} signed out everywhere else",
    )  # fmt: skip
    return others
