"""Accounts: added by an admin or on the server's console, never there by default, never deleted.

A disabled account keeps its name in everything it did.
"""

import re
import unicodedata
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from lotline_server.accounts import queries
from lotline_server.accounts.passwords import check_password, hash_password, matches
from lotline_server.accounts.queries import AccountRow
from lotline_server.accounts.roles import ROLES
from lotline_server.accounts.shown_once import code_digest, new_code
from lotline_server.activity.service import note
from lotline_server.core.errors import Conflict, Invalid, NotFound, Unauthorised

CODE_LIFE = timedelta(hours=24)
_NAME = re.compile(r"[^\W_][\w .@'+-]{0,62}[\w.]|[^\W_]")
_NOT_PEOPLE = re.compile(r"(cli|station|address)( .*)?|api|page|server|system|nobody|set-up", re.IGNORECASE)


def name_key(name: str) -> str:
    """Give the form under which a name is found, so that Ines and ines are one."""
    return unicodedata.normalize("NFKC", name.strip()).casefold()


def require_account(connection: Connection, name: str) -> AccountRow:
    """Find an account by its name. Raises NotFound."""
    found = queries.find_account(connection, name_key(name))
    if found is None:
        raise NotFound(f"there is no account {name[:64]}")
    return found


def check_new_name(name: str) -> str:
    """Give a name in its normal form. Raises Invalid for one that could be mistaken."""
    normal = unicodedata.normalize("NFKC", name.strip())
    if not _NAME.fullmatch(normal):
        raise Invalid(
            f"an account's name has 1 to 64 letters, digits, spaces or . @ ' + - _, not {name[:64]!r}"
        )
    if _NOT_PEOPLE.fullmatch(normal):
        raise Invalid(f"{normal} is how the activity log calls something that is no person")
    return normal


def check_role(role: str) -> str:
    """Give back a role. Raises Invalid."""
    if role not in ROLES:
        raise Invalid(f"{role[:64]!r} is no role; there are {', '.join(ROLES)}")
    return role


def has_admin(connection: Connection) -> bool:
    """Tell whether anybody may administer this server."""
    return queries.count_active_admins(connection) > 0


def add_account(
    connection: Connection, *, name: str, role: str, at: datetime, who: str, password: str | None = None
) -> AccountRow:
    """Add an account. Without a password nobody can sign in to it until its one-time code was used."""
    normal, role = check_new_name(name), check_role(role)
    if queries.find_account(connection, name_key(normal)) is not None:
        raise Conflict(f"there is an account {normal} already")
    kept = None if password is None else hash_password(check_password(password, name=normal))
    key = queries.insert_account(
        connection,
        name=normal,
        name_key=name_key(normal),
        role=role,
        password_hash=kept,
        active=True,
        created_at=at,
        password_changed_at=None if kept is None else at,
    )
    note(
        connection,
        at=at,
        who=who,
        what="account.added",
        subject=normal,
        text=f"Account {normal} was added as {role}",
    )
    return queries.get_account(connection, key)


def make_code(connection: Connection, *, name: str, at: datetime, who: str) -> str:
    """Give a one-time code with which an account gets a new password, good once and for a day.

    From now on its old password, its older codes and its sessions are void: who asks for this has lost the
    password, or somebody else has it.
    """
    account = require_account(connection, name)
    if not account.active:
        raise Conflict(f"account {account.name} is disabled; enable it first")
    queries.set_account(connection, account.id, password_hash=None)
    queries.end_sessions(connection, account.id)
    queries.drop_codes(connection, account.id)
    code = new_code()
    queries.insert_code(connection, digest=code_digest(code), account=account.id, expires_at=at + CODE_LIFE)
    text = f"A one-time code was made for account {account.name}; its password and sessions are void"
    note(connection, at=at, who=who, what="account.code_made", subject=account.name, text=text)
    return code


def new_set_up_code(connection: Connection, *, at: datetime) -> str | None:
    """Give the code that makes the first admin, good once and for a day; None where there is an admin.

    An older one is void from now on.
    """
    queries.drop_codes(connection, None)
    if has_admin(connection):
        return None
    code = new_code()
    queries.insert_code(connection, digest=code_digest(code), account=None, expires_at=at + CODE_LIFE)
    return code


def set_up(connection: Connection, *, code: str, name: str, password: str, at: datetime) -> AccountRow:
    """Make the first admin with the code from the server's console. Raises Unauthorised for another code."""
    found = queries.find_code(connection, code_digest(code))
    if found is None or found.account is not None or found.expires_at < at or has_admin(connection):
        raise Unauthorised(
            "this set-up code is not valid: it works once and for a day, and only while there is no admin; "
            "start the server again for a new one"
        )
    account = add_account(connection, name=name, role="admin", password=password, at=at, who=name.strip())
    queries.drop_codes(connection, None)
    return account


def use_code(connection: Connection, *, code: str, password: str, at: datetime) -> AccountRow:
    """Trade an account's one-time code for a password. Raises Unauthorised, for every reason alike."""
    found = queries.find_code(connection, code_digest(code))
    key = None if found is None else found.account
    account = None if key is None else queries.get_account(connection, key)
    if found is None or account is None or found.expires_at < at or not account.active:
        raise Unauthorised("this code is not valid: it works once and for a day; ask an admin for a new one")
    _set_password(connection, account, password, at)
    queries.drop_codes(connection, account.id)
    text = f"Account {account.name} got its password with a one-time code"
    note(
        connection, at=at, who=account.name, what="account.password_changed", subject=account.name, text=text
    )
    return account


def change_password(
    connection: Connection, *, account: int, old: str, new: str, at: datetime, keep: bytes
) -> None:
    """Change one's own password; every other session of the account ends. Raises Invalid.

    keep: the digest of the session that goes on
    """
    row = queries.get_account(connection, account)
    if not matches(queries.password_of(connection, account), old):
        raise Invalid("this is not your present password")
    _set_password(connection, row, new, at, keep=keep)
    note(
        connection,
        at=at,
        who=row.name,
        what="account.password_changed",
        subject=row.name,
        text=f"{row.name} changed their password",
    )


def _set_password(
    connection: Connection, account: AccountRow, password: str, at: datetime, keep: bytes = b""
) -> None:
    kept = hash_password(check_password(password, name=account.name))
    queries.set_account(connection, account.id, password_hash=kept, password_changed_at=at)
    queries.end_sessions(connection, account.id, but=keep)


def set_role(connection: Connection, *, name: str, role: str, at: datetime, who: str) -> AccountRow:
    """Give an account another role, from its next request on. Raises Conflict for the last admin."""
    account = require_account(connection, name)
    if check_role(role) != account.role:
        _keep_an_admin(connection, account)
        queries.set_account(connection, account.id, role=role)
        text = f"Account {account.name} is {role} now; it was {account.role}"
        note(connection, at=at, who=who, what="account.role_changed", subject=account.name, text=text)
    return queries.get_account(connection, account.id)


def set_active(connection: Connection, *, name: str, active: bool, at: datetime, who: str) -> AccountRow:
    """Disable an account, which ends its sessions and stops its tokens at once, or enable it again."""
    account = require_account(connection, name)
    if active != account.active:
        if not active:
            _keep_an_admin(connection, account)
        queries.set_account(connection, account.id, active=active)
        queries.end_sessions(connection, account.id)
        queries.drop_codes(connection, account.id)
        what = "enabled" if active else "disabled"
        note(
            connection,
            at=at,
            who=who,
            what=f"account.{what}",
            subject=account.name,
            text=f"Account {account.name} was {what}",
        )
    return queries.get_account(connection, account.id)


def _keep_an_admin(connection: Connection, account: AccountRow) -> None:
    if account.role == "admin" and account.active and queries.count_active_admins(connection) == 1:
        raise Conflict(f"{account.name} is the only admin; make another account an admin first")
