"""A unit's traveler as a PDF: text in a font of this machine, waveforms drawn as lines."""

import re
from collections.abc import Sequence
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from lotline_contract.look import N_, Mark
from lotline_server.units.genealogy import Node
from lotline_server.web import marks, outline, shown
from lotline_server.web.language import Language
from lotline_server.web.pdf_fonts import FontFiles, Writing, find_font
from lotline_server.web.run_view import RunView, Value, Waveform
from lotline_server.web.traveler import Line, Traveler
from lotline_server.web.unit_words import event_words

_MARGIN = 15.0
_WIDTH = 210.0 - 2 * _MARGIN
_INK, _QUIET, _LINE = (23, 26, 33), (92, 101, 117), (205, 210, 218)
_ACCENT = (31, 94, 220)
_COLOURS = {
    "passed": (17, 114, 62), "failed": (178, 24, 32), "attention": (140, 84, 0), "fault": (112, 48, 168),
    "neutral": _QUIET,
}  # fmt: skip
_WAVE_HEIGHT = 38.0
_POINT = re.compile(r"[ML]([-\d.]+) ([-\d.]+)")


class _Sheet(FPDF):
    """Pages with a foot that says which unit this is. written: how its text is made safe."""

    def __init__(self, language: Language, serial_number: str, files: FontFiles | None) -> None:
        super().__init__(unit="mm", format="A4")
        self.language = language
        self.writing = Writing(self, files)
        self._foot = serial_number
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(True, margin=18)

    def say(self, text: str, **values: object) -> str:
        """Give a sentence in the reader's language, ready to be drawn."""
        return self.writing.safe(self.language.say(text, **values))

    def face(self, size: float, *, bold: bool = False, colour: tuple[int, int, int] = _INK) -> None:
        """Choose how the next text is drawn."""
        self.set_font(self.writing.family, "B" if bold else "", size)
        self.set_text_color(*colour)

    def line_of(self, text: str, height: float = 5.0) -> None:
        """Write a paragraph over the whole width. text: safe already."""
        self.multi_cell(_WIDTH, height, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def footer(self) -> None:
        """Write the foot."""
        self.set_y(-12)
        self.face(8, colour=_QUIET)
        foot = self.writing.safe(self._foot)
        if not self.writing.is_full:
            foot += " · " + self.say("No font with all letters was found: others are written as codes.")
        self.cell(_WIDTH * 0.8, 5, foot, align="L")
        self.cell(_WIDTH * 0.2, 5, f"{self.page_no()} / {{nb}}", align="R")


def draw_traveler(
    traveler: Traveler, route: Sequence[Line], language: Language, *, at: datetime, files: FontFiles | None
) -> bytes:
    """Draw a traveler. route: its operations. files: the font; None for the letters of western languages."""
    unit = traveler.found.unit
    pdf = _Sheet(language, unit.serial_number, files)
    pdf.set_title(pdf.say("Traveler %(serial)s", serial=unit.serial_number))
    pdf.set_creation_date(at)
    pdf.add_page()
    _head(pdf, traveler, at)
    _route(pdf, route)
    for run in traveler.runs:
        _run(pdf, run)
    if not traveler.runs:
        pdf.face(10)
        pdf.line_of(pdf.say("Nothing was measured on this unit."))
    _assembly(pdf, traveler)
    _events(pdf, traveler)
    _attachments(pdf, traveler)
    return bytes(pdf.output())


def draw(traveler: Traveler, route: Sequence[Line], language: Language, *, at: datetime) -> bytes:
    """Draw a traveler in the best font this machine has."""
    return draw_traveler(traveler, route, language, at=at, files=find_font())


def _head(pdf: _Sheet, traveler: Traveler, at: datetime) -> None:
    unit, safe = traveler.found.unit, pdf.writing.safe
    pdf.face(20, bold=True)
    pdf.line_of(safe(unit.serial_number), 9)
    mark = marks.status_mark(unit.status)
    pdf.face(11, bold=True, colour=_COLOURS[mark.meaning])
    pdf.line_of(pdf.say(mark.word), 6)
    if unit.hold is not None:
        pdf.face(10, bold=True, colour=_COLOURS["attention"])
        pdf.line_of(pdf.say("On hold, every station refuses it: %(why)s", why=unit.hold))
    pdf.face(10, colour=_QUIET)
    lot = pdf.say("in no lot") if unit.lot is None else f"{pdf.say('lot')} {safe(unit.lot)}"
    pdf.line_of(f"{safe(unit.part_number)} {safe(traveler.part_name)} · {lot}")
    if unit.completed_at is not None:
        pdf.line_of(f"{pdf.say('completed')} {safe(shown.exact(unit.completed_at))}")
    pdf.line_of(pdf.say("as of %(moment)s", moment=shown.exact(at)))
    pdf.ln(2)


def _heading(pdf: _Sheet, text: str) -> None:
    if pdf.get_y() > 260:
        pdf.add_page()
    pdf.ln(4)
    pdf.face(12, bold=True)
    pdf.line_of(text, 6)
    pdf.set_draw_color(*_LINE)
    pdf.line(_MARGIN, pdf.get_y(), _MARGIN + _WIDTH, pdf.get_y())
    pdf.ln(1.5)


def _route(pdf: _Sheet, route: Sequence[Line]) -> None:
    if not route:
        return
    _heading(pdf, pdf.say("Route"))
    for each in route:
        pdf.set_fill_color(*_COLOURS[each.mark.meaning])
        pdf.circle(_MARGIN + 1.6, pdf.get_y() + 2.5, 1.5, style="F")
        pdf.set_x(_MARGIN + 5)
        pdf.face(10, bold=True)
        pdf.cell(45, 5, pdf.writing.safe(each.name))
        pdf.face(10, colour=_COLOURS[each.mark.meaning])
        words = f"{pdf.say(each.mark.word)}, {pdf.writing.safe(each.detail)}"
        pdf.cell(0, 5, words, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _run(pdf: _Sheet, run: RunView) -> None:
    row, safe = run.found.row, pdf.writing.safe
    name = pdf.say("Attached by hand") if run.by_hand else safe(row.operation)
    if run.found.attempt:
        name += " " + pdf.say("attempt %(n)s", n=run.found.attempt)
    _heading(pdf, f"{name} · {pdf.say(run.mark.word)}")
    pdf.face(9, colour=_QUIET)
    who = [None if run.by_hand else row.station, row.operator, shown.exact(row.started_at)]
    who.append(None if row.purpose == "production" else row.purpose)
    pdf.line_of(safe(" · ".join(each for each in who if each)))
    for sentence in run.trouble:
        pdf.face(10, bold=True, colour=_COLOURS[run.mark.meaning])
        pdf.line_of(safe(sentence))
    if row.judged_otherwise:
        pdf.face(9, colour=_COLOURS["attention"])
        pdf.line_of(safe(row.judged_otherwise))
    if run.values:
        _values(pdf, run.values)
    for wave in run.waveforms:
        _wave(pdf, wave)
    pdf.face(8, colour=_QUIET)
    pdf.ln(1)
    pdf.line_of(safe(" · ".join(f"{label}: {text}" for label, text in run.facts)), 4)
    for each in run.found.record.instruments:
        due = f", {pdf.say('calibration due')} {safe(each.calibration_due)}" if each.calibration_due else ""
        pdf.line_of(f"{safe(each.name)}: {safe(each.identity)}{due}", 4)


def _values(pdf: _Sheet, values: Sequence[Value]) -> None:
    rows = []
    for each in values:
        name = each.name if each.step == each.name else f"{each.name} ({each.step})"
        rows.append((each.mark, name, each.spoken, each.limits, each.off))
    heads = (N_("Outcome"), N_("Measurement"), N_("Value"), N_("Limits"), N_("Off"))
    _table(pdf, heads, rows, (18, 62, 38, 38, 24))


def _table(
    pdf: _Sheet,
    heads: Sequence[str],
    rows: Sequence[Sequence[str | Mark]],
    widths: tuple[int, ...],
) -> None:
    """Draw a table. A mark is a coloured word; where it says that something is wrong the row is bold."""
    pdf.face(9)
    pdf.set_draw_color(*_LINE)
    pdf.set_fill_color(255, 255, 255)
    family = pdf.writing.family
    head = FontFace(family=family, emphasis="", size_pt=8, color=_QUIET)
    with pdf.table(
        col_widths=widths, width=_WIDTH, borders_layout="HORIZONTAL_LINES", headings_style=head,
        line_height=4.6, text_align="LEFT", padding=0.6,
    ) as table:  # fmt: skip
        title = table.row()
        for each in heads:
            title.cell(pdf.say(each))
        for cells in rows:
            first = cells[0]
            wrong = isinstance(first, Mark) and first.meaning in {"failed", "fault"}
            row = table.row()
            for cell in cells:
                is_mark = isinstance(cell, Mark)
                text = pdf.say(cell.word) if isinstance(cell, Mark) else pdf.writing.safe(cell)
                colour = _COLOURS[cell.meaning] if isinstance(cell, Mark) else _INK
                emphasis = "B" if is_mark or wrong else ""
                row.cell(text, style=FontFace(family=family, emphasis=emphasis, size_pt=9, color=colour))


def _wave(pdf: _Sheet, wave: Waveform) -> None:
    """Draw a waveform: its outline as one line, its limits dashed, its axes with few words."""
    if pdf.get_y() + _WAVE_HEIGHT + 16 > 279:
        pdf.add_page()
    safe, picture = pdf.writing.safe, wave.outline
    pdf.ln(2)
    pdf.face(9, bold=True)
    pdf.line_of(
        f"{safe(wave.name)} · {pdf.say(wave.mark.word)}" + (f" · {safe(wave.limits)}" if wave.limits else "")
    )
    if picture is None:
        pdf.face(9, colour=_QUIET)
        pdf.line_of(pdf.say("Its samples are not on this server, or none of them is a number."))
        return
    left, top, width = _MARGIN + 16, pdf.get_y() + 1, _WIDTH - 18
    down, across = _WAVE_HEIGHT / outline.HEIGHT, width / outline.WIDTH
    pdf.face(7, colour=_QUIET)
    pdf.set_line_width(0.1)
    for tick in picture.y_ticks:
        y = top + tick.at * down
        pdf.set_draw_color(*_LINE)
        pdf.line(left, y, left + width, y)
        pdf.set_xy(_MARGIN, y - 1.5)
        pdf.cell(15, 3, safe(tick.label), align="R")
    pdf.set_draw_color(*_COLOURS["failed"])
    pdf.set_line_width(0.25)
    pdf.set_dash_pattern(dash=1.5, gap=1)
    for at, _ in picture.limits:
        pdf.line(left, top + at * down, left + width, top + at * down)
    pdf.set_dash_pattern()
    pdf.set_draw_color(*_ACCENT)
    pdf.set_line_width(0.15)
    points = [(left + float(x) * across, top + float(y) * down) for x, y in _POINT.findall(picture.path)]
    pdf.polyline(points if len(points) > 1 else [*points, *points])
    for tick in picture.x_ticks:
        pdf.set_xy(left + tick.at / 100 * width - 10, top + _WAVE_HEIGHT + 0.5)
        pdf.cell(20, 3, safe(tick.label), align="C")
    pdf.set_xy(_MARGIN, top + _WAVE_HEIGHT + 4)
    words = [f"{pdf.say('along')} {picture.x_label}", f"{pdf.say('up')} {picture.y_label or '1'}"]
    pdf.line_of(safe(" · ".join([*words, *(f"{label}: {text}" for label, text in wave.facts)])), 4)
    pdf.set_line_width(0.2)


def _assembly(pdf: _Sheet, traveler: Traveler) -> None:
    tree = traveler.found.genealogy
    if tree.assemblies:
        _heading(pdf, pdf.say("Sits in"))
        rows = [
            (each.serial_number, f"{each.part_number} {each.part_name}", each.place or "",
             shown.clock_time(each.at), each.who)
            for each in tree.assemblies
        ]  # fmt: skip
        _table(pdf, (N_("Unit"), N_("Part"), N_("Place"), N_("Since"), N_("Who")), rows, (42, 60, 18, 42, 18))
    if tree.sub_units:
        _heading(pdf, pdf.say("What sits in it"))
        rows = [
            ("   " * depth + node.link.serial_number, f"{node.link.part_number} {node.link.part_name}",
             node.link.place or "", shown.clock_time(node.link.at), node.link.who)
            for depth, node in _flat(tree.sub_units)
        ]  # fmt: skip
        _table(pdf, (N_("Unit"), N_("Part"), N_("Place"), N_("Since"), N_("Who")), rows, (42, 60, 18, 42, 18))
    gone = [*tree.removed, *tree.left]
    if gone:
        _heading(pdf, pdf.say("What was before"))
        rows = [
            (each.serial_number, each.part_number, shown.clock_time(each.removed_at or each.at),
             each.removed_why or "", each.removed_by or "")
            for each in gone
        ]  # fmt: skip
        _table(pdf, (N_("Unit"), N_("Part"), N_("To"), N_("Why"), N_("Who")), rows, (38, 30, 40, 54, 18))


def _flat(nodes: Sequence[Node], depth: int = 0) -> list[tuple[int, Node]]:
    return [pair for node in nodes for pair in ((depth, node), *_flat(node.sub_units, depth + 1))]


def _events(pdf: _Sheet, traveler: Traveler) -> None:
    if traveler.found.events:
        _heading(pdf, pdf.say("What was said of it"))
        rows = [
            (shown.clock_time(each.at), event_words(each, pdf.language), each.reason or "", each.who)
            for each in traveler.found.events
        ]
        _table(pdf, (N_("When"), N_("What"), N_("Why"), N_("Who")), rows, (40, 50, 70, 20))


def _attachments(pdf: _Sheet, traveler: Traveler) -> None:
    if traveler.attachments:
        _heading(pdf, pdf.say("Attachments"))
        rows = [
            (each.name, shown.count(each.size), shown.clock_time(each.at), each.who, each.digest)
            for each in traveler.attachments
        ]
        _table(pdf, (N_("File"), N_("Bytes"), N_("When"), N_("Who"), "SHA-256"), rows, (44, 18, 38, 18, 62))
