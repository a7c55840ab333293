"""What the band says in each phase, and how a view reads before any script has run."""

import re
from typing import Literal

from lotline_agent.ports import Phase, StationView
from lotline_contract.look import Mark

Band = Phase | Literal["REFUSED"]
"""A phase, or a scan that started nothing, while no run is on the screen."""

BANDS: dict[Band, Mark] = {
    "STARTING": Mark(meaning="neutral", glyph="hourglass", word="STARTING"),
    "READY": Mark(meaning="neutral", glyph="scan", word="Scan a unit"),
    "RUNNING": Mark(meaning="neutral", glyph="dot", word="RUNNING"),
    "PASS": Mark(meaning="passed", glyph="check", word="PASS"),
    "FAIL": Mark(meaning="failed", glyph="cross", word="FAIL"),
    "ERROR": Mark(meaning="fault", glyph="warning", word="ERROR"),
    "ABORTED": Mark(meaning="attention", glyph="square", word="ABORTED"),
    "NOT_RECORDED": Mark(meaning="failed", glyph="hand", word="NOT RECORDED"),
    "BLOCKED": Mark(meaning="attention", glyph="blocked", word="BLOCKED"),
    "REFUSED": Mark(meaning="attention", glyph="warning", word="NOT STARTED"),
}


def band_name(view: StationView) -> Band:
    """Name the band of a view: its phase, or REFUSED where a refused scan is all there is to say."""
    if view.phase == "READY" and view.notice is not None and view.notice.kind == "refused":
        return "REFUSED"
    return view.phase


def band(view: StationView) -> Mark:
    """Give the glyph, word and meaning of a view's band."""
    return BANDS[band_name(view)]


def band_serial(view: StationView) -> str:
    """Give the serial number that stands on the band; empty where the band speaks of no run."""
    if view.run is None or band_name(view) in {"STARTING", "READY", "RUNNING", "REFUSED"}:
        return ""
    return view.run.serial_number


def instruction(view: StationView) -> str:
    """Give what to do; empty where that is to wait, or where the word has said it already."""
    if view.phase == "RUNNING" or _bare(view.instruction) == _bare(band(view).word):
        return ""
    return view.instruction


def _bare(text: str) -> str:
    return re.sub(r"[\s.!]+", " ", text.lower()).strip()


def first_pass_yield(view: StationView) -> str:
    """Say today's first-pass yield in per cent; an en dash where no unit was counted yet.

    Rounded down to a tenth: 99.97 % never reads as 100.
    """
    if view.today_units == 0:
        return "–"
    return f"{1000 * view.today_first_pass // view.today_units / 10:.1f} %"
