"""Settings: one's own account and API tokens, and for admins everybody's."""

from collections.abc import Callable

from fastapi.responses import RedirectResponse, Response

from lotline_server.accounts import queries, service, sessions, tokens
from lotline_server.accounts.pages.signing import read_new_password
from lotline_server.accounts.roles import ABOUT, ROLES
from lotline_server.accounts.shown_once import digest
from lotline_server.core.access import Permission, about
from lotline_server.core.caller import By, Caller
from lotline_server.core.errors import Refused
from lotline_server.core.web import Needs
from lotline_server.web import forms, shown
from lotline_server.web.forms import Filled
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router

router = pages_router()

PLACE = "/settings"
DAYS = (7, 30, 90, 365)


@router.get("/settings")
def show_settings() -> Response:
    """Lead to one's own account."""
    return RedirectResponse("/settings/me", 303)


@router.get("/settings/me")
def show_me(needs: Needs, by: By, page: Shown) -> Response:
    """Show one's own account."""
    return _me(needs, by, page)


def _me(needs: Needs, by: Caller, page: Page, form: Filled | None = None) -> Response:
    with needs.database.read() as connection:
        account = queries.get_account(connection, by.account)
        others = queries.count_sessions(connection, by.account) - (by.session is not None)
    return page.html(
        "settings_me.html", place=PLACE, form=form, status=_status(form), account=account, others=others,
        about_role=ABOUT[account.role],
    )  # fmt: skip


@router.post("/settings/me/password")
def change_password(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Change one's own password; all other sessions end."""
    old = form.values.pop("old", "")
    new = read_new_password(form)

    def work() -> None:
        with needs.database.write() as connection:
            service.change_password(
                connection, account=by.account, old=old, new=new, at=page.now, keep=digest(by.session or "")
            )

    if _did(form, work, "old" if not old else "password"):
        return page.done("/settings/me", page.say("Your password was changed; you are signed out elsewhere."))
    return _me(needs, by, page, form)


@router.post("/settings/me/sign-out-elsewhere")
def sign_out_elsewhere(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """End one's other sessions."""
    if form.errors:
        return _me(needs, by, page, form)
    with needs.database.write() as connection:
        sessions.sign_out_elsewhere(connection, by, page.now)
    return page.done("/settings/me", page.say("You are signed out everywhere else."))


@router.get("/settings/tokens")
def show_tokens(needs: Needs, by: By, page: Shown) -> Response:
    """Show one's API tokens."""
    return _tokens(needs, by, page)


def _tokens(needs: Needs, by: Caller, page: Page, form: Filled | None = None, made: str = "") -> Response:
    with needs.database.read() as connection:
        found = queries.list_tokens(connection, by.account)
    mine = ROLES[by.role or "viewer"]
    return page.html(
        "settings_tokens.html", place=PLACE, form=form, status=_status(form), tokens=found, made=made,
        days=DAYS,
        scopes=[(each.value, about(each)) for each in Permission if each in mine],
    )  # fmt: skip


@router.post("/settings/tokens")
def add_token(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Make an API token. It stands only in this one answer, never in an address or a cookie."""
    name = form.need("token_name", page.say("Say what it is for."))
    scopes = [each.value for each in Permission if form.text(f"scope_{each}")]
    days = form.whole("days", page.say("How long it lasts"), low=1, high=tokens.LONGEST.days)
    made = ""
    if not scopes:
        form.errors["scopes"] = page.say("Tick at least one.")
    if not form.errors:
        try:
            with needs.database.write() as connection:
                account = queries.get_account(connection, by.account)
                _, made = tokens.add_token(
                    connection, account=account, name=name, scopes=scopes, days=days, at=page.now, who=by.name
                )
        except Refused as error:
            form.errors["scopes"] = shown.sentence(error)
    return _tokens(needs, by, page, form if form.errors else None, made)


@router.post("/settings/tokens/{key}/revoke")
def revoke_token(key: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Revoke one of one's API tokens."""
    if form.errors:
        return _tokens(needs, by, page, form)
    with needs.database.write() as connection:
        tokens.revoke_token(connection, key=key, owner=by.account, at=page.now, who=by.name)
    return page.done("/settings/tokens", page.say("The token is revoked."))


@router.get("/settings/accounts")
def show_accounts(needs: Needs, page: Shown) -> Response:
    """Show everybody's account."""
    return _accounts(needs, page)


def _accounts(
    needs: Needs, page: Page, form: Filled | None = None, code: str = "", code_for: str = ""
) -> Response:
    with needs.database.read() as connection:
        found = queries.all_accounts(connection)
        good: dict[str, list[queries.TokenRow]] = {}
        for token in queries.list_tokens(connection):
            if token.revoked_at is None and token.expires_at > page.now:
                good.setdefault(token.owner, []).append(token)
    return page.html(
        "settings_accounts.html", place=PLACE, form=form, status=_status(form), accounts=found, roles=ABOUT,
        tokens=good, code=code, code_for=code_for,
    )  # fmt: skip


@router.post("/settings/accounts")
def add_account(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Add an account, and show the code with which its owner chooses a password."""
    name = form.need("name", page.say("An account needs a name."))
    code = ""
    if not form.errors:
        try:
            with needs.database.write() as connection:
                service.add_account(connection, name=name, role=form.text("role"), at=page.now, who=by.name)
                code = service.make_code(connection, name=name, at=page.now, who=by.name)
        except Refused as error:
            form.errors["name"] = shown.sentence(error)
    return _accounts(needs, page, form if form.errors else None, code, name)


@router.post("/settings/accounts/{name}/role")
def change_role(name: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Give an account another role."""
    role = form.text("role")

    def work() -> None:
        with needs.database.write() as connection:
            service.set_role(connection, name=name, role=role, at=page.now, who=by.name)

    if _did(form, work, ""):
        return page.done(
            "/settings/accounts", page.say("%(name)s is %(role)s now.", name=name, role=page.say(role))
        )
    return _accounts(needs, page, form)


@router.post("/settings/accounts/{name}/active")
def change_active(name: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Disable an account, or enable it again."""
    active = form.text("active") == "yes"

    def work() -> None:
        with needs.database.write() as connection:
            service.set_active(connection, name=name, active=active, at=page.now, who=by.name)

    if _did(form, work, ""):
        said = (
            page.say("%(name)s is enabled.", name=name)
            if active
            else page.say("%(name)s is disabled.", name=name)
        )
        return page.done("/settings/accounts", said)
    return _accounts(needs, page, form)


@router.post("/settings/accounts/{name}/code")
def make_code(name: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Make a one-time code. It stands only in this one answer."""
    code = ""

    def work() -> None:
        nonlocal code
        with needs.database.write() as connection:
            code = service.make_code(connection, name=name, at=page.now, who=by.name)

    _did(form, work, "")
    return _accounts(needs, page, form if form.errors else None, code, name)


@router.post("/settings/accounts/tokens/{key}/revoke")
def revoke_any_token(key: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Revoke anybody's API token."""

    def work() -> None:
        with needs.database.write() as connection:
            tokens.revoke_token(connection, key=key, at=page.now, who=by.name)

    if _did(form, work, ""):
        return page.done("/settings/accounts", page.say("The token is revoked."))
    return _accounts(needs, page, form)


def _did(form: Filled, work: Callable[[], None], name: str) -> bool:
    """Do it where the form is right; a refusal becomes an error of this field."""
    if form.errors:
        return False
    try:
        work()
    except Refused as error:
        form.errors[name] = shown.sentence(error)
    return not form.errors


def _status(form: Filled | None) -> int:
    return 422 if form is not None and form.errors else 200
