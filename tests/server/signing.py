"""Who calls, for tests: an API token or a session in one line, with no password hashed, no activity noted.

    headers = bearer(opened)                             # an admin's API token, as headers
    headers = bearer(opened, role="viewer")              # a viewer's
    headers = bearer(opened, scopes=["see"])             # an admin's token that may only see
    cookie = session_cookie(opened, role="planner")      # a signed-in browser, as the header Cookie

`Served` of tests/server/conftest.py has them as clients: client (admin), as_role, signed_in, nobody, another.
In a browser, `Watched.open` signs in by itself wherever `tests.browser.remember` was told of a server.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from lotline_server.accounts import queries, service, sessions, tokens
from lotline_server.accounts.queries import AccountRow
from lotline_server.accounts.roles import ROLES
from lotline_server.accounts.shown_once import digest, new_secret
from lotline_server.opening import Opened


def account(opened: Opened, *, role: str = "admin", at: datetime | None = None) -> AccountRow:
    """Give the account `the ROLE`, made without a password where it is not there yet."""
    name = f"the {role}"
    with opened.database.write() as connection:
        found = queries.find_account(connection, service.name_key(name))
        if found is not None:
            return found
        key = queries.insert_account(
            connection, name=name, name_key=service.name_key(name), role=role, active=True,
            created_at=at or datetime.now(UTC),
        )  # fmt: skip
        return queries.get_account(connection, key)


def bearer(
    opened: Opened, *, role: str = "admin", scopes: Sequence[str] | None = None, at: datetime | None = None
) -> dict[str, str]:
    """Make an API token of `the ROLE` and give the headers with it. scopes: without, all of the role's."""
    owner = account(opened, role=role, at=at)
    begun = at or datetime.now(UTC)
    key, secret = token_hex(8), new_secret()
    with opened.database.write() as connection:
        queries.insert_token(
            connection, key=key, account=owner.id, name="test", digest=digest(secret), created_at=begun,
            scopes=" ".join(ROLES[role] if scopes is None else scopes),
            expires_at=begun + timedelta(days=3660),
        )  # fmt: skip
    return {"Authorization": f"Bearer {tokens.PREFIX}{key}.{secret}"}


def session_cookie(opened: Opened, *, role: str = "admin", at: datetime | None = None) -> str:
    """Begin a session of `the ROLE` and give the header Cookie that carries it."""
    owner = account(opened, role=role, at=at)
    with opened.database.write() as connection:
        secret = sessions.begin_session(connection, owner.id, at or datetime.now(UTC))
    return f"{sessions.COOKIE}={secret}"
