"""A run as pages show it: what went wrong first, each value in few digits, waveforms as pictures."""

import contextlib
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from lotline_contract.frames import FrameError
from lotline_contract.look import Mark
from lotline_contract.outcome import severity
from lotline_contract.record import Measurement, Run, Step
from lotline_server.core.errors import NotFound
from lotline_server.core.web import Deps
from lotline_server.frames import service as frames
from lotline_server.history.overview import make_overview
from lotline_server.history.service import RunRecord
from lotline_server.ingest.attaching import attached_file
from lotline_server.stations.queries import MANUAL
from lotline_server.web import gauge, marks, outline, shown
from lotline_server.web.gauge import Gauge
from lotline_server.web.outline import Outline
from lotline_server.web.run_facts import run_facts

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

    facts: (name, value) of the run itself. file: (name, bytes) of the one somebody attached
    """

    found: RunRecord
    mark: Mark
    is_open: bool
    brief: str
    trouble: list[str]
    values: list[Value]
    waveforms: list[Waveform]
    facts: list[tuple[str, str]]
    file: tuple[str, int] | None
    by_hand: bool


def run_view(connection: Connection, needs: Deps, found: RunRecord, *, is_open: bool) -> RunView:
    """Make a run ready to be shown. is_open: with its waveforms drawn."""
    run = found.record
    file = attached_file(run)
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
        facts=run_facts(found),
        file=None if file is None else (file[0], file[2]),
        by_hand=found.row.station == MANUAL,
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
    connection: Connection, needs: Deps, step: Step, each: Measurement, anchor: str, *, is_open: bool
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
            header, samples = frames.read_samples(connection, needs.frames, vector.data_digest, form)
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
