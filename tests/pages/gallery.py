"""Write a picture of each page, a month old: `python -m tests.pages.gallery OUTDIR [--docs | PAGE…]`."""

import random
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import uvicorn
from playwright.sync_api import Page, sync_playwright
from tests.browser import ARGUMENTS, Watched, find_chromium, remember, watch
from tests.pages.boards import board
from tests.pages.buying import buy
from tests.pages.pictures import BEFORE_THE_DOOR, DOCUMENTED, PAGES, SIZES, reduce
from tests.server.calling import Calls, pair
from tests.server.making import batch
from tests.server.signing import bearer

from lotline_server.accounts import service as accounts
from lotline_server.accounts import sessions
from lotline_server.app import Opened, build_app, open_data
from lotline_server.lots import service as lots
from lotline_server.routes import service as routes
from lotline_server.stations import enrolment


@dataclass
class Clock:
    """A clock that the month is told by."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(days=29))

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def served(folder: Path, clock: Clock) -> Iterator[tuple[str, Opened]]:
    """Serve a folder with this clock."""
    opened = open_data(folder, serve=True)
    listener = socket.create_server(("127.0.0.1", 0))
    app = build_app(opened, clock=clock, disk_floor_bytes=0)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with opened.database.write() as connection:
            ines = accounts.add_account(
                connection, name="Ines Okafor", role="admin", at=datetime.now(UTC), who="the console"
            )
            # Its clock is moved a month; this browser stays signed in.
            secret = sessions.begin_session(connection, ines.id, datetime.now(UTC))
        remember(url, f"{sessions.COOKIE}={secret}")
        yield url, opened
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        opened.close()


def _part(
    opened: Opened, clock: Clock, number: str, name: str, operations: tuple[str, ...] = ("FCT",)
) -> None:
    with opened.database.write() as connection:
        routes.new_part(
            connection, part_number=number, name=name, serial_prefix=f"{number}-", serial_digits=6,
            operations=operations, at=clock(), who="Ines Okafor",
        )  # fmt: skip


def _lot(  # noqa: PLR0917
    opened: Opened, clock: Clock, lot: str, part: str, target: int, project: str, notes: str = ""
) -> list[str]:
    with opened.database.write() as connection:
        return lots.create_lot(
            connection, lot=lot, part_number=part, target=target, serials=target, project=project,
            notes=notes,
            at=clock(), who="Ines Okafor",
        )  # fmt: skip


def _station(client: httpx.Client, opened: Opened, clock: Clock, name: str) -> Calls:
    with opened.database.write() as connection:
        code = enrolment.new_code(connection, name, at=clock(), who="Ines Okafor")
    station = Calls(client=client, token=pair(client, code).token)
    station.hello()
    return station


def _test(  # noqa: PLR0917
    station: Calls,
    name: str,
    serials: list[str],
    lot: str,
    part: str,
    at: datetime,
    operation: str = "FCT",
    **trouble: str,
) -> None:
    """Test these boards one after another, up to a moment. trouble: what is wrong, by serial number."""
    sent, frames = [], []
    for index, serial in enumerate(serials):
        wrong = trouble.get(serial.replace("-", "_"), "")
        record, held = board(
            serial, started_at=at - timedelta(seconds=70 * (len(serials) - index)), station=name, lot=lot,
            part_number=part, operation=operation, seed=index + len(serial),
            wave=bool(wrong) or index == len(serials) - 1,
            defect=wrong if wrong and not wrong.startswith("!") else None,
            error=wrong[1:] if wrong.startswith("!") else None,
        )  # fmt: skip
        sent.append(station.next(record))
        frames += held
    if sent:
        answer = station.post(batch(sent, frames))
        answer.raise_for_status()


def produce(url: str, opened: Opened, clock: Clock) -> None:
    """Let a month of production happen, up to now."""
    chance = random.Random(7)
    headers = bearer(opened)
    with httpx.Client(base_url=url, timeout=30, trust_env=False, headers=headers) as client:
        _part(opened, clock, "GW2", "Gateway board, second series")
        _part(opened, clock, "PSU48", "Power supply 48 V", ("ICT", "FCT", "Burn-in"))
        _part(opened, clock, "SNS1", "Sensor hub")
        fct1, fct2, ict = (_station(client, opened, clock, name) for name in ("FCT-01", "FCT-02", "ICT-01"))
        plan = (
            ("LOT-2610-038", "GW2", 160, "Harbour", fct1, "FCT-01", "FCT", 0, 9),
            ("LOT-2610-040", "SNS1", 220, "Greenhouse", fct2, "FCT-02", "FCT", 2, 16),
            ("LOT-2611-041", "GW2", 400, "Harbour", fct2, "FCT-02", "FCT", 10, 28),
            ("LOT-2611-043", "PSU48", 90, "Railway", ict, "ICT-01", "ICT", 17, 29),
        )
        serials: dict[str, list[str]] = {}
        today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        for back in range(29, 0, -1):
            day = (today - timedelta(days=back)).replace(hour=15)
            clock.now = day
            for lot, part, target, project, station, name, operation, first, last in plan:
                number = 29 - back
                if number < first:
                    continue
                if lot not in serials:
                    serials[lot] = _lot(opened, clock, lot, part, target, project)
                share = (
                    int(target / (last - first) * (0.4 if day.weekday() > 5 else chance.uniform(0.8, 1.4)))
                    if number < last
                    else 1000
                )
                now, serials[lot] = serials[lot][:share], serials[lot][share:]
                if operation == "ICT":
                    now = now[: len(now) * 3 // 4]
                wrong = {
                    serial.replace("-", "_"): chance.choice(("rail_3v3", "rf_power"))
                    for serial in now
                    if chance.random() < 0.035
                }
                _test(station, name, now, lot, part, day, operation, **wrong)
            station_hello(ict, clock, pending=0)
        clock.now = datetime.now(UTC) - timedelta(hours=3)
        with opened.database.write() as connection:
            lots.set_open(connection, lot="LOT-2610-040", is_open=False, at=clock(), who="Ines Okafor")
        units = _lot(
            opened, clock, "LOT-2611-042", "GW2", 60, "Harbour",
            "Boards with the new 3.3 V converter (ECO-118).\nKeep the first failed one for the supplier.",
        )  # fmt: skip
        _lot(opened, clock, "LOT-2611-044", "SNS1", 120, "Greenhouse")
        wrong = {
            "GW2_000580": "ripple_3v3",
            "GW2_000591": "!Spectrum analyser gave no answer within 2 s: check its LAN cable and power.",
            "GW2_000571": "rail_3v3",
        }
        for minutes, (start, stop) in ((150, (0, 12)), (110, (12, 22)), (64, (22, 30)), (18, (30, 34))):
            clock.now = datetime.now(UTC) - timedelta(minutes=minutes)
            _test(fct1, "FCT-01", units[start:stop], "LOT-2611-042", "GW2", clock.now, **wrong)
        for seconds, serial, trouble in (
            (560, units[10], ""),
            (320, units[34], ""),
            (140, units[35], "rf_power"),
            (40, units[36], ""),
        ):
            clock.now = datetime.now(UTC) - timedelta(seconds=seconds)
            _test(
                fct1,
                "FCT-01",
                [serial],
                "LOT-2611-042",
                "GW2",
                clock.now,
                **({serial.replace("-", "_"): trouble} if trouble else {}),
            )
        _everything_of_one_unit(client, units)
        clock.now = datetime.now(UTC) - timedelta(minutes=41)
        station_hello(ict, clock, pending=0)
        clock.now = datetime.now(UTC)
        station_hello(fct1, clock, pending=0)
        station_hello(fct2, clock, pending=37, oldest_pending_s=1260.0, parked=1)
        buy(client, "GW2", clock().date())
        with opened.database.write() as connection:
            enrolment.new_code(connection, "FCT-03", at=clock(), who="Ines Okafor")


def _everything_of_one_unit(client: httpx.Client, units: list[str]) -> None:
    """Say of the failed board all that can be said: rework, hold, sub-units, data attached by hand."""
    failed, board, spare = "GW2-000580", units[40], units[41]

    def post(path: str, body: object) -> None:
        client.post(f"/api/v1/units/{path}", json=body).raise_for_status()

    post("actions", {"action": "mark", "serial_numbers": [board], "mark": "completed",
                     "reason": "Tested by the supplier, certificate 2611-88"})  # fmt: skip
    post(f"{failed}/sub-units", {"serial_number": board, "place": "J4"})
    post(f"{failed}/sub-units", {"serial_number": spare, "place": "J5"})
    post(f"{failed}/sub-units/remove", {"serial_number": spare, "reason": "connector bent"})
    limit = {"low": 0.45, "high": 0.55}
    torque = {"name": "Screw torque", "value": 0.51, "uom": "Nm", "limit": limit}
    post(f"{failed}/data", {"measurements": [torque], "note": "after the repair"})
    post("actions", {"action": "rework", "serial_numbers": [failed], "reason": "L3 replaced"})
    post("actions", {"action": "hold", "serial_numbers": [failed],
                     "reason": "wait for the supplier's report on L3"})  # fmt: skip


def station_hello(station: Calls, clock: Clock, **given: float | int | None) -> None:
    """Let a station say how it is."""
    station.hello(clock=clock().isoformat(), free_bytes=212_000_000_000, agent_version="0.1.0", **given)


def settle(page: Page) -> None:
    """Wait until what is to be seen is drawn."""
    for figure in page.locator("[data-wave]:visible").all():
        figure.scroll_into_view_if_needed()
        if figure.locator("[data-wave-picture]").count():
            figure.locator(".uplot").wait_for()
    page.evaluate(
        "() => new Promise((done) => { scrollTo(0, 0);"
        " requestAnimationFrame(() => requestAnimationFrame(done)); })"
    )


def shoot(pages: Watched, url: str, folder: Path, theme: str, wanted: tuple[str, ...]) -> None:
    """Draw the pages in one theme."""
    for name, path in PAGES.items():
        if wanted and name not in wanted:
            continue
        for width, height in SIZES:
            if name in BEFORE_THE_DOOR:
                pages.context.clear_cookies()
            page = pages.open(url + path, width=width, height=height, signed_in=name not in BEFORE_THE_DOOR)
            settle(page)
            page.screenshot(path=folder / f"{name}-{theme}-{width}x{height}.png")
            page.screenshot(path=folder / f"{name}-{theme}-{width}-whole.png", full_page=True)
            page.close()


def main(folder: Path, *wanted: str) -> int:
    """Draw everything; 1 where a page did what no page of ours may do.

    wanted: names of pages; `--docs` for those of the documents, and their pictures in docs/pictures too
    """
    for_docs = "--docs" in wanted
    if for_docs:
        wanted = DOCUMENTED
    folder.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    faults: dict[str, list[str]] = {}
    with (
        tempfile.TemporaryDirectory() as data,
        served(Path(data), clock) as (url, opened),
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS)) as browser,
    ):
        if not wanted or "empty" in wanted:
            context = browser.new_context(locale="en-GB", color_scheme="light")
            page = watch(context).open(url)
            page.screenshot(path=folder / "dashboard-empty-light-1280x800.png")
            context.close()
        produce(url, opened, clock)
        for theme in ("light", "dark"):
            context = browser.new_context(locale="en-GB", color_scheme=theme)  # type: ignore[arg-type]
            pages = watch(context)
            shoot(pages, url, folder, theme, wanted)
            faults |= pages.faults()
            context.close()
    if for_docs:
        reduce(folder, Path(__file__).resolve().parents[2] / "docs" / "pictures")
    print(faults or f"{len(list(folder.glob('*.png')))} pictures in {folder}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
