"""A purchase order on paper, as the supplier gets it: PDF, A4, in a standard font."""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from lotline_server.core.quantity import cost
from lotline_server.purchasing.queries import OrderLineRow, OrderRow
from lotline_server.purchasing.supplier_queries import SupplierRow

_FONT = "Helvetica"
_ENCODING = "windows-1252"
_WIDTHS = (10.0, 78.0, 27.0, 28.0, 31.0)
_LINE = 5.0


def order_pdf(
    order: OrderRow, lines: Sequence[OrderLineRow], supplier: SupplierRow, *, day: date, at: datetime
) -> bytes:
    """Draw an order. What its font has no letter for is written without its accent, or as a question mark."""
    pdf = _Paper(f"Purchase order {order.number}")
    pdf.set_creation_date(at)
    pdf.add_page()
    pdf.set_font(_FONT, "B", 18)
    pdf.cell(0, 10, printable(f"Purchase order {order.number}"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_font(_FONT, "", 10)
    draft = "Draft, not sent. " if order.status == "draft" else ""
    said = f"{draft}{day.isoformat()}, prices in {order.currency}"
    pdf.cell(0, 6, said, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(4)
    pdf.set_font(_FONT, "B", 11)
    pdf.multi_cell(0, 6, printable(supplier.name), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_font(_FONT, "", 10)
    if supplier.contact:
        pdf.multi_cell(0, _LINE, printable(supplier.contact), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(5)
    pdf.head()
    for line in lines:
        pdf.line_of(line)
    pdf.ln(2)
    pdf.set_font(_FONT, "B", 10)
    total = cost((line.quantity, line.price) for line in lines if line.price is not None)
    unpriced = sum(line.price is None for line in lines)
    pdf.cell(sum(_WIDTHS[:4]), 7, "Total", align="R")
    whole = f"{_amount(total, 2)} {order.currency}"
    pdf.cell(_WIDTHS[4], 7, whole, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_font(_FONT, "", 9)
    if unpriced:
        said = f"{unpriced} of {len(lines)} lines have no price yet and are not in the total."
        pdf.cell(0, 5, said, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    if order.notes:
        pdf.ln(4)
        pdf.set_font(_FONT, "", 10)
        pdf.multi_cell(0, _LINE, printable(order.notes), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    return bytes(pdf.output())


class _Paper(FPDF):
    """A sheet with the order's name and the page at its foot."""

    def __init__(self, title: str) -> None:
        super().__init__(unit="mm", format="A4")
        self._name = printable(title)
        self.core_fonts_encoding = _ENCODING
        self.set_title(title)
        self.set_margins(18, 18, 18)
        self.set_auto_page_break(True, 20)
        self.alias_nb_pages()

    def footer(self) -> None:
        """Write the foot of each sheet."""
        self.set_y(-14)
        self.set_font(_FONT, "", 8)
        self.cell(0, 5, f"{self._name}, page {self.page_no()} of {{nb}}", align="C")

    def head(self) -> None:
        """Write the table's head."""
        self.set_font(_FONT, "B", 9)
        for width, text, align in zip(
            _WIDTHS, ("Line", "Part", "Quantity", "Price", "Amount"), ("L", "L", "R", "R", "R"), strict=True
        ):
            self.cell(width, 7, text, border="B", align=align)
        self.ln(8)

    def line_of(self, line: OrderLineRow) -> None:
        """Write one line; it is never cut by the end of a sheet."""
        if self.will_page_break(3 * _LINE):
            self.add_page()
            self.head()
        top = self.get_y()
        self.set_font(_FONT, "", 10)
        self.cell(_WIDTHS[0], _LINE, str(line.position))
        left = self.get_x()
        self.set_font(_FONT, "B", 10)
        self.cell(_WIDTHS[1], _LINE, self._cut(line.part_number, _WIDTHS[1]))
        self.set_font(_FONT, "", 10)
        price = "" if line.price is None else _amount(line.price, 2)
        amount = "" if line.price is None else _amount(cost([(line.quantity, line.price)]), 2)
        numbers = (f"{_amount(line.quantity)} {line.uom}", price, amount)
        for width, text in zip(_WIDTHS[2:], numbers, strict=True):
            self.cell(width, _LINE, printable(text), align="R")
        self.set_xy(left, top + _LINE)
        self.set_font(_FONT, "", 9)
        wanted = f", wanted on {line.estimated_delivery}" if line.estimated_delivery else ""
        self.cell(_WIDTHS[1], _LINE, self._cut(f"{line.name}{wanted}", _WIDTHS[1] + _WIDTHS[2]))
        self.set_xy(self.l_margin, top + 2 * _LINE + 2)

    def _cut(self, text: str, width: float) -> str:
        shown = printable(text)
        if self.get_string_width(shown) <= width - 2:
            return shown
        while shown and self.get_string_width(shown + "…") > width - 2:
            shown = shown[:-1]
        return shown.rstrip() + "…"


def printable(text: str) -> str:
    """Give a text in the letters that the standard font has."""
    found = []
    for letter in text.replace("\r\n", "\n").replace("\t", " "):
        for each in (letter, unicodedata.normalize("NFKD", letter)[:1], "?"):
            try:
                each.encode(_ENCODING)
            except UnicodeEncodeError:
                continue
            found.append(each)
            break
    return "".join(found)


def _amount(value: Decimal, places: int = 0) -> str:
    whole, _, rest = f"{value:f}".partition(".")
    rest = rest.ljust(places, "0")
    return f"{int(whole):,}" + (f".{rest}" if rest else "")
