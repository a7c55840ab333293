"""Lines of an order from a table, and the order on paper."""

import re
import zlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import Served
from tests.server.production.buying import fill, order, post

from lotline_server.core.errors import Invalid
from lotline_server.core.quantity import cost
from lotline_server.purchasing.importing import MAX_LINES, read_rows
from lotline_server.purchasing.paper import order_pdf, printable
from lotline_server.purchasing.queries import OrderLineRow, OrderRow
from lotline_server.purchasing.supplier_queries import SupplierRow
from lotline_server.web.shown import cents, money

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
AMOUNTS = st.integers(0, 10**15).map(lambda micro: Decimal(micro) / 10**6)


@pytest.fixture(scope="module")
def shown(standing: Served) -> Served:
    """Give one with a draft and a sent order to all tests that only show it bad input."""
    fill(standing)
    order(standing, "PO-1", status="draft")
    order(standing, "PO-2", ("R1", "10"))
    return standing


def imported(served: Served, table: str, number: str = "PO-1", *, add: bool = True) -> tuple[int, Any]:
    """Post a table."""
    path = f"/api/v1/purchase-orders/{number}/lines/import"
    answer = served.client.post(path, json={"table": table, "add": add})
    return answer.status_code, answer.json()


def test_a_table_becomes_lines_all_or_none(served: Served) -> None:
    """Looked at first; a German spreadsheet's comma is a point; a row that cannot be added keeps all out."""
    fill(served)
    order(served, "PO-1", status="draft")
    table = "Teilenummer;Menge;Preis;Liefertermin\nR1;12;0,0125;2026-12-01\n\nWIRE;2,5;;\n"
    status, seen = imported(served, table, add=False)
    assert (status, seen["added"]) == (201, 0)
    assert [(each["part_number"], each["quantity"], each["price"]) for each in seen["rows"]] == [
        ("R1", "12", "0.0125"), ("WIRE", "2.5", None),
    ]  # fmt: skip
    assert imported(served, table + "R1;0,5;;\n")[0] == 422
    assert served.get("/purchase-orders/PO-1")["lines"] == []
    assert imported(served, table)[1]["added"] == 2
    lines = [each["line"] for each in served.get("/purchase-orders/PO-1")["lines"]]
    assert [(each["part_number"], each["quantity"], each["estimated_delivery"]) for each in lines] == [
        ("R1", "12", "2026-12-01"), ("WIRE", "2.5", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "empty"), ("part\nR1\n", "quantity is missing"), ("part,quantity\n", "no row"),
        ("part,quantity,qty\nR1,1,1\n", "two columns"), ('part,quantity\n"R1,1\n', "not readable"),
        ("part,quantity\nnone,1\n", "does not exist"), ("part,quantity\nR1,1e3\n", "plain decimal"),
        ("part,quantity\nR1,0\n", "more than 0"), ("part,quantity,price\nR1,1,-1\n", "not less than 0"),
        ("part,quantity,delivery\nR1,1,soon\n", "a day such as"), ("part,quantity\nR1\n", "plain decimal"),
        ("part,quantity\n" + "R1,1\n" * (MAX_LINES + 1), "at most 1000 rows"),
        ("part;quantity\nR1;1.250\n", "may set thousands apart: write 1250"),
        ("part\tquantity\nR1\t1,250\n", "may set thousands apart: write 1250"),
        ("part;quantity;price\nR1;1;12.500\n", "may set thousands apart: write 12500"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_lines_is_refused(shown: Served, table: str, said: str) -> None:
    """With a sentence, and nothing is added."""
    status, answer = imported(shown, table)
    assert (status, said in answer["message"]) == (422, True), answer
    assert shown.get("/purchase-orders/PO-1")["lines"] == []


def test_only_a_draft_takes_a_table(shown: Served) -> None:
    """Looking at one is refused, too."""
    for add in (True, False):
        assert imported(shown, "part,quantity\nR1,1\n", "PO-2", add=add)[0] == 409


@given(st.text(max_size=200))
def test_any_text_is_a_table_or_refused(text: str) -> None:
    """And nothing else happens."""
    try:
        rows = read_rows(text)
    except Invalid:
        return
    assert rows


def text_of(pdf: bytes) -> list[str]:
    """Read the pieces of text of a PDF that we wrote, sheet by sheet."""
    found = []
    for stream in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        try:
            plain = zlib.decompress(stream)
        except zlib.error:
            continue
        found += [
            re.sub(rb"\\(.)", rb"\1", piece).decode("windows-1252")
            for piece in re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", plain, re.DOTALL)
        ]
    return found


def test_the_paper_says_what_the_order_says(served: Served) -> None:
    """Every line, its amount and the total; a line without a price is named."""
    fill(served)
    order(served, "PO-1", status="draft", notes="By air, please.")
    post(served, "/purchase-orders/PO-1/lines", part_number="R1", quantity=1200, price="0.0125",
         estimated_delivery="2026-12-01")  # fmt: skip
    post(served, "/purchase-orders/PO-1/lines", part_number="WIRE", quantity="2.5")
    answer = served.client.get("/api/v1/purchase-orders/PO-1/order.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    found = text_of(answer.content)
    for wanted in ("Purchase order PO-1", "ACME", "sales@acme.example", "R1", "1,200 pcs", "0.0125", "15.00",
                   "2.5 m", "15.00 EUR", "By air, please."):  # fmt: skip
        assert wanted in found, wanted
    assert "Draft, not sent. 2026-11-23, prices in EUR" in found
    assert "1 of 2 lines have no price yet and are not in the total." in found
    assert served.client.get("/api/v1/purchase-orders/none/order.pdf").status_code == 404


def paper(lines: int = 1, **given: Any) -> bytes:
    """Draw an order with whatever names."""
    values: dict[str, Any] = {
        "id": 1, "order": "PO-1", "status": "sent", "supplier": "S", "currency": "EUR", "part_number": "R1",
        "name": "Resistor", "uom": "pcs", "quantity": Decimal(3), "price": Decimal("0.5"),
        "received": Decimal(0), "estimated_delivery": None, "actual_delivery": None,
        "promised_delivery": None,
    }  # fmt: skip
    text = given.pop("text", "S")
    head = OrderRow(
        id=1, number="PO-1", supplier=text, project=None, status="sent", currency="EUR", notes=text,
        created_at=AT, lines=lines, open_lines=lines, next_delivery=None,
    )  # fmt: skip
    seller = SupplierRow(
        id=1, name=text, contact=text, currency="EUR", active=True, created_at=AT, lead_time_days=None
    )
    rows = [OrderLineRow(**(values | {"position": at} | given)) for at in range(1, lines + 1)]
    return order_pdf(head, rows, seller, day=date(2026, 11, 23), at=AT)


def test_a_long_order_goes_on_with_its_head_on_each_sheet() -> None:
    """No line is cut by the end of a sheet, and none is lost."""
    found = text_of(paper(lines=100))
    assert found.count("R1") == 100
    assert found.count("Quantity") == found.count("Amount") > 3
    assert "150.00 EUR" in found


@given(st.text(max_size=60))
def test_any_text_can_be_printed(text: str) -> None:
    """In letters that the font has, line by line as it was."""
    shown = printable(text)
    shown.encode("windows-1252")
    assert shown.count("\n") >= text.count("\n") - text.count("\r\n")


@pytest.mark.parametrize(
    "text", ["Łódź ∆ 漢字", "<img src=x onerror=alert(1)>", "(\\) Tj ET", "W" * 3000, "**b** \x00"]
)
def test_hostile_text_stays_text_on_paper(text: str) -> None:
    """Whatever a supplier or a part is called."""
    found = paper(text=text[:200], part_number=text[:64], name=text[:200])
    assert found.startswith(b"%PDF-")
    assert printable(text[:20]) in "".join(text_of(found))


def test_letters_that_the_font_lacks_lose_their_accent_or_become_a_mark() -> None:
    """Never an error, never another letter."""
    assert printable("Café Łódź Zażółć 漢") == "Café ?ódz Zazó?c ?"


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=20))
def test_a_cost_is_exact(lines: list[tuple[Decimal, Decimal]]) -> None:
    """In whole numbers, by another way."""
    whole = sum(int(quantity * 10**6) * int(price * 10**6) for quantity, price in lines)
    found = cost(lines)
    sign, digits, exponent = found.as_tuple()
    assert isinstance(exponent, int)
    assert sign == 0
    assert int("".join(map(str, digits))) * 10 ** (12 + exponent) == whole


@pytest.mark.parametrize(
    ("value", "text"),
    [("0", "0.00 EUR"), ("920", "920.00 EUR"), ("0.0042", "0.0042 EUR"), ("1234567.5", "1 234 567.50 EUR"),
     ("1000000000000000000.000000000001", "1 000 000 000 000 000 000.000000000001 EUR")],
)  # fmt: skip
def test_money_has_its_currency_and_every_digit(value: str, text: str) -> None:
    """And at least two behind the point."""
    assert money(Decimal(value), "EUR").replace("\u202f", " ").replace("\u00a0", " ") == text
    assert cents(Decimal(value)) == Decimal(value)
