"""A station with its plan, cross-checked: after this, nothing about them can surprise the run loop."""

import inspect
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lotline_agent.config.plan import Group, MeasureSpec, PlanFile, StepSpec
from lotline_agent.config.problems import ConfigError, Problem
from lotline_agent.config.read import Model, Source
from lotline_agent.config.station import StationFile
from lotline_contract.limits import Kind, Limit, LimitError
from lotline_drivers.capabilities import actions_of
from lotline_drivers.errors import UnknownDriver
from lotline_drivers.readings import Waveform
from lotline_drivers.registry import driver_class

_KINDS: Mapping[object, Kind] = {
    float: Kind.NUMBER,
    int: Kind.NUMBER,
    bool: Kind.FLAG,
    str: Kind.TEXT,
    Waveform: Kind.VECTOR,
}


class ReadyStep(NamedTuple):
    """A step that has been checked. kind, limit: None where nothing is measured, or without a limit."""

    group: Group
    spec: StepSpec
    kind: Kind | None
    limit: Limit | None


class Setup(NamedTuple):
    """A station and its plan, ready to run."""

    file: Path
    station: StationFile
    plan: PlanFile
    steps: tuple[ReadyStep, ...]
    station_text: str
    plan_text: str

    @property
    def data(self) -> Path:
        """The station's data folder."""
        return self.station.data_folder(self.file.parent)


def load(file: Path) -> Setup:
    """Read a station's configuration and its plan; ConfigError with every problem of both."""
    problems: list[Problem] = []
    source = Source(file)
    station = _validated(source, StationFile, problems)
    plan_source = _plan_source(source, problems)
    plan = _validated(plan_source, PlanFile, problems) if plan_source else None
    actions = _actions(source, station, problems) if station else {}
    if station is None or plan_source is None or plan is None:
        raise ConfigError(problems)
    steps: list[ReadyStep] = []
    for group, index, spec in plan.steps():
        try:
            steps.append(_ready(actions, group, spec))
        except _Refused as refused:
            path = (group, index, refused.key)
            problems.append(plan_source.problem(path, refused.expected, refused.found))
    problems += _repeated_names(plan_source, plan)
    if problems:
        raise ConfigError(problems)
    return Setup(file, station, plan, tuple(steps), source.text, plan_source.text)


def _validated(source: Source, model: type[Model], problems: list[Problem]) -> Model | None:
    """Give the model; None, with its problems added to the others, where it cannot be made."""
    try:
        return source.validate(model)
    except ConfigError as error:
        problems += error.problems
        return None


def _plan_source(source: Source, problems: list[Problem]) -> Source | None:
    """Give the plan's text, also where the station that names it is wrong elsewhere; None without a plan."""
    section = source.values.get("station")
    named = section.get("plan") if isinstance(section, dict) else None
    if not isinstance(named, str) or not named:
        return None
    plan_file = (source.file.parent / Path(named).expanduser()).resolve()
    if not plan_file.is_file():
        problems.append(source.problem(("station", "plan"), "the file of a test plan", str(plan_file)))
        return None
    try:
        return Source(plan_file)
    except ConfigError as error:
        problems += error.problems
        return None


Actions = dict[str, Mapping[str, inspect.Signature] | None]


def _actions(source: Source, station: StationFile, problems: list[Problem]) -> Actions:
    """Give each instrument's actions; None where its driver is not known, which is a problem of its own."""
    actions: Actions = {}
    for name, section in station.instruments.items():
        try:
            actions[name] = actions_of(driver_class(section.driver))
        except UnknownDriver as error:
            actions[name] = None
            path = ("instruments", name, "driver")
            problems.append(source.problem(path, f"a known driver ({error})", repr(section.driver)))
    return actions


class _Refused(Exception):
    """A step's mistake: the key under the step, what was expected there and what was found."""

    def __init__(self, key: str, expected: str, found: str) -> None:
        self.key, self.expected, self.found = key, expected, found


def _ready(actions: Actions, group: Group, spec: StepSpec) -> ReadyStep:
    """Check one step against the instruments it names; _Refused where it could not run."""
    unmeasured = ReadyStep(group, spec, None, None)
    if spec.instrument not in actions:
        instruments = ", ".join(actions)
        raise _Refused(
            "instrument", f"one of the station's instruments: {instruments}", repr(spec.instrument)
        )
    known = actions[spec.instrument]
    if known is None:
        return unmeasured
    if spec.action not in known:
        expected = f"an action of {spec.instrument}: {', '.join(known)}"
        raise _Refused("action", expected, repr(spec.action))
    if misfit := _misfit(known[spec.action], spec):
        raise _Refused("arguments", misfit, repr(spec.arguments))
    if spec.measure is None:
        return unmeasured
    kind = _KINDS.get(known[spec.action].return_annotation)
    if kind is None:
        raise _Refused("measure", f"no measure: {spec.action} reads nothing", repr(spec.measure.name))
    try:
        return ReadyStep(group, spec, kind, spec.measure.limit(kind))
    except LimitError as error:
        raise _Refused("measure", str(error), _given(spec.measure)) from error


def _given(measure: MeasureSpec) -> str:
    given = measure.model_dump(exclude_defaults=True, mode="json")
    return ", ".join(f"{key} = {value!r}" for key, value in given.items())


def _misfit(signature: inspect.Signature, spec: StepSpec) -> str | None:
    """Say what is wrong with a step's arguments; None where they fit the action."""
    parameters = signature.parameters
    try:
        signature.bind(**spec.arguments)
    except TypeError as error:
        wanted = ", ".join(str(each) for each in parameters.values()) or "no arguments"
        return f"{wanted} ({error})"
    for name, value in spec.arguments.items():
        wanted_type = parameters[name].annotation if name in parameters else None
        if wanted_type in {int, float} and not _is_number(value, wanted_type):
            return f"{name} to be {'a whole number' if wanted_type is int else 'a number'}"
        if wanted_type is str and not isinstance(value, str):
            return f"{name} to be a text"
    return None


def _is_number(value: object, wanted: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or (wanted is float and math.isfinite(value))


def _repeated_names(source: Source, plan: PlanFile) -> list[Problem]:
    """Two measurements of one name could not be told apart in the record."""
    seen: set[str] = set()
    problems: list[Problem] = []
    for group, index, spec in plan.steps():
        if spec.measure is None:
            continue
        if spec.measure.name in seen:
            path = (group, index, "measure", "name")
            problems.append(
                source.problem(path, "a name of its own for each measurement", repr(spec.measure.name))
            )
        seen.add(spec.measure.name)
    return problems
