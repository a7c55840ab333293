"""What was said of a unit, in words."""

from lotline_server.units.event_queries import UnitEventRow
from lotline_server.web.language import N_, Language

SAID = {
    "marked": N_("Marked"), "withdrawn": N_("Mark withdrawn"), "held": N_("Put on hold"),
    "released": N_("Released from hold"), "rework": N_("Opened for test again"), "scrapped": N_("Scrapped"),
    "unscrapped": N_("Taken back from scrap"), "sub_unit_added": N_("Sub-unit built in"),
    "sub_unit_removed": N_("Sub-unit taken out"), "built_in": N_("Built in"), "taken_out": N_("Taken out"),
}  # fmt: skip
"""By an event's code."""
MARKED = {"in_progress": N_("in progress"), "completed": N_("completed"), "failed": N_("failed")}
"""By a mark."""


def event_words(event: UnitEventRow, language: Language) -> str:
    """Say what an event was: "Marked completed at FCT"."""
    words = [language.say(SAID.get(event.what, event.what))]
    if event.mark is not None:
        words.append(language.say(MARKED.get(event.mark, event.mark)))
        if event.operation is not None:
            words.append(language.say("at %(operation)s", operation=event.operation))
    if event.other is not None:
        words.append(event.other)
    if event.withdrawn:
        words.append(f"({language.say('withdrawn since')})")
    return " ".join(words)
