"""Statuses, kinds and consumption points of lots in the words of the pages."""

from lotline_contract.look import N_, Mark

STATUS_MARKS: dict[str, Mark] = {
    "planned": Mark(meaning="neutral", glyph="hourglass", word=N_("Planned")),
    "released": Mark(meaning="neutral", glyph="skip", word=N_("Released")),
    "in_production": Mark(meaning="neutral", glyph="dot", word=N_("In production")),
    "on_hold": Mark(meaning="attention", glyph="hand", word=N_("On hold")),
    "completed": Mark(meaning="passed", glyph="check", word=N_("Completed")),
    "closed_short": Mark(meaning="neutral", glyph="square", word=N_("Closed short")),
    "cancelled": Mark(meaning="neutral", glyph="blocked", word=N_("Cancelled")),
}
"""By status, in the order of a lot's life."""

KINDS: dict[str, str] = {
    "built_here": N_("Built here"),
    "built_outside": N_("Built outside, delivered by an order"),
    "test_only": N_("Only tested, no stock"),
}
CONSUMPTIONS: dict[str, str] = {
    "completion": N_("When a unit is completed"),
    "first_run": N_("When a unit is first tested"),
    "release": N_("All of it when the lot is released"),
}
RISKS: dict[str, Mark] = {
    "overdue": Mark(meaning="attention", glyph="warning", word=N_("Overdue")),
    "will_miss": Mark(meaning="attention", glyph="warning", word=N_("Will be late")),
    "standing": Mark(meaning="attention", glyph="warning", word=N_("Standing still")),
}
EVENTS: dict[str, str] = {
    "status": N_("Status"),
    "target": N_("Target"),
    "priority": N_("Priority"),
    "project": N_("Project"),
    "notes": N_("Notes"),
    "customer_order": N_("Customer order"),
    "planned_start": N_("Planned start"),
    "planned_end": N_("Due"),
    "kind": N_("Kind"),
    "consumption": N_("Material leaves stock"),
    "location": N_("Location"),
}
"""What of a lot an event is about."""
