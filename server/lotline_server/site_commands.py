"""`lotline-server site …`: the zone, the days and the shifts by which it counts."""

from typing import Annotated

import typer

from lotline_server.console import DEFAULT_DATA, Data, opened_data, say, who
from lotline_server.core.clock import utc_now
from lotline_server.site import api, queries, service
from lotline_server.site.calendar import BEGINNING
from lotline_server.units.counting import recount

site_app = typer.Typer(help="The site: its time zone, its days, its shifts.", no_args_is_help=True)


@site_app.command("show")
def site_show(data: Data = DEFAULT_DATA) -> None:
    """Say by which zone, days and shifts this server counts, the oldest first."""
    with opened_data(data) as opened, opened.database.read() as connection:
        for rule in queries.calendar(connection).rules:
            since = "beginning" if rule.valid_from == BEGINNING else rule.valid_from
            print(f"{since}\t{service.describe(rule)}")


@site_app.command("set")
def site_set(
    zone: Annotated[str, typer.Option(help="An IANA name, such as Europe/Berlin.")],
    day_start: Annotated[str, typer.Option(help="When a day begins.")] = "00:00",
    shift: Annotated[list[str] | None, typer.Option(help="'Early 06:00-14:00'; once for each shift.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="A day, or 'beginning' for all that was; today if not given.")
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Set zone, begin of the day and shifts from a day on; the days before it stay as they were counted."""
    with opened_data(data) as opened, opened.database.write() as connection:
        at = utc_now()
        day = api.read_from(since, queries.calendar(connection), at)
        rule = api.read_rule(zone, day_start, [api.read_shift(each) for each in shift or []], day)
        service.set_rule(connection, rule, at=at, who=who(), recount=recount)
    say(f"The site works by {service.describe(rule)}{service.since(rule.valid_from)}.")
