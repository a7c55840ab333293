"""The seams of the station: what the rooms of the agent ask of each other, and nothing more.

The views are what a person may see at the station. They are frozen: a new state is a new object.
"""

from typing import Literal, Protocol

import msgspec

from lotline_contract.outcome import Outcome

Phase = Literal["STARTING", "READY", "RUNNING", "PASS", "FAIL", "ERROR", "ABORTED", "NOT_RECORDED", "BLOCKED"]
"""What the station says at three metres.

STARTING: instruments are being identified. BLOCKED: no run may start (the notice says why).
NOT_RECORDED: a run ended and could not be kept; the unit must not leave the fixture.
"""


class _View(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of what is seen."""


class Row(_View, frozen=True):
    """One measurement, or one step that took none.

    value, limits: texts ready to be shown, without uom; None where there is none
    number, low, high: in the row's uom, for the bar that shows where a value sits and for the words that say
        how far it is off; None where there is none. Finite: an overrange has a message instead
    message: one sentence for a row that is not PASS, shown where no distance can be told; None otherwise
    """

    name: str
    outcome: Outcome
    value: str | None = None
    uom: str | None = None
    limits: str | None = None
    number: float | None = None
    low: float | None = None
    high: float | None = None
    message: str | None = None


class RunView(_View, frozen=True):
    """The run on the screen: running, or the last one until the next scan.

    elapsed_s: at the moment the view was made. expected_s: from earlier runs; None for the plan's first
    step_number: 1-based number of the current (or last) step
    """

    serial_number: str
    step_number: int
    step_count: int
    step_name: str
    elapsed_s: float
    expected_s: float | None
    rows: tuple[Row, ...]


class LotView(_View, frozen=True):
    """How far a lot is, as the station last knew it (with its own runs on top)."""

    lot: str
    target: int
    completed: int
    in_progress: int
    failed: int


class LastUnit(_View, frozen=True):
    """A unit that was tested here. at: ISO 8601, UTC."""

    serial_number: str
    outcome: Outcome
    at: str


class SyncView(_View, frozen=True):
    """How the records travel. text: the badge's words ("all sent", "42 waiting, server away since 02:10")."""

    state: Literal["sent", "sending", "away", "refused", "unpaired", "local"]
    waiting: int
    parked: int
    text: str


class Notice(_View, frozen=True):
    """One sentence for the operator, shown until the next scan. refused: a scan that started nothing."""

    kind: Literal["refused", "info", "alarm"]
    text: str


class StationView(_View, frozen=True):
    """Everything on the operator's screen. version grows with every change.

    instruction: what to do with the unit, or what to do next: one sentence, never the verdict's word again
    run: None before the first scan. lot: None where no lot is known
    today_units, today_first_pass: units first counted today at this station, and how many of them passed
    """

    version: int
    phase: Phase
    instruction: str
    station: str
    operator: str | None
    plan: str
    plan_version: str
    part_number: str
    operation: str
    sync: SyncView
    lot: LotView | None = None
    run: RunView | None = None
    notice: Notice | None = None
    last_units: tuple[LastUnit, ...] = ()
    today_units: int = 0
    today_first_pass: int = 0


class Screen(Protocol):
    """What the panel shows and where its scans go."""

    def view(self) -> StationView:
        """Give what is to be seen now."""

    def wait_for_change(self, seen_version: int, timeout_s: float) -> StationView:
        """Block until the version differs from the one seen, or the time is up; give what is to be seen."""

    def scan(self, text: str) -> None:
        """Hand over a scan exactly as it came. Returns at once; the answer is the next view."""
