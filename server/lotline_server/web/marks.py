"""The marks of what the server knows beyond outcomes: statuses of units, states of stations and lots."""

from lotline_contract.look import MARKS, N_, Mark

STATUSES: dict[str, Mark] = {
    "planned": Mark(meaning="neutral", glyph="hourglass", word=N_("Planned")),
    "in_progress": Mark(meaning="neutral", glyph="dot", word=N_("In progress")),
    "completed": Mark(meaning="passed", glyph="check", word=N_("Completed")),
    "failed": Mark(meaning="failed", glyph="cross", word=N_("Failed")),
    "scrapped": Mark(meaning="attention", glyph="blocked", word=N_("Scrapped")),
}
"""By a unit's status, in the order in which they are shown."""

REWORKED = Mark(meaning="neutral", glyph="hourglass", word=N_("To test again"))
HELD = Mark(meaning="attention", glyph="hand", word=N_("On hold"))
ORDERS: dict[str, Mark] = {
    "draft": Mark(meaning="neutral", glyph="skip", word=N_("Draft")),
    "sent": Mark(meaning="neutral", glyph="dot", word=N_("Sent")),
    "confirmed": Mark(meaning="neutral", glyph="dot", word=N_("Confirmed")),
    "partly_received": Mark(meaning="attention", glyph="hourglass", word=N_("Partly received")),
    "received": Mark(meaning="passed", glyph="check", word=N_("Received")),
    "cancelled": Mark(meaning="neutral", glyph="blocked", word=N_("Cancelled")),
}
"""By a purchase order's status, in the order of its life."""
LATE = Mark(meaning="attention", glyph="warning", word=N_("Late"))
SHORT = Mark(meaning="failed", glyph="cross", word=N_("Short"))

LOT_OPEN = Mark(meaning="neutral", glyph="dot", word=N_("Open"))
LOT_CLOSED = Mark(meaning="neutral", glyph="square", word=N_("Closed"))
LOT_DONE = Mark(meaning="passed", glyph="check", word=N_("Completed"))

STATION_HEARD = Mark(meaning="passed", glyph="check", word=N_("Connected"))
STATION_BEHIND = Mark(meaning="attention", glyph="hourglass", word=N_("Behind"))
STATION_SILENT = Mark(meaning="fault", glyph="warning", word=N_("Silent"))
STATION_UNPAIRED = Mark(meaning="neutral", glyph="skip", word=N_("Not paired"))


def status_mark(status: str) -> Mark:
    """Give the mark of a unit's status; `on_hold` stands for a unit that is held, whatever its status."""
    return HELD if status == "on_hold" else STATUSES[status]


def order_mark(status: str) -> Mark:
    """Give the mark of a purchase order's status."""
    return ORDERS[status]


def outcome_mark(outcome: str) -> Mark:
    """Give the mark of an outcome by its name."""
    return MARKS[outcome]


def lot_mark(*, is_open: bool, completed: int, target: int) -> Mark:
    """Give the mark of a lot."""
    if completed >= target:
        return LOT_DONE
    return LOT_OPEN if is_open else LOT_CLOSED
