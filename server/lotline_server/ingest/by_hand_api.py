"""Test data attached by hand, over HTTP: values, vectors and files, each a run of the source `manual`."""

from dataclasses import dataclass
from typing import Annotated, cast

import numpy as np
from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import Field

from lotline_contract.frames import Axis
from lotline_contract.limits import Comparator, Limit
from lotline_contract.record import Run
from lotline_server.core.caller import By
from lotline_server.core.errors import Invalid
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.ingest.attaching import attach_file
from lotline_server.ingest.by_hand import Attaching, ByHand, Entered
from lotline_server.ingest.point_table import MAX_CHARACTERS, MAX_POINTS, read_points

router = APIRouter(prefix="/api/v1", tags=["units"], route_class=StrictRoute)


async def by_hand_of(request: Request) -> ByHand:
    """Give a request what attaches data."""
    return cast("ByHand", request.app.state.by_hand)


Attaches = Annotated[ByHand, Depends(by_hand_of)]
"""A route's parameter `by_hand: Attaches` attaches data."""


class LimitForm(Form):
    """A limit. comparator: without it the bounds are inclusive, and equals is exact."""

    comparator: str | None = None
    low: float | None = None
    high: float | None = None
    equals: float | bool | str | None = None


class AxisForm(Form):
    """Where a vector's samples lie: sample i at x0 + i · dx."""

    x0: float = 0.0
    dx: float
    uom: str = "s"


class ValueForm(Form):
    """A value: `value` (a number, true or false, a text), `samples` of a vector, or a vector as a CSV text.

    axis: of samples; a CSV of two columns brings its own. uom: what a number with a limit needs
    limit: without one the value is only recorded
    """

    name: str
    value: float | int | bool | str | None = None
    samples: Annotated[list[float], Field(max_length=MAX_POINTS)] | None = None
    csv: Annotated[str, Field(max_length=MAX_CHARACTERS)] | None = None
    axis: AxisForm | None = None
    axis_uom: str = "s"
    uom: str | None = None
    limit: LimitForm | None = None


class DataForm(Form):
    """What is attached at once, as one run. purpose: engineering, or production at an operation of the route.

    part_number: needed where two parts use the serial number
    """

    measurements: list[ValueForm]
    part_number: str | None = None
    purpose: str = "engineering"
    operation: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A value as it was judged. cause: None where it passed."""

    name: str
    outcome: str
    cause: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """The run that was made."""

    run_id: str
    outcome: str
    measurements: list[Judged]


def attached(run: Run) -> Attached:
    """Say what a run came to."""
    return Attached(
        run_id=run.run_id,
        outcome=str(run.outcome),
        measurements=[
            Judged(
                name=each.name,
                outcome=str(each.outcome),
                cause=None if each.cause is None else str(each.cause),
            )
            for each in run.measurements()
        ],
    )


def limit_of(
    low: float | None,
    high: float | None,
    equals: float | bool | str | None = None,
    comparator: str | None = None,
) -> Limit | None:
    """Make a limit; None where nothing is limited. Raises Invalid for an unknown comparator."""
    if comparator is not None and comparator not in set(Comparator):
        raise Invalid(f"comparator {comparator[:20]!r} is none of {', '.join(Comparator)}")
    if comparator is None:
        if equals is not None:
            comparator = "EQ"
        elif low is not None and high is not None:
            comparator = "GELE"
        elif low is not None or high is not None:
            comparator = "GE" if low is not None else "LE"
        else:
            return None
    return Limit(comparator=Comparator(comparator), low=low, high=high, equals=equals)


def _entered(form: ValueForm) -> Entered:
    given = [form.value is not None, form.samples is not None, form.csv is not None]
    if sum(given) != 1:
        raise Invalid(f"{form.name[:100]}: give one of value, samples and csv")
    if form.axis is not None and form.samples is None:
        raise Invalid(f"{form.name[:100]}: an axis goes with samples")
    limit = form.limit
    axis = None if form.axis is None else Axis(x0=form.axis.x0, dx=form.axis.dx, uom=form.axis.uom)
    samples = None if form.samples is None else np.array(form.samples, dtype=np.float64)
    if form.csv is not None:
        points = read_points(form.csv, axis_uom=form.axis_uom)
        samples, axis = points.samples, points.axis
    return Entered(
        name=form.name,
        value=form.value,
        samples=samples,
        axis=axis,
        uom=form.uom,
        limit=None if limit is None else limit_of(limit.low, limit.high, limit.equals, limit.comparator),
    )


@router.post("/units/{serial_number:path}/data", status_code=201)
def attach_data(serial_number: str, form: DataForm, needs: Needs, by: By, by_hand: Attaches) -> Attached:
    """Attach values and vectors to a unit, as one run, judged against the limits that come with them."""
    what = Attaching(
        serial_number=serial_number,
        part_number=form.part_number,
        entered=[_entered(each) for each in form.measurements],
        purpose=form.purpose,
        operation=form.operation,
        note=form.note,
    )
    needs.folder.require_free(needs.disk_floor_bytes)
    return attached(by_hand.attach(what, at=needs.clock(), who=by.name))


@router.post("/units/{serial_number:path}/files", status_code=201)
def attach_a_file(
    serial_number: str,
    content: Annotated[bytes, Body(media_type="application/octet-stream")],
    needs: Needs,
    by: By,
    by_hand: Attaches,
    *,
    name: Annotated[str, Query(max_length=500)],
    part: str | None = None,
    note: str | None = None,
) -> Attached:
    """Attach a file of at most 16 MiB to a unit: the body is its content."""
    needs.folder.require_free(needs.disk_floor_bytes)
    run = attach_file(
        by_hand, needs.files, serial_number=serial_number, name=name, content=content,
        part_number=part, note=note, at=needs.clock(), who=by.name,
    )  # fmt: skip
    return attached(run)
