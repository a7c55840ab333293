"""Accounts, sessions and API tokens over HTTP.

What answers with a secret takes no Idempotency-Key: its answer would have to be kept.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from lotline_server.accounts import queries, service, sessions, tokens
from lotline_server.accounts.entrance import Entrance
from lotline_server.accounts.queries import AccountRow, TokenRow
from lotline_server.accounts.sessions import SignedIn
from lotline_server.accounts.shown_once import digest
from lotline_server.core.caller import By, Caller
from lotline_server.core.paging import Paged
from lotline_server.core.strict_json import Form, SecretRoute, StrictRoute
from lotline_server.core.web import Needs

router = APIRouter(prefix="/api/v1", tags=["accounts"], route_class=StrictRoute)
secret_router = APIRouter(prefix="/api/v1", tags=["accounts"], route_class=SecretRoute)


class SignIn(Form):
    """Name and password."""

    name: str
    password: str


class NewPassword(Form):
    """The present password and the one to be."""

    old: str
    new: str


class NewAccount(Form):
    """An account to be added."""

    name: str
    role: str


class AccountChange(Form):
    """What is to be changed; what is left out stays."""

    role: str | None = None
    active: bool | None = None


class NewToken(Form):
    """An API token to be made. scopes: some of see, work, plan, decide, administer."""

    name: str
    scopes: list[str]
    days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who calls, and what they may do."""

    name: str
    role: str
    permissions: list[str]
    by_token: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeCode:
    """A code that is shown only in this answer. expires_at: when it is void."""

    name: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeToken:
    """An API token, whose text is shown only in this answer."""

    token: str
    key: str
    expires_at: datetime


def _me(by: Caller) -> Me:
    return Me(
        name=by.name,
        role=by.role or "",
        permissions=sorted(by.permissions),
        by_token=by.session is None,
    )


@secret_router.post("/session")
async def sign_in(form: SignIn, request: Request, response: Response, needs: Needs) -> dict[str, str]:
    """Sign in: the answer sets a session's cookie. Changes by cookie must carry Origin or Sec-Fetch-Site."""
    entrance = cast("Entrance", request.app.state.entrance)
    address = request.client.host if request.client else "nowhere"

    def enter() -> SignedIn:
        return entrance.sign_in(name=form.name, password=form.password, address=address, at=needs.clock())

    signed_in = await run_in_threadpool(enter)
    response.set_cookie(
        sessions.COOKIE, signed_in.secret, max_age=int(sessions.ABSOLUTE.total_seconds()), secure=True,
        httponly=True, samesite="lax",
    )  # fmt: skip
    return {"name": signed_in.account.name, "role": signed_in.account.role}


@router.get("/session")
def show_session(by: By) -> Me:
    """Say who calls, and what they may do."""
    return _me(by)


@router.delete("/session", status_code=204)
def sign_out(needs: Needs, by: By) -> None:
    """Sign out."""
    with needs.database.write() as connection:
        sessions.sign_out(connection, by, needs.clock())


@secret_router.post("/session/password", status_code=204)
def change_password(form: NewPassword, needs: Needs, by: By) -> None:
    """Change one's own password; all other sessions end."""
    with needs.database.write() as connection:
        service.change_password(
            connection, account=by.account, old=form.old, new=form.new, at=needs.clock(),
            keep=digest(by.session or ""),
        )  # fmt: skip


@router.get("/accounts")
def list_accounts(needs: Needs, pages: Paged) -> list[AccountRow]:
    """List the accounts."""
    with needs.database.read() as connection:
        found = queries.all_accounts(connection)
    return pages.among(found, lambda row: (row.name,))


@secret_router.post("/accounts", status_code=201)
def add_account(form: NewAccount, needs: Needs, by: By) -> OneTimeCode:
    """Add an account; the answer has the one-time code with which its owner chooses a password."""
    at = needs.clock()
    with needs.database.write() as connection:
        service.add_account(connection, name=form.name, role=form.role, at=at, who=by.name)
        code = service.make_code(connection, name=form.name, at=at, who=by.name)
    return OneTimeCode(name=form.name, code=code, expires_at=at + service.CODE_LIFE)


@router.patch("/accounts/{name}")
def change_account(name: str, form: AccountChange, needs: Needs, by: By) -> AccountRow:
    """Give an account another role, disable it, or enable it again."""
    at = needs.clock()
    with needs.database.write() as connection:
        if form.role is not None:
            service.set_role(connection, name=name, role=form.role, at=at, who=by.name)
        if form.active is not None:
            service.set_active(connection, name=name, active=form.active, at=at, who=by.name)
        return service.require_account(connection, name)


@secret_router.post("/accounts/{name}/code", status_code=201)
def make_code(name: str, needs: Needs, by: By) -> OneTimeCode:
    """Void an account's password and sessions, and give a one-time code for a new password."""
    at = needs.clock()
    with needs.database.write() as connection:
        code = service.make_code(connection, name=name, at=at, who=by.name)
    return OneTimeCode(name=name, code=code, expires_at=at + service.CODE_LIFE)


@router.get("/accounts/{name}/tokens")
def list_tokens_of(name: str, needs: Needs, pages: Paged) -> list[TokenRow]:
    """List an account's API tokens, never what they are."""
    with needs.database.read() as connection:
        found = queries.list_tokens(connection, service.require_account(connection, name).id)
    return pages.among(found, lambda row: (row.key,))


@router.delete("/accounts/{name}/tokens/{key}", status_code=204)
def revoke_token_of(name: str, key: str, needs: Needs, by: By) -> None:
    """Revoke an account's API token."""
    with needs.database.write() as connection:
        owner = service.require_account(connection, name).id
        tokens.revoke_token(connection, key=key, owner=owner, at=needs.clock(), who=by.name)


@router.get("/tokens")
def list_tokens(needs: Needs, by: By, pages: Paged) -> list[TokenRow]:
    """List one's own API tokens, never what they are."""
    with needs.database.read() as connection:
        found = queries.list_tokens(connection, by.account)
    return pages.among(found, lambda row: (row.key,))


@secret_router.post("/tokens", status_code=201)
def add_token(form: NewToken, needs: Needs, by: By) -> MadeToken:
    """Make an API token for oneself; its text is shown only in this answer."""
    with needs.database.write() as connection:
        row, text = tokens.add_token(
            connection, account=queries.get_account(connection, by.account), name=form.name,
            scopes=form.scopes, days=form.days, at=needs.clock(), who=by.name,
        )  # fmt: skip
    return MadeToken(token=text, key=row.key, expires_at=row.expires_at)


@router.delete("/tokens/{key}", status_code=204)
def revoke_token(key: str, needs: Needs, by: By) -> None:
    """Revoke one of one's own API tokens."""
    with needs.database.write() as connection:
        tokens.revoke_token(connection, key=key, owner=by.account, at=needs.clock(), who=by.name)
