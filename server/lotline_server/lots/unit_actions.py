"""What people say of units, one or many at once: marks, hold and release, rework, scrap.

Each is an event with who, when and why; no run is ever rewritten, and where a unit stands is derived again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy.engine import Connection

from lotline_server.activity.service import differing, note
from lotline_server.changes import queries as changes
from lotline_server.core.clock import to_micros
from lotline_server.core.errors import Conflict, Invalid, NotFound, Refused
from lotline_server.core.plain_text import required_text
from lotline_server.lots import unit_action_queries as queries
from lotline_server.lots.derive import rederive
from lotline_server.lots.unit_action_queries import ActionUnit
from lotline_server.units import event_queries as events
from lotline_server.units import queries as units
from lotline_server.units import service as unit_rules

UnitAction = Literal["mark", "withdraw", "hold", "release", "rework", "scrap", "unscrap"]
Mark = Literal["in_progress", "completed", "failed"]
ACTIONS: tuple[UnitAction, ...] = get_args(UnitAction)
MARKS: tuple[Mark, ...] = get_args(Mark)
MAX_REASON = 500
MAX_UNITS = 10_000

PERMISSIONS: dict[str, str] = {
    "mark": "plan", "withdraw": "plan", "hold": "decide", "release": "decide", "rework": "decide",
    "scrap": "decide", "unscrap": "decide",
}  # fmt: skip
"""What whoever asks for an action must be allowed to do."""

_EVENTS = {
    "mark": "marked", "withdraw": "withdrawn", "hold": "held", "release": "released", "rework": "rework",
    "scrap": "scrapped", "unscrap": "unscrapped",
}  # fmt: skip
_SENTENCES = {
    "mark": "was marked as {mark}{at}",
    "withdraw": "has a mark less: it was withdrawn",
    "hold": "was put on hold",
    "release": "was released from hold",
    "rework": "was opened for test again",
    "scrap": "was scrapped",
    "unscrap": "was taken back from scrap",
}
_WORDS = {"in_progress": "in progress"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """A unit after an action. hold: why it is on hold; None where it is not."""

    serial_number: str
    part_number: str
    status_before: str
    status: str
    hold: str | None


class NotAll(Conflict):
    """Some of the units cannot be treated so, and therefore none was. more: why, by serial number."""

    def __init__(self, problems: dict[str, str], of: int) -> None:
        shown = "; ".join(list(problems.values())[:5]) + (" …" if len(problems) > 5 else "")
        super().__init__(f"nothing was changed: {len(problems)} of {of} units stand in the way: {shown}")
        self.problems = problems
        self.more = {"problems": problems}


def act(
    connection: Connection,
    *,
    action: str,
    serial_numbers: Sequence[str],
    reason: str,
    at: datetime,
    who: str,
    part_number: str | None = None,
    mark: str | None = None,
    operation: str | None = None,
) -> list[Acted]:
    """Do one thing with units, all of them or none, for one reason; give each as it is afterwards.

    part_number: needed where two parts use a serial number. mark: as what they are marked. operation: where
    they are; None for the whole route

    Raises Invalid for what makes no sense; NotAll where units stand in the way, or, of a single one, NotFound
    or Conflict.
    """
    said = required_text(reason, "the reason", MAX_REASON)
    _check(action, serial_numbers, mark, operation)
    found: dict[int, ActionUnit] = {}
    problems: dict[str, Refused] = {}
    known = queries.find(connection, serial_numbers, part_number)
    for serial_number in serial_numbers:
        same = known.get(serial_number, [])
        problem = _unclear(serial_number, same) or _problem(action, same[0], operation)
        if problem is not None:
            problems[serial_number] = problem
        else:
            found[same[0].id] = same[0]
    _refuse(problems, len(serial_numbers))
    keys = list(found)
    _write(connection, action, keys, said, at=at, who=who, mark=mark, operation=operation)
    if action not in {"hold", "release"}:
        rederive(connection, keys, at=at, who=who)
    after = {unit.id: unit for unit in units.find_keys(connection, keys)}
    if action == "mark":
        for key in keys:
            problem = _without_effect(connection, found[key], after[key].status, mark or "", operation)
            if problem is not None:
                problems[found[key].serial_number] = problem
        _refuse(problems, len(serial_numbers))
    sentence = _SENTENCES[action].format(
        mark=_WORDS.get(mark or "", mark), at=f" at {operation}" if operation else ""
    )
    acted = [
        Acted(
            serial_number=unit.serial_number,
            part_number=unit.part_number,
            status_before=unit.status,
            status=after[key].status,
            hold=after[key].hold,
        )
        for key, unit in found.items()
    ]
    for unit, now in zip(found.values(), acted, strict=True):
        before, then = differing(
            {"status": unit.status, "hold": unit.hold}, {"status": now.status, "hold": now.hold}
        )
        note(
            connection,
            at=at,
            who=who,
            what=f"unit.{_EVENTS[action]}",
            subject=unit.serial_number,
            text=f"{unit.serial_number} {sentence}: {said}",
            before=before,
            after={**then, "reason": said},
        )
    changes.bump(connection, facts=True)
    return acted


def possible(connection: Connection, serial_number: str, part_number: str) -> list[str]:
    """Give the actions that are open to a unit as it is now, in the order of ACTIONS."""
    unit = queries.find(connection, [serial_number], part_number)[serial_number][0]
    return [action for action in ACTIONS if _problem(action, unit, None) is None]


def _check(action: str, serial_numbers: Sequence[str], mark: str | None, operation: str | None) -> None:
    if action not in ACTIONS:
        raise Invalid(f"action {action[:40]!r} is not one of {', '.join(ACTIONS)}")
    if not 1 <= len(serial_numbers) <= MAX_UNITS:
        raise Invalid(f"name 1 to {MAX_UNITS} serial numbers, not {len(serial_numbers)}")
    if len(set(serial_numbers)) != len(serial_numbers):
        raise Invalid("a serial number stands twice in the list")
    if action == "mark" and mark not in MARKS:
        raise Invalid(f"a mark is one of {', '.join(MARKS)}, not {str(mark)[:40]!r}")
    if action != "mark" and (mark is not None or operation is not None):
        raise Invalid(f"{action} takes neither a mark nor an operation")


def _unclear(serial_number: str, same: list[ActionUnit]) -> Refused | None:
    if not same:
        return NotFound(f"unit {serial_number[:64]} does not exist")
    if len(same) > 1:
        return Invalid(f"{serial_number} is a serial number of {len(same)} parts: say which part_number")
    return None


def _problem(action: str, unit: ActionUnit, operation: str | None) -> Refused | None:
    """Say why an action is not for a unit; None where it is."""
    name = unit.serial_number
    stands = {
        "hold": unit.hold is None or f"{name} is on hold already: {unit.hold}",
        "release": unit.hold is not None or f"{name} is not on hold",
        "rework": unit.status == "failed"
        or f"{name} is {_word(unit.status)}: only a failed unit is reworked",
        "scrap": unit.status != "scrapped" or f"{name} is scrapped already",
        "unscrap": unit.status == "scrapped" or f"{name} is not scrapped",
        "withdraw": unit.mark is not None or f"{name} has no mark that could be withdrawn",
        "mark": _may_be_marked(unit, operation),
    }[action]
    return None if stands is True else Conflict(str(stands))


def _may_be_marked(unit: ActionUnit, operation: str | None) -> str | bool:
    name = unit.serial_number
    if unit.status == "scrapped":
        return f"{name} is scrapped"
    if unit.hold is not None:
        return f"{name} is on hold: quality releases it first"
    if unit.lot is not None and not unit.lot_open:
        return f"lot {unit.lot} of {name} is {_word(unit.lot_status or '')}: its units are not worked on"
    if operation is not None and operation not in unit.route:
        return f"{operation} is not on the route of {name} ({', '.join(unit.route) or 'none'})"
    return True


def _without_effect(
    connection: Connection, unit: ActionUnit, status: str, mark: str, operation: str | None
) -> Refused | None:
    """Say why a mark would say nothing; None where it says what was meant."""
    if operation is None and status == mark:
        return None
    standing = unit_rules.standing_of(connection, unit.id, unit.way)
    wanted = {"completed": "PASS", "failed": "FAIL", "in_progress": None}[mark]
    if operation is not None and any(
        each.operation == operation and each.verdict == wanted for each in standing
    ):
        return None
    failed = [each.operation for each in standing if each.run is not None and each.verdict == "FAIL"]
    if failed:
        return Conflict(
            f"{unit.serial_number} failed a test at {', '.join(failed)}, and no mark gets past that: "
            "open it for test again (rework), or test it again"
        )
    return Conflict(
        f"{unit.serial_number} would stay {_word(status)} by its runs: a mark cannot make it {_word(mark)}"
    )


def _word(status: str) -> str:
    return status.replace("_", " ")


def _refuse(problems: dict[str, Refused], of: int) -> None:
    if problems and of == 1:
        raise next(iter(problems.values()))
    if problems:
        raise NotAll({serial: str(problem) for serial, problem in problems.items()}, of)


def _write(
    connection: Connection,
    action: str,
    keys: Sequence[int],
    reason: str,
    *,
    at: datetime,
    who: str,
    mark: str | None,
    operation: str | None,
) -> None:
    about = events.standing_marks(connection, keys) if action == "withdraw" else {}
    events.insert_events.many(
        connection,
        [
            (key, to_micros(at), who, _EVENTS[action], reason, mark, operation, about.get(key), None)
            for key in keys
        ],
    )
    match action:
        case "hold" | "release":
            units.set_hold(connection, keys, reason if action == "hold" else None)
        case "scrap" | "unscrap":
            units.set_scrapped(connection, keys, scrapped=action == "scrap")
        case _:
            pass
