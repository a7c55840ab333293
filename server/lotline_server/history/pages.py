"""The unit: everything that was ever measured on it, its latest run open."""

import contextlib
from dataclasses import dataclass

from fastapi.responses import Response

from lotline_contract.frames import FrameError
from lotline_contract.look import Mark
from lotline_contract.outcome import severity
from lotline_contract.record import Measurement, Run, Step
from lotline_server.activity import queries as activity
from lotline_server.core.errors import NotFound
from lotline_server.core.web import Deps, Needs
from lotline_server.frames import service as frames
from lotline_server.history import service
from lotline_server.history.overview import make_overview
from lotline_server.history.service import RunRecord, UnitRecord
from lotline_server.lots import queries as lots
from lotline_server.parts import queries as parts
from lotline_server.web import gauge, marks, outline, shown
from lotline_server.web.gauge import Gauge
from lotline_server.web.outline import Outline
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()

DRAWN_RUNS = 12
"""How many runs come with their measurements; each older one is a line that opens on a page of its own."""

_CAUSES = {
    "limit": "outside its limit",
    "overrange": "beyond what the instrument can show",
    "missing": "was planned and never measured",
    "bad_reading": "the instrument gave no usable value",
    "wrong_shape": "another number of points than planned",
    "bad_limit": "its limit cannot be applied",
    "no_limit": "has no limit and is not marked as record only",
    "instrument": "an instrument failed",
    "timeout": "an instrument did not answer in time",
    "step_code": "the step's own code failed",
    "nothing_measured": "nothing was measured",
    "unsafe": "the outputs could not be made safe",
    "operator": "stopped by the operator",
    "station_stopped": "the station was stopped",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A measurement as its row shows it. whole, rest: the value, cut at its point. spoken: in one piece.

    off: how it fails, in words; empty where it does not. vector: the waveform's place on the page
    """

    name: str
    step: str
    mark: Mark
    failed: bool
    whole: str
    rest: str
    is_text: bool
    uom: str
    spoken: str
    full: str
    limits: str
    gauge: Gauge | None
    off: str
    vector: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waveform:
    """A vector as its figure shows it. outline: None where its samples are not here or not finite."""

    anchor: str
    name: str
    step: str
    mark: Mark
    digest: str
    form: str
    points: int
    uom: str
    low: float | None
    high: float | None
    limits: str
    outline: Outline | None
    facts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as the page shows it. brief: what went wrong first, in a few words; empty where nothing did.

    facts: (name, value) of the run itself
    """

    found: RunRecord
    mark: Mark
    is_open: bool
    brief: str
    trouble: list[str]
    values: list[Value]
    waveforms: list[Waveform]
    facts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """An operation of the unit's route. detail: what stands below its name."""

    operation: str
    mark: Mark
    detail: str


@router.get("/units")
def unit_by_query(
    needs: Needs, page: Shown, serial_number: str = "", part: str = "", run: str = ""
) -> Response:
    """Show a unit whose serial number no address can hold as a folder, such as two dots."""
    return _show(serial_number, needs, page, part=part, run=run)


@router.get("/units/{serial_number:path}")
def show_unit(serial_number: str, needs: Needs, page: Shown, part: str = "", run: str = "") -> Response:
    """Show everything of one unit. run: the one that is to be open; otherwise the latest."""
    return _show(serial_number, needs, page, part=part, run=run)


def _show(serial_number: str, needs: Deps, page: Shown, *, part: str, run: str) -> Response:
    with needs.database.read() as connection:
        same = lots.units_of_serial(connection, serial_number)
        if len(same) > 1 and not part:
            return page.html("unit_choice.html", serial_number=serial_number, units=same)
        found = service.unit_record(connection, serial_number, part or None)
        built = parts.find_part(connection, found.unit.part_number)
        latest = activity.latest(connection, limit=8, subject=serial_number)
        opened = run if any(each.row.run_id == run for each in found.runs) else ""
        wanted = opened or (found.runs[0].row.run_id if found.runs else "")
        drawn = [each for at, each in enumerate(found.runs) if at < DRAWN_RUNS or each.row.run_id == wanted]
        views = [_run_view(connection, needs, each, is_open=each.row.run_id == wanted) for each in drawn]
    return page.html(
        "unit.html",
        place="/lots",
        unit=found.unit,
        part=built,
        mark=marks.status_mark(found.unit.status),
        dots=_dots(found),
        runs=views,
        more=found.runs[DRAWN_RUNS:],
        how_many=len(found.runs),
        activity=latest,
        several=len(same) > 1,
    )


def _dots(found: UnitRecord) -> list[Dot]:
    states = {each.operation: each for each in found.operations}
    running = {each.row.operation for each in found.runs}
    dots = []
    for operation in (*found.route, *(each for each in states if each not in found.route)):
        state = states.get(operation)
        if state is None:
            mark = marks.STATUSES["in_progress" if operation in running else "planned"]
            detail = "not decided" if operation in running else "to do"
        else:
            mark = marks.outcome_mark(state.deciding_outcome)
            detail = "at once" if state.attempts == 1 else f"{state.attempts} attempts"
            if state.attempts == 1 and state.deciding_outcome == "FAIL":
                detail = "1 attempt"
        dots.append(Dot(operation=operation, mark=mark, detail=detail))
    return dots


def _run_view(connection: object, needs: Deps, found: RunRecord, *, is_open: bool) -> RunView:
    run = found.record
    pairs = [(step, each) for step in run.steps for each in step.measurements]
    pairs.sort(key=lambda pair: -severity(pair[1].outcome))
    anchors = {
        id(each): f"wave-{found.row.run_id}-{at}"
        for at, (_, each) in enumerate(pairs)
        if each.vector is not None
    }
    waveforms = {
        id(each): _waveform(connection, needs, step, each, anchors[id(each)], is_open=is_open)
        for step, each in pairs
        if each.vector is not None
    }
    values = [_value(step, each, waveforms.get(id(each))) for step, each in pairs]
    trouble = _trouble(run)
    wrong = next((f"{value.name} {value.spoken}, {value.off}" for value in values if value.failed), "")
    return RunView(
        found=found,
        mark=marks.outcome_mark(found.row.outcome),
        is_open=is_open,
        brief=trouble[0] if trouble else wrong,
        trouble=trouble,
        values=values,
        waveforms=list(waveforms.values()),
        facts=_facts(found),
    )


def _trouble(run: Run) -> list[str]:
    """Say what went wrong beyond a limit: steps with a message, else the run's own."""
    steps = [
        f"{step.name}: {step.message}"
        for step in run.steps
        if step.message and str(step.outcome) not in {"PASS", "SKIPPED"}
    ]
    if steps:
        return steps
    if run.message:
        return [run.message]
    if run.cause is not None and str(run.cause) != "limit":
        return [cause_words(str(run.cause)).capitalize() + "."]
    return []


def cause_words(cause: str) -> str:
    """Say a cause in words."""
    return _CAUSES.get(cause, cause.replace("_", " "))


def _value(step: Step, each: Measurement, wave: Waveform | None) -> Value:
    limit, value = each.limit, each.value
    low, high = (limit.low, limit.high) if limit else (None, None)
    uom = shown.uom_of(each.uom)
    text, is_text = _text(each, wave)
    whole, rest = ("", "") if is_text else shown.split_point(text)
    is_number = isinstance(value, float | int) and not isinstance(value, bool)
    return Value(
        name=each.name,
        step=step.name,
        mark=marks.outcome_mark(each.outcome),
        failed=severity(each.outcome) > 1,
        whole=text if is_text else whole,
        rest=rest,
        is_text=is_text,
        uom="" if is_text else uom,
        spoken=text if is_text else shown.with_uom(text, each.uom),
        full=shown.with_uom(repr(value), each.uom) if is_number else "",
        limits=shown.interval(limit, each.uom) or ("recorded only" if each.record_only else ""),
        gauge=gauge.gauge(value, low, high) if is_number and isinstance(value, float | int) else None,
        off=_off(each, wave),
        vector=None if wave is None else wave.anchor,
    )


def _text(each: Measurement, wave: Waveform | None) -> tuple[str, bool]:
    """Give a value's text, and whether it is no number. Of a waveform: its lowest and highest."""
    value, limit = each.value, each.limit
    if wave is not None:
        if wave.outline is None:
            return f"{shown.count(wave.points)} points", True
        ends = (shown.number(float(f"{end:.4g}")) for end in (wave.outline.lowest, wave.outline.highest))
        return shown.with_uom(f"{shown.NO_BREAK}…{shown.NO_BREAK}".join(ends), each.uom), True
    if value is None:
        return each.reading or "no value", True
    if isinstance(value, bool):
        return "yes" if value else "no", True
    if isinstance(value, str):
        return value, True
    return shown.number(value, *((limit.low, limit.high) if limit else ())), False


def _off(each: Measurement, wave: Waveform | None) -> str:
    """Say how far a number is outside its limits, or why there is none to compare."""
    value, limit = each.value, each.limit
    if severity(each.outcome) <= 1:
        return ""
    ends: tuple[float, ...] = ()
    if isinstance(value, float | int) and not isinstance(value, bool):
        ends = (value,)
    elif wave is not None and wave.outline is not None:
        ends = (wave.outline.highest, wave.outline.lowest)
    low, high = (limit.low, limit.high) if limit is not None else (None, None)
    for end in ends:
        if high is not None and end > high:
            return f"{_distance(end - high, each.uom)} over"
        if low is not None and end < low:
            return f"{_distance(low - end, each.uom)} under"
    return "" if each.cause is None else cause_words(str(each.cause))


def _distance(off: float, uom: str | None) -> str:
    return shown.with_uom(shown.number(float(f"{off:.2g}")), uom)


def _waveform(
    connection: object, needs: Deps, step: Step, each: Measurement, anchor: str, *, is_open: bool
) -> Waveform:
    vector = each.vector
    assert vector is not None  # noqa: S101 - only vectors come here
    low, high = (each.limit.low, each.limit.high) if each.limit else (None, None)
    form = frames.form_of(vector.dtype, vector.shape, vector.scale, vector.offset)
    picture: Outline | None = None
    facts: list[tuple[str, str]] = []
    points = 1
    for length in vector.shape:
        points *= length
    if is_open:
        with contextlib.suppress(NotFound, FrameError):
            header, samples = frames.read_samples(connection, needs.frames, vector.data_digest, form)  # type: ignore[arg-type]
            picture = outline.draw(make_overview(header, samples, points=outline.STRETCHES), low, high)
    if picture is not None:
        facts = [
            ("Lowest", shown.with_uom(shown.number(picture.lowest, low, high), each.uom)),
            ("Highest", shown.with_uom(shown.number(picture.highest, low, high), each.uom)),
            ("Peak to peak", shown.with_uom(shown.number(picture.highest - picture.lowest), each.uom)),
        ]
    if vector.axis is not None:
        facts.append(("Length", _axis(points * vector.axis.dx, vector.axis.uom)))
        facts.append(("Between points", _axis(vector.axis.dx, vector.axis.uom)))
    facts.append(("Points", shown.count(points)))
    return Waveform(
        anchor=anchor,
        name=each.name,
        step=step.name,
        mark=marks.outcome_mark(each.outcome),
        digest=vector.data_digest,
        form=form,
        points=points,
        uom=shown.uom_of(each.uom),
        low=low,
        high=high,
        limits=shown.interval(each.limit, each.uom),
        outline=picture,
        facts=facts,
    )


def _axis(length: float, uom: str) -> str:
    factor, prefix = outline.prefix_of(abs(length), uom)
    return shown.with_uom(shown.number(float(f"{length / factor:.4g}")), f"{prefix}{uom}")


def _facts(found: RunRecord) -> list[tuple[str, str]]:
    """Give what is known of a run beside its values; what it does not say is left out."""
    run, row = found.record, found.row
    lock = run.interlock
    facts: list[tuple[str, str | None]] = [
        ("Station", row.station),
        ("Operator", row.operator),
        ("Started", shown.exact(row.started_at)),
        ("Received", shown.exact(row.received_at)),
        ("Duration", shown.duration(run.duration_s)),
        ("Test plan", f"{row.plan} version {row.plan_version} ({row.plan_digest[:12]})"),
        ("Operation", row.operation + (f", attempt {found.attempt}" if found.attempt else "")),
        ("Purpose", row.purpose if row.purpose != "production" else None),
        ("Revision", row.revision),
        ("Scanned as", run.scan if run.scan != run.serial_number else None),
        ("Interlock", None if lock is None else _interlock(lock.decision, lock.reasons, lock.facts_age_s)),
        ("Fixture", None if run.fixture is None else _fixture(run)),
        ("Slot", run.slot),
        ("Panel", None if run.panel is None else f"{run.panel.serial_number}, position {run.panel.position}"),
        ("Agent", run.versions.agent),
        ("Run", row.run_id),
    ]
    facts += [
        ("Firmware" if name == "firmware" else f"Firmware {name}", version)
        for name, version in run.firmware.items()
    ]
    facts += [("Sub-unit", each.serial_number) for each in run.sub_units]
    facts += [("Material lot", f"{each.part_number}: {each.supplier_lot}") for each in run.material_lots]
    facts += list(run.properties.items())
    return [(name, value) for name, value in facts if value]


def _interlock(decision: str, reasons: tuple[str, ...], facts_age_s: float | None) -> str:
    words = "allowed" if decision == "ALLOW" else "allowed without the server"
    age = "" if facts_age_s is None else f", facts {shown.duration(facts_age_s)} old"
    return words + age + (f": {'; '.join(reasons)}" if reasons else "")


def _fixture(run: Run) -> str:
    assert run.fixture is not None  # noqa: S101 - asked before
    cycles = run.fixture.cycles
    return run.fixture.name + ("" if cycles is None else f", cycle {shown.count(cycles)}")
