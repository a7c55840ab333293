"""Labels: what is printed is read back by a decoder that is not ours, from the PDF's own vectors."""

import re
import zlib
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.conftest import Served
from tests.server.making import run

from lotline_server.core.errors import Invalid
from lotline_server.labels.layout import MIN_LINEAR, MIN_MATRIX, arrange
from lotline_server.labels.papers import PAPERS
from lotline_server.labels.pdf import MAX_LABELS, Label, labels_pdf
from lotline_server.labels.symbols import CODES, Code, encode

AT = datetime(2026, 11, 23, tzinfo=UTC)
POINT = 25.4 / 72
DPI = 300
RECTANGLE = re.compile(rb"(-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) re f")
FORMATS = {
    "code128": zxingcpp.BarcodeFormat.Code128,
    "datamatrix": zxingcpp.BarcodeFormat.DataMatrix,
    "qr": zxingcpp.BarcodeFormat.QRCode,
}


def pages(pdf: bytes) -> list[list[tuple[float, float, float, float]]]:
    """Give the filled rectangles of each page: (left, bottom, right, top) in mm."""
    found = []
    for stream in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        try:
            content = zlib.decompress(stream)
        except zlib.error:
            continue
        boxes = []
        for x, y, width, height in (map(float, each) for each in RECTANGLE.findall(content)):
            boxes.append((x * POINT, (y + height) * POINT, (x + width) * POINT, y * POINT))
        if boxes:
            found.append(boxes)
    return found


def drawn(boxes: list[tuple[float, float, float, float]], width: float, height: float) -> Any:
    """Put a page on a printer's dots: black where a dot's middle is covered."""
    dots = DPI / 25.4
    page = np.full((round(height * dots), round(width * dots)), 255, np.uint8)
    for left, bottom, right, top in boxes:
        rows = slice(round((height - top) * dots), round((height - bottom) * dots))
        page[rows, round(left * dots) : round(right * dots)] = 0
    return page


def read(pdf: bytes, width: float, height: float) -> list[tuple[str, Any]]:
    """Give (text, format) of every code on every page."""
    return [
        (each.text, each.format)
        for boxes in pages(pdf)
        for each in zxingcpp.read_barcodes(drawn(boxes, width, height), try_rotate=False)
    ]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("size", PAPERS)
def test_what_is_printed_is_read_back(code: Code, size: str) -> None:
    """Every code on every paper, with as much text as fits; or it is refused with what to do."""
    paper = PAPERS[size]
    serials = [f"GW2-{number:06d}" for number in range(1, 4)]
    texts = ("GW2", "L1")
    for lines in (2, 1, 0):
        labels = [Label(code=each, lines=(each, *texts)[:lines]) for each in serials]
        try:
            pdf = labels_pdf(labels, paper, code, dpi=DPI, at=AT)
        except Invalid:
            continue
        found = read(pdf, paper.page_width, paper.page_height)
        assert sorted(found, key=str) == [(each, FORMATS[code]) for each in serials]
        return
    assert code == "code128"
    assert paper.width <= 20


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20),
    st.sampled_from(CODES),
    st.sampled_from(["100x50", "a4-24"]),
)
def test_any_serial_number_is_read_back(text: str, code: Code, size: str) -> None:
    """Or it is refused; it never becomes another one."""
    paper = PAPERS[size]
    try:
        pdf = labels_pdf([Label(code=text, lines=(text,))], paper, code, dpi=DPI, at=AT)
    except Invalid:
        assert code == "code128"
        return
    assert read(pdf, paper.page_width, paper.page_height) == [(text, FORMATS[code])]


@given(st.text(min_size=1, max_size=64), st.sampled_from(CODES))
def test_a_text_becomes_its_code_or_is_refused(text: str, code: Code) -> None:
    """Whatever it holds; QR takes all of it."""
    try:
        symbol = encode(code, text)
    except Invalid:
        assert code != "qr"
        return
    modules = np.full((symbol.height + 2 * symbol.quiet, symbol.width + 2 * symbol.quiet), 255, np.uint8)
    for row, runs in enumerate(symbol.rows):
        for first, many in runs:
            modules[symbol.quiet + row, symbol.quiet + first : symbol.quiet + first + many] = 0
    rows = 40 if symbol.linear else 1
    found = zxingcpp.read_barcodes(np.kron(modules, np.full((4 * rows, 4), 1, np.uint8)), try_rotate=False)
    assert [each.bytes for each in found] in (
        [text.encode()],
        [text.encode("iso8859-1", "replace")],
        [text.encode("shift-jis", "replace")],
    )


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("size", PAPERS)
def test_modules_are_whole_dots_and_the_quiet_zone_is_kept(code: Code, dpi: int, size: str) -> None:
    """Nothing stands in it, and the code with it lies inside the label."""
    paper, symbol = PAPERS[size], encode(code, "GW2-000001")
    try:
        layout = arrange(paper, symbol, 2, dpi)
    except Invalid:
        return
    dots = layout.module / (25.4 / dpi)
    assert abs(dots - round(dots)) < 1e-6
    assert layout.module >= (MIN_LINEAR if symbol.linear else MIN_MATRIX)
    zone = symbol.quiet * layout.module - 1e-9
    right = layout.code_x + symbol.width * layout.module
    assert layout.code_x >= zone
    assert right + zone <= paper.width
    if symbol.linear:
        assert layout.text_y >= layout.code_y + layout.code_height
        assert layout.code_height >= 5
    else:
        bottom = layout.code_y + layout.code_height
        assert layout.code_y >= zone
        assert bottom + zone <= paper.height
        assert layout.text_x >= right + zone or layout.text_y >= bottom + zone
    assert layout.text_x + layout.text_width <= paper.width
    assert layout.text_y + 2 * layout.text_size * 1.25 <= paper.height


def test_a_sheet_that_is_partly_used_goes_on_and_pages_follow() -> None:
    """Labels to skip are left white; the last page has the rest."""
    paper = PAPERS["a4-24"]
    labels = [Label(code=f"A{number:03d}", lines=()) for number in range(30)]
    pdf = labels_pdf(labels, paper, "datamatrix", skip=20, at=AT)
    assert [len(re.findall("A", "".join(text))) for text in _codes(pdf, paper)] == [4, 24, 2]
    first = pages(pdf)[0]
    assert min(paper.page_height - top for _, _, _, top in first) > 6 * paper.height
    for skip in (24, -1):
        with pytest.raises(Invalid, match="cannot be skipped"):
            labels_pdf(labels, paper, "qr", skip=skip, at=AT)


def _codes(pdf: bytes, paper: Any) -> list[list[str]]:
    return [
        [each.text for each in zxingcpp.read_barcodes(drawn(boxes, paper.page_width, paper.page_height))]
        for boxes in pages(pdf)
    ]


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (Label(code="漢字", lines=("漢字",)), "no letter for"),
        (Label(code="W" * 60, lines=("W" * 60,)), "does not fit"),
    ],
)
def test_what_a_label_cannot_show_whole_is_refused(label: Label, said: str) -> None:
    """A serial number is never cut; a long name is."""
    with pytest.raises(Invalid, match=said):
        labels_pdf([label], PAPERS["20x20"], "qr", at=AT)
    labels_pdf([Label(code="A1", lines=("A1", "W" * 200))], PAPERS["20x20"], "qr", at=AT)


def test_too_many_labels_are_refused() -> None:
    """A PDF is bounded."""
    label = Label(code="A1", lines=())
    for labels in ([], [label] * (MAX_LABELS + 1)):
        with pytest.raises(Invalid, match="1 to 1000 labels"):
            labels_pdf(labels, PAPERS["50x25"], "qr", at=AT)


def test_a_lots_labels_come_as_pdf(served: Served) -> None:
    """All of them, those of a status, those that are named, and those behind one."""
    served.station().send(run("GW2-000002"))

    def printed(**params: Any) -> list[str]:
        answer = served.client.get("/api/v1/lots/L1/labels.pdf", params=params)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/pdf"
        return sorted(text for text, _ in read(answer.content, 50, 25))

    every = [f"GW2-00000{number}" for number in range(1, 6)]
    assert printed() == every
    assert printed(code="code128", line=["serial_number", "lot"], text="with care") == every
    assert printed(code="qr", status="completed") == ["GW2-000002"]
    assert printed(serial_number=["GW2-000005", "GW2-000001"]) == ["GW2-000001", "GW2-000005"]
    assert printed(after="GW2-000002", limit=2) == ["GW2-000003", "GW2-000004"]
    assert printed(prefix="GW2-000004") == ["GW2-000004"]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"code": "ean13"}, 422), ({"size": "1x1"}, 422), ({"line": "secret"}, 422), ({"dpi": 72}, 422),
        ({"skip": 1}, 422), ({"limit": 0}, 422), ({"limit": 1001}, 422), ({"text": "x" * 61}, 422),
        ({"text": "漢"}, 422), ({"serial_number": "GW2-999999"}, 404), ({"status": "failed"}, 422),
        ({"prefix": "%"}, 422), ({"serial_number": ["GW2-000001", "GW2-000001"]}, 422),
    ],
)  # fmt: skip
def test_labels_that_cannot_be_are_refused(standing: Served, params: Any, status: int) -> None:
    """With a sentence."""
    answer = standing.client.get("/api/v1/lots/L1/labels.pdf", params=params)
    assert answer.status_code == status, answer.text
    assert answer.json()["message"]
