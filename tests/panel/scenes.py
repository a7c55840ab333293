"""One view for each thing the panel can say, as a station making gateways would say it."""

from msgspec.structs import replace

from lotline_agent.ports import LastUnit, LotView, Notice, Row, RunView, StationView, SyncView
from lotline_contract.outcome import Outcome


def _row(name: str, value: str, uom: str, low: float | None, high: float | None) -> Row:
    number = float(value)
    passed = (low is None or number >= low) and (high is None or number <= high)
    match low, high:
        case None, None:
            limits = None
        case None, _:
            limits = f"≤ {high:g}"
        case _, None:
            limits = f"≥ {low:g}"
        case _:
            limits = f"{low:g} … {high:g}"
    outcome = Outcome.PASS if passed else Outcome.FAIL
    return Row(
        name=name, outcome=outcome, value=value, uom=uom, limits=limits, number=number, low=low, high=high
    )


ROWS = (
    _row("Idle current", "14.2", "mA", 12, 18),
    _row("3.3 V rail", "3.312", "V", 3.23, 3.37),
    _row("3.3 V ripple", "18.4", "mV", None, 30),
    _row("5 V rail", "5.021", "V", 4.9, 5.1),
    _row("1.8 V rail", "1.794", "V", 1.75, 1.85),
    Row(name="Firmware version", outcome=Outcome.PASS, value="1.4.2", limits="= 1.4.2"),
    _row("Ethernet link time", "1.82", "s", None, 4),
    _row("RF power, channel 6", "14.6", "dBm", 13, 16),
    _row("Clock drift", "-1.3", "ppm", -10, 10),
    _row("Standby current", "0.46", "mA", None, 0.8),
    Row(name="Secure element", outcome=Outcome.PASS, value="answers", limits="= answers"),
    _row("Board temperature", "31.5", "°C", 15, 45),
)
RIPPLE = _row("3.3 V ripple", "41.7", "mV", None, 30)
RAIL = _row("1.8 V rail", "1.712", "V", 1.75, 1.85)
NO_ANSWER = Row(
    name="RF power, channel 6",
    outcome=Outcome.ERROR,
    message="Spectrum analyser gave no answer within 2 s: check its LAN cable and power.",
)

LOT = LotView(lot="LOT-2611-042", target=50, completed=28, in_progress=3, failed=2)
LAST = tuple(
    LastUnit(serial_number=f"GW2-{number:06d}", outcome=outcome, at=f"2026-11-23T10:{41 - index * 2:02d}:07Z")
    for index, (number, outcome) in enumerate(
        [
            (124, Outcome.PASS),
            (123, Outcome.PASS),
            (122, Outcome.FAIL),
            (121, Outcome.PASS),
            (120, Outcome.ERROR),
            (120, Outcome.PASS),
            (119, Outcome.ABORTED),
            (118, Outcome.PASS),
        ]
    )
)
ALL_SENT = SyncView(state="sent", waiting=0, parked=0, text="All sent")
AWAY = SyncView(state="away", waiting=42, parked=0, text="42 waiting, server away since 02:10")

RUN = RunView(
    serial_number="GW2-000125",
    step_number=12,
    step_count=12,
    step_name="Board temperature",
    elapsed_s=41.3,
    expected_s=44.0,
    rows=ROWS,
)

READY = StationView(
    version=1,
    phase="READY",
    instruction="Put the unit into the fixture, then scan its serial number.",
    station="FCT-01",
    operator="Shift B",
    plan="Gateway mk2 functional test",
    plan_version="7",
    part_number="GW2-MAIN",
    operation="FCT",
    sync=ALL_SENT,
    lot=LOT,
    last_units=LAST,
    today_units=31,
    today_first_pass=29,
)


def with_rows(*changed: Row) -> tuple[Row, ...]:
    """Give the measurements with these in the place of those of the same name."""
    by_name = {row.name: row for row in changed}
    return tuple(by_name.get(row.name, row) for row in ROWS)


def verdict(phase: str, instruction: str, *changed: Row) -> StationView:
    """Give the view of a run that ended."""
    return replace(READY, phase=phase, instruction=instruction, run=replace(RUN, rows=with_rows(*changed)))


RUNNING = replace(
    READY,
    phase="RUNNING",
    instruction="Wait.",
    run=replace(
        RUN, step_number=6, step_name="Firmware version", elapsed_s=18.6, rows=(*ROWS[:2], RIPPLE, *ROWS[3:5])
    ),
)
BARCODE = "<img src=x onerror=alert(1)>"

SCENES: dict[str, StationView] = {
    "starting": replace(
        READY, phase="STARTING", instruction="Identifying instruments: DMM found, waiting for the supply."
    ),
    "first-start": replace(
        READY,
        lot=None,
        last_units=(),
        today_units=0,
        today_first_pass=0,
        operator=None,
        sync=SyncView(state="local", waiting=0, parked=0, text="Kept on this station"),
    ),
    "ready": READY,
    "running": RUNNING,
    "running-refused": replace(
        RUNNING,
        notice=Notice(kind="refused", text="GW2-000126 was scanned during a run and was not started."),
        sync=AWAY,
    ),
    "pass": verdict("PASS", "Green cart. Then scan the next unit."),
    "fail": verdict("FAIL", "Red cart. Then scan the next unit.", RIPPLE, RAIL),
    "fail-many": replace(
        verdict("FAIL", "Red cart. Then scan the next unit."),
        run=replace(
            RUN,
            rows=tuple(
                replace(_row(f"Rail {number} under load", f"{3.5 + number / 7:.3f}", "V", 3.23, 3.37))
                for number in range(1, 15)
            )
            + ROWS,
        ),
    ),
    "error": verdict(
        "ERROR", "Leave the unit in the fixture and call the test engineer.", replace(NO_ANSWER)
    ),
    "aborted": replace(
        verdict("ABORTED", "Scan the same unit again."),
        run=replace(RUN, step_number=4, rows=ROWS[:3]),
    ),
    "not-recorded": replace(
        verdict("NOT_RECORDED", "Do not move the unit: this station’s disk is full, call the test engineer."),
        sync=AWAY,
    ),
    "blocked": replace(
        READY,
        phase="BLOCKED",
        instruction="Call the test engineer: no run can start.",
        run=None,
        notice=Notice(kind="alarm", text="Power supply PSU-1 did not confirm that its output is off."),
    ),
    "refused": replace(
        READY,
        instruction="Scan a unit of this lot.",
        notice=Notice(kind="refused", text="PSU-000871 is a PSU48; this plan tests GW2-MAIN."),
    ),
    "hostile": replace(
        READY,
        instruction="Scan the label again.",
        notice=Notice(kind="refused", text=f"{BARCODE} is no serial number of GW2-MAIN."),
    ),
}
