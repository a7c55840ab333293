"""`lotline-server account …` and `token …`: on the server's own console, which is trusted."""

import sys
from typing import Annotated

import typer

from lotline_server.accounts import queries, service, tokens
from lotline_server.accounts.roles import ROLES
from lotline_server.console import DEFAULT_DATA, Data, opened_data, say, who
from lotline_server.core.clock import utc_now

account_app = typer.Typer(help="Accounts: people who may sign in.", no_args_is_help=True)
token_app = typer.Typer(help="API tokens, for programs.", no_args_is_help=True)

_ROLES = ", ".join(ROLES)


@account_app.command("add")
def account_add(
    name: str,
    role: Annotated[str, typer.Option(help=f"One of {_ROLES}.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input; no code then.")
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Add an account: prints a code with which its owner chooses a password, once and within a day."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with opened_data(data) as opened, opened.database.write() as connection:
        service.add_account(connection, name=name, role=role, password=password, at=utc_now(), who=who())
        code = None if password_stdin else service.make_code(connection, name=name, at=utc_now(), who=who())
    say(f"Account {name} was added as {role}.")
    if code is not None:
        say("Its one-time code, for “Use a one-time code” on the sign-in page (once, a day):")
        print(code)


@account_app.command("list")
def account_list(data: Data = DEFAULT_DATA) -> None:
    """List the accounts."""
    with opened_data(data) as opened, opened.database.read() as connection:
        for account in queries.all_accounts(connection):
            state = (
                "disabled" if not account.active else "active" if account.has_password else "no password yet"
            )
            seen = account.signed_in_at.isoformat(timespec="seconds") if account.signed_in_at else "never"
            print(f"{account.name}\t{account.role}\t{state}\tsigned in {seen}")


@account_app.command("role")
def account_role(
    name: str,
    role: Annotated[str, typer.Argument(help=f"One of {_ROLES}.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Give an account another role."""
    with opened_data(data) as opened, opened.database.write() as connection:
        service.set_role(connection, name=name, role=role, at=utc_now(), who=who())
    say(f"{name} is {role} now.")


@account_app.command("disable")
def account_disable(name: str, data: Data = DEFAULT_DATA) -> None:
    """Disable an account: its sessions end and its tokens stop at once."""
    with opened_data(data) as opened, opened.database.write() as connection:
        service.set_active(connection, name=name, active=False, at=utc_now(), who=who())
    say(f"{name} is disabled.")


@account_app.command("enable")
def account_enable(name: str, data: Data = DEFAULT_DATA) -> None:
    """Enable an account again."""
    with opened_data(data) as opened, opened.database.write() as connection:
        service.set_active(connection, name=name, active=True, at=utc_now(), who=who())
    say(f"{name} is enabled.")


@account_app.command("reset")
def account_reset(name: str, data: Data = DEFAULT_DATA) -> None:
    """Void an account's password and sessions, and print a code with which its owner chooses a new one."""
    with opened_data(data) as opened, opened.database.write() as connection:
        code = service.make_code(connection, name=name, at=utc_now(), who=who())
    say(f"One-time code for {name} (once, a day):")
    print(code)


@token_app.command("add")
def token_add(
    account: str,
    name: Annotated[str, typer.Option(help="What it is for.")] = "script",
    scopes: Annotated[
        str | None, typer.Option(help="Separated by commas; without it, all that its owner may do.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is good.")] = 90,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make an API token in an account's name; prints it, and it is shown nowhere else."""
    with opened_data(data) as opened, opened.database.write() as connection:
        row = service.require_account(connection, account)
        wanted = sorted(ROLES[row.role]) if scopes is None else [each.strip() for each in scopes.split(",")]
        _, text = tokens.add_token(
            connection, account=row, name=name, scopes=wanted, days=days, at=utc_now(), who=who()
        )
    say(f"API token of {account} for {', '.join(wanted)}, good for {days} days:")
    print(text)


@token_app.command("list")
def token_list(data: Data = DEFAULT_DATA) -> None:
    """List the API tokens, never what they are."""
    with opened_data(data) as opened, opened.database.read() as connection:
        for token in queries.list_tokens(connection):
            state = "revoked" if token.revoked_at else f"good until {token.expires_at:%Y-%m-%d}"
            print(f"{token.key}\t{token.owner}\t{token.name}\t{token.scopes}\t{state}")


@token_app.command("revoke")
def token_revoke(key: str, data: Data = DEFAULT_DATA) -> None:
    """Revoke an API token by the key that `token list` shows."""
    with opened_data(data) as opened, opened.database.write() as connection:
        tokens.revoke_token(connection, key=key, at=utc_now(), who=who())
    say("The token is revoked.")
