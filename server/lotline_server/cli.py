"""The command line of the lot server."""

from pathlib import Path
from typing import Annotated

import typer

from lotline_server.account_commands import account_app, token_app
from lotline_server.accounts.service import new_set_up_code
from lotline_server.backup import commands as backups
from lotline_server.boms import service as boms
from lotline_server.console import DEFAULT_DATA, Data
from lotline_server.console import opened_data as _opened
from lotline_server.console import say as _say
from lotline_server.console import who as _who
from lotline_server.core.certificates import OwnCa
from lotline_server.core.clock import utc_now
from lotline_server.generate_command import generate_demo
from lotline_server.ingest import commands as ingests
from lotline_server.lots import changing
from lotline_server.lots import service as lots
from lotline_server.opening import DISK_FLOOR_BYTES
from lotline_server.projects import queries as project_queries
from lotline_server.projects import service as projects
from lotline_server.routes import service as routes
from lotline_server.site_commands import site_app
from lotline_server.stations import enrolment
from lotline_server.stations import queries as station_queries

app = typer.Typer(help="The Lotline lot server.", no_args_is_help=True, pretty_exceptions_enable=False)
station_app = typer.Typer(help="Stations.", no_args_is_help=True)
part_app = typer.Typer(help="Parts.", no_args_is_help=True)
lot_app = typer.Typer(help="Lots.", no_args_is_help=True)
bom_app = typer.Typer(help="Bills of material.", no_args_is_help=True)
project_app = typer.Typer(help="Projects.", no_args_is_help=True)
app.add_typer(station_app, name="station")
app.add_typer(part_app, name="part")
app.add_typer(lot_app, name="lot")
app.add_typer(project_app, name="project")
app.add_typer(bom_app, name="bom")
app.add_typer(site_app, name="site")

app.add_typer(account_app, name="account")
app.add_typer(token_app, name="token")
app.command("generate-demo")(generate_demo)

backups.register(app, DEFAULT_DATA, _who())


ingests.register(app, DEFAULT_DATA, _opened, _who())


@app.command()
def run(  # noqa: PLR0917 - typer makes options of them
    data: Data = DEFAULT_DATA,
    host: Annotated[
        str, typer.Option(help="The address to listen at; off loopback it speaks TLS only.")
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None, typer.Option(help="A name or address that others call it by; may be repeated.")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help="A certificate chain (PEM) instead of one of the server's own CA.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The key of --tls-cert.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8700,
    disk_floor_mb: Annotated[
        int, typer.Option(min=0, help="Below this, nothing is taken in any more.")
    ] = DISK_FLOOR_BYTES // 1024 // 1024,
) -> None:
    """Run the server until it is told to stop."""
    # The web is imported by this command alone: the others answer in half the time.
    from lotline_server.app import build_app
    from lotline_server.listening import listening_at
    from lotline_server.running import run_server

    with _opened(data, serve=True) as opened:
        listening = listening_at(
            host, names=name or (), folder=opened.folder.root, at=utc_now(), certificate=tls_cert, key=tls_key
        )
        web = build_app(opened, disk_floor_bytes=disk_floor_mb * 1024 * 1024, names=listening.names)
        with opened.database.write() as connection:
            code = new_set_up_code(connection, at=utc_now())
        run_server(web, listening=listening, port=port, folder=opened.folder.root, set_up_code=code)


@station_app.command("add")
def station_add(name: str, data: Data = DEFAULT_DATA) -> None:
    """Add a station, or pair one anew: prints a code that works once and for ten minutes."""
    with _opened(data) as opened, opened.database.write() as connection:
        code = enrolment.new_code(connection, name, at=utc_now(), who=_who())
        fingerprint = OwnCa(opened.folder.root).fingerprint()
    if fingerprint is not None:
        _say(f"At the station: lotline-agent pair station.toml CODE --fingerprint {fingerprint}")
    _say(f"Pairing code for {name} (once, ten minutes):")
    print(code)


@station_app.command("list")
def station_list(data: Data = DEFAULT_DATA) -> None:
    """List the stations."""
    with _opened(data) as opened, opened.database.read() as connection:
        for station in station_queries.all_stations(connection):
            seen = station.last_seen_at.isoformat(timespec="seconds") if station.last_seen_at else "never"
            print(f"{station.name}\tlast seen {seen}\twaiting {station.pending or 0}")


@part_app.command("add")
def part_add(  # noqa: PLR0917 - typer makes options of them
    number: str,
    name: Annotated[str, typer.Option(help="What it is called.")],
    prefix: Annotated[str, typer.Option(help="What its serial numbers begin with.")] = "",
    digits: Annotated[int, typer.Option(help="How many digits follow.")] = 6,
    operations: Annotated[
        str, typer.Option(help="Its route: ICT,FCT,(Burn-in), the last one optional.")
    ] = "FCT",
    kind: Annotated[str, typer.Option(help="part, pcba or assembly.")] = "pcba",
    serial_format: Annotated[
        str | None,
        typer.Option("--format", help="Instead of --prefix and --digits: 'GW2-{YY}{WW}{N5}{CHECK}'."),
    ] = None,
    revision: Annotated[str, typer.Option()] = "-",
    uom: Annotated[str, typer.Option(help="What it is counted or measured in.")] = "pcs",
    description: Annotated[str | None, typer.Option()] = None,
    project: Annotated[str | None, typer.Option()] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Add a part with its serial-number format and its route."""
    with _opened(data) as opened, opened.database.write() as connection:
        routes.new_part(
            connection,
            part_number=number,
            name=name,
            kind=kind,
            serial_prefix=prefix,
            serial_digits=digits,
            serial_format=serial_format,
            revision=revision,
            uom=uom,
            description=description,
            project=project,
            operations=tuple(each.strip() for each in operations.split(",")),
            at=utc_now(),
            who=_who(),
        )
    _say(f"Part {number} was added.")


@lot_app.command("create")
def lot_create(  # noqa: PLR0917 - typer makes options of them
    lot: str,
    part: Annotated[str, typer.Option(help="The part number.")],
    target: Annotated[int, typer.Option(help="How many units are to be built.")],
    serials: Annotated[int, typer.Option(help="How many serial numbers to create at once.")] = 0,
    project: Annotated[str | None, typer.Option()] = None,
    notes: Annotated[str | None, typer.Option()] = None,
    planned: Annotated[bool, typer.Option("--planned", help="Do not release it yet.")] = False,
    kind: Annotated[str, typer.Option(help="built_here, built_outside or test_only.")] = "built_here",
    consumption: Annotated[
        str, typer.Option(help="When its material leaves stock: release, first_run or completion.")
    ] = "completion",
    data: Data = DEFAULT_DATA,
) -> None:
    """Create a lot; prints its serial numbers, one a line."""
    with _opened(data) as opened, opened.database.write() as connection:
        created = lots.create_lot(
            connection,
            lot=lot,
            part_number=part,
            target=target,
            serials=serials,
            project=project,
            notes=notes,
            planned=planned,
            kind=kind,
            consumption=consumption,
            at=utc_now(),
            who=_who(),
        )
    _say(f"Lot {lot} was created: {target} × {part}.")
    for serial in created:
        print(serial)


@lot_app.command("status")
def lot_status(
    lot: str,
    status: Annotated[str, typer.Argument(help="released, on_hold, completed, closed_short or cancelled.")],
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Give a lot another status. On hold, stations refuse its units from their next sync on."""
    with _opened(data) as opened, opened.database.write() as connection:
        changing.set_status(connection, lot=lot, status=status, reason=reason, at=utc_now(), who=_who())
    _say(f"Lot {lot} is {status.replace('_', ' ')}.")


@bom_app.command("import")
def bom_import(
    part: str,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file with a heading.")],
    revision: Annotated[str | None, typer.Option(help="Instead of the part's own.")] = None,
    commit: Annotated[
        bool, typer.Option("--commit", help="Write it; without this it is only shown.")
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Show what would become of each row of a BOM, and with --commit write it."""
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    with _opened(data) as opened, opened.database.write() as connection:
        found = boms.preview_import(connection, part_number=part, text=text, revision=revision)
        for row in found.rows:
            said = "; ".join([*row.problems, *row.remarks])
            print(f"{row.line or '-'}\t{row.fate}\t{row.component}\t{row.quantity or ''}\t{said}")
        if commit:
            boms.commit_import(
                connection,
                part_number=part,
                text=text,
                revision=revision,
                digest=found.digest,
                at=utc_now(),
                who=_who(),
            )
    if not found.ok:
        raise typer.Exit(1)
    _say(f"The BOM of {part} was {'imported' if commit else 'looked at; --commit writes it'}.")


@project_app.command("add")
def project_add(
    name: str,
    description: Annotated[str | None, typer.Option()] = None,
    customer: Annotated[str | None, typer.Option()] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Add a project."""
    with _opened(data) as opened, opened.database.write() as connection:
        projects.add_project(
            connection, name=name, description=description, customer=customer, at=utc_now(), who=_who()
        )
    _say(f"Project {name} was added.")


@project_app.command("list")
def project_list(data: Data = DEFAULT_DATA) -> None:
    """List the projects."""
    with _opened(data) as opened, opened.database.read() as connection:
        for project in project_queries.list_projects(connection):
            print(f"{project.name}\t{'active' if project.active else 'closed'}")
