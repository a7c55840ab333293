"""Coming in: sign in, set the server up, trade a one-time code for a password, sign out."""

from collections.abc import Callable
from typing import Any, cast

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from lotline_server.accounts import service, sessions
from lotline_server.accounts.entrance import Entrance
from lotline_server.accounts.sessions import SignedIn
from lotline_server.core.caller import By, known_caller
from lotline_server.core.errors import Refused, TooMany
from lotline_server.core.web import Needs
from lotline_server.web import forms, links
from lotline_server.web.forms import Filled
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router

router = pages_router()


def entrance_of(request: Request) -> Entrance:
    """Give the one entrance of a request's app."""
    return cast("Entrance", request.app.state.entrance)


@router.get("/sign-in")
def show_sign_in(needs: Needs, page: Shown, next: str = "/", ended: bool = False) -> Response:
    """Show the form; who is signed in goes on, and a server without an admin is set up first."""
    if known_caller(page.request) is not None:
        return RedirectResponse(links.safe_next(next), 303)
    with needs.database.read() as connection:
        if not service.has_admin(connection):
            return RedirectResponse("/set-up", 303)
    return page.html("sign_in.html", next=links.safe_next(next), ended=ended)


@router.post("/sign-in")
def sign_in(needs: Needs, page: Shown, form: forms.Sent) -> Response:
    """Check name and password, and begin a session."""
    name = form.need("name", "Type your name.")
    password = form.values.pop("password", "")
    if not password:
        form.errors["password"] = "Type your password."  # noqa: S105 - what is said, not a password
    address = links.safe_next(form.text("next"))

    def enter() -> SignedIn:
        return entrance_of(page.request).sign_in(
            name=name, password=password, address=address_of(page.request), at=page.now
        )

    return _entered(page, form, "sign_in.html", enter, address, next=address, ended=False)


@router.get("/set-up")
def show_set_up(needs: Needs, page: Shown) -> Response:
    """Show the form that makes the first admin."""
    with needs.database.read() as connection:
        if service.has_admin(connection):
            return RedirectResponse("/sign-in", 303)
    return page.html("set_up.html")


@router.post("/set-up")
def set_up(page: Shown, form: forms.Sent) -> Response:
    """Make the first admin with the code from the console, and sign them in."""
    code = form.need("code", "Type the code that the server printed when it started.")
    name = form.need("name", "Type the name you want to sign in with.")
    password = read_new_password(form)

    def enter() -> SignedIn:
        return entrance_of(page.request).set_up(
            code=code, name=name, password=password, address=address_of(page.request), at=page.now
        )

    return _entered(page, form, "set_up.html", enter, "/")


@router.get("/new-password")
def show_new_password(page: Shown) -> Response:
    """Show the form for a one-time code."""
    return page.html("new_password.html")


@router.post("/new-password")
def new_password(page: Shown, form: forms.Sent) -> Response:
    """Trade a one-time code for a password, and sign in with it."""
    code = form.need("code", "Type the code that an admin gave you.")
    password = read_new_password(form)

    def enter() -> SignedIn:
        return entrance_of(page.request).use_code(
            code=code, password=password, address=address_of(page.request), at=page.now
        )

    return _entered(page, form, "new_password.html", enter, "/")


@router.post("/sign-out")
def sign_out(needs: Needs, by: By, page: Shown, _form: forms.Sent) -> Response:
    """End this browser's session, whatever is wrong with the form: nobody who asks for it wants to stay."""
    with needs.database.write() as connection:
        sessions.sign_out(connection, by, page.now)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(sessions.COOKIE, secure=True, httponly=True, samesite="lax")
    return answer


def address_of(request: Request) -> str:
    """Give the address that a request came from."""
    return request.client.host if request.client else "nowhere"


def read_new_password(form: Filled) -> str:
    """Read a password that was typed twice. Neither goes back into the page."""
    password, again = form.values.pop("password", ""), form.values.pop("again", "")
    if not password:
        form.errors["password"] = "Choose a password."  # noqa: S105 - what is said, not a password
    elif password != again:
        form.errors["again"] = "The two are not the same."
    return password


def _entered(
    page: Page, form: Filled, template: str, enter: Callable[[], SignedIn], address: str, **shown: Any
) -> Response:
    """Enter, or show the form again with what is wrong."""
    if form.errors:
        return page.html(template, form=form, status=422, **shown)
    try:
        signed_in = enter()
    except Refused as error:
        form.errors[form_field(error)] = f"{str(error)[:1].upper()}{str(error)[1:]}."
        answer = page.html(template, form=form, status=error.status, **shown)
        if isinstance(error, TooMany):
            answer.headers["retry-after"] = str(error.retry_after_s)
        return answer
    if page.me is not None and page.me.session is not None:
        entrance_of(page.request).leave(page.me.session)
    answer = RedirectResponse(address, 303)
    set_session(answer, signed_in.secret)
    return answer


def form_field(error: Refused) -> str:
    """Give the field that a refusal is about; empty for the whole form."""
    return "password" if "password has" in str(error) or "this password" in str(error) else ""


def set_session(answer: Response, secret: str) -> None:
    """Give a session's secret to the browser, which shows it to no script and to no other site."""
    answer.set_cookie(
        sessions.COOKIE,
        secret,
        max_age=int(sessions.ABSOLUTE.total_seconds()),
        secure=True,
        httponly=True,
        samesite="lax",
    )
