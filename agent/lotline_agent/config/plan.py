"""The test plan, version 1: groups of steps, each an instrument's action and at most one measurement."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from lotline_contract.identity import check_name
from lotline_contract.limits import Comparator, Kind, Limit, LimitError, check_limit, is_number
from lotline_contract.uom import check_uom

MAX_STEPS = 1000
"""Of each group: a run of them all still makes a record that the server takes."""

Group = Literal["setup", "main", "teardown"]
Name = Annotated[str, AfterValidator(lambda name: check_name(name, "the name"))]


def _readable(label: str) -> str:
    """Give a label back; it is read on screens and written into files that know no control characters."""
    if not label.isprintable() or label != label.strip():
        raise ValueError("a name that can be read: no control characters, no spaces around it")
    return label


Label = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_readable)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class MeasureSpec(_Strict):
    """What is measured and what it is held against.

    uom: needed for every number; low, high: bounds, both inclusive unless a comparator says otherwise
    equals: the exact number, flag or text. record_only: no limit, on purpose
    points: how many samples a vector must have; None means any number above 0
    firmware: this text is a firmware version of the unit, and stands as such in the record
    """

    name: Label
    uom: str | None = None
    low: float | None = None
    high: float | None = None
    equals: float | bool | str | None = None
    comparator: Comparator | None = Field(default=None, strict=False)
    record_only: bool = False
    points: int | None = Field(default=None, gt=0)
    firmware: bool = False

    @field_validator("uom")
    @classmethod
    def _known_uom(cls, uom: str | None) -> str | None:
        return None if uom is None else check_uom(uom)

    @field_validator("equals", mode="before")
    @classmethod
    def _exact(cls, equals: object) -> object:
        """Refuse here what would be three mistakes to a union of three types."""
        if not isinstance(equals, float | int | bool | str):
            raise ValueError("a number, a flag or a text")
        if not isinstance(equals, bool | str) and not is_number(equals):
            raise ValueError("a finite number")
        return equals

    def limit(self, kind: Kind) -> Limit | None:
        """Give the limit for a value of this kind; None for record-only. Raises LimitError for a bad one."""
        if kind in {Kind.FLAG, Kind.TEXT} and self.uom is not None:
            raise LimitError(f"a {kind} has no uom")
        if self.firmware and kind is not Kind.TEXT:
            raise LimitError(f"firmware = true belongs to a text; this is a {kind}")
        if self.points is not None and kind is not Kind.VECTOR:
            raise LimitError(f"points belongs to a vector; this is a {kind}")
        bounds = self.low, self.high, self.equals
        if bounds == (None, None, None) and self.comparator is None:
            if not self.record_only:
                raise LimitError("a limit (low, high or equals), or record_only = true")
            if kind in {Kind.NUMBER, Kind.VECTOR} and self.uom is None:
                raise LimitError('a uom ("V", "mA", … or "1" for a plain number)')
            return None
        if self.record_only:
            raise LimitError("either a limit or record_only = true, not both")
        exact = float(self.equals) if type(self.equals) is int else self.equals
        limit = Limit(
            comparator=self.comparator or self._usual_comparator(),
            low=self.low,
            high=self.high,
            equals=exact,
        )
        check_limit(limit, kind, self.uom)
        return limit

    def _usual_comparator(self) -> Comparator:
        if self.equals is not None:
            return Comparator.EQ
        if self.low is not None and self.high is not None:
            return Comparator.GELE
        return Comparator.LE if self.low is None else Comparator.GE


class StepSpec(_Strict):
    """One step: an action of an instrument, called with arguments, and what to do with what it returns.

    settle_s: waited before the action; deadline_s: after it the session is given up
    """

    name: Label
    instrument: str
    action: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    measure: MeasureSpec | None = None
    settle_s: float = Field(default=0.0, ge=0, le=3600)
    deadline_s: float = Field(default=5.0, gt=0, le=3600)


class PlanHead(_Strict):
    """Which plan this is, and of which part and operation."""

    name: Name
    version: str = Field(min_length=1, max_length=40)
    part_number: Name
    operation: Name
    after_fail: Literal["go_on", "stop"] = "go_on"


class PlanFile(_Strict):
    """A plan's file, whole."""

    plan: PlanHead
    setup: list[StepSpec] = Field(default_factory=list, max_length=MAX_STEPS)
    main: list[StepSpec] = Field(min_length=1, max_length=MAX_STEPS)
    teardown: list[StepSpec] = Field(default_factory=list, max_length=MAX_STEPS)

    def steps(self) -> list[tuple[Group, int, StepSpec]]:
        """Give all steps in their order, each with its group and its index in it."""
        groups: tuple[tuple[Group, list[StepSpec]], ...] = (
            ("setup", self.setup),
            ("main", self.main),
            ("teardown", self.teardown),
        )
        return [(group, index, step) for group, steps in groups for index, step in enumerate(steps)]
