"""Every list: sorting, columns, pages and CSV, all of it in the address."""

import csv
import io
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect
from starlette.requests import Request
from tests.browser import Watched
from tests.pages.conftest import Factory

from lotline_server.web.tables import Asked, Column, Table


@dataclass(frozen=True)
class Line:
    name: str
    amount: Decimal | None
    count: int | None = None


LINES: Table[Line] = Table(
    name="lines",
    row_key=lambda line: line.name,
    sort="name",
    a_page=2,
    columns=(
        Column(key="name", title="Name", value=lambda line: line.name),
        Column(key="amount", title="Amount", kind="quantity", value=lambda line: line.amount),
        Column(key="count", title="Count", kind="number", value=lambda line: line.count, chosen=False),
    ),
)


def asked(query: str) -> Asked[Line]:
    """Read what an address asks of the table."""
    scope = {
        "type": "http", "method": "GET", "path": "/lines", "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1")], "server": ("127.0.0.1", 80), "scheme": "http",
    }  # fmt: skip
    return LINES.asked(Request(scope))


@pytest.mark.parametrize(
    "query",
    ["", "sort=nothing", "columns=", "columns=nothing", "offset=-1", "offset=٣", "format=pdf", "sort=--name"],
)
def test_what_makes_no_sense_in_an_address_is_as_if_it_were_not_there(query: str) -> None:
    found = asked(query)
    assert (found.sort, found.desc, found.offset, found.limit, found.csv) == ("name", False, 0, 2, False)
    assert found.shown[0].key == "name"


def test_an_address_names_the_columns_and_the_first_one_always_stays() -> None:
    assert [each.key for each in asked("columns=count").shown] == ["name", "count"]
    assert [each.key for each in asked("columns=name&columns=count&columns=amount").shown] == [
        "name", "amount", "count",
    ]  # fmt: skip


@given(st.lists(st.one_of(st.none(), st.integers(-5, 5)), max_size=12), st.booleans())
def test_rows_without_a_value_come_last_either_way(values: list[int | None], desc: bool) -> None:
    rows = [Line(str(at), None, value) for at, value in enumerate(values)]
    ordered = [row.count for row in asked(f"sort={'-' if desc else ''}count").order(rows)]
    known = [value for value in ordered if value is not None]
    assert known == sorted(known, reverse=desc)
    assert ordered == known + [None] * (len(values) - len(known))


def test_a_click_on_a_head_sorts_and_the_next_one_turns_it_round() -> None:
    view = asked("sort=name&offset=2&columns=count").view([], matching=0, keep={"state": "all"})
    name, _, count = LINES.columns
    assert view.sorted_by(name)["sort"] == "-name"
    assert view.sorted_by(count)["sort"] == "-count"
    assert view.sorted_by(count)["state"] == "all"
    assert view.sorted_by(count)["offset"] is None
    assert view.sorted_by(count)["columns"] == "name,count"


@given(st.lists(st.decimals(min_value=-9999, max_value=9999, places=3), min_size=1, max_size=6))
def test_the_points_of_a_column_stand_above_each_other(values: list[Decimal]) -> None:
    rows = [Line("x", value.normalize()) for value in values]
    view = asked("").view(rows, matching=len(rows))
    written = [view.quantity(LINES.columns[1], row) for row in rows]
    # A figure space is as wide as a digit, a punctuation space as wide as a point.
    behind = {
        len(text) - (text.index(".") if "." in text else len(text.rstrip("\u2007\u2008"))) for text in written
    }
    assert len(behind) == 1
    for text, row in zip(written, rows, strict=True):
        plain = text.strip("\u2007\u2008").replace("\u202f", "").replace("−", "-")
        assert Decimal(plain) == row.amount


def test_csv_holds_every_row_exactly_and_guards_text() -> None:
    found = asked("format=csv&offset=2&columns=amount,count")
    assert (found.offset, found.limit) == (0, 100_000)
    rows = [Line("=1+1", Decimal("-0.5"), 7), Line("b", Decimal("1E+3")), Line("c", None, 1)]
    text = found.view(rows, matching=3).csv()
    assert list(csv.reader(io.StringIO(text))) == [
        ["name", "amount", "count"], ["'=1+1", "-0.5", "7"], ["b", "1000", ""], ["c", "", "1"],
    ]  # fmt: skip


def test_a_reader_chooses_columns_and_the_file_has_the_same(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/lots?sort=-progress")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Progress")
    page.get_by_text("Columns", exact=True).click()
    chooser = page.locator(".chooser")
    chooser.get_by_label("Project").uncheck()
    chooser.get_by_label("Target").check()
    page.get_by_role("button", name="Show").click()
    heads = page.locator("thead th")
    expect(heads.filter(has_text="Target")).to_have_count(1)
    expect(heads.filter(has_text="Project")).to_have_count(0)
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Progress")
    with page.expect_download() as loading:
        page.get_by_role("link", name="CSV").click()
    assert loading.value.suggested_filename == "lots.csv"
    with open(loading.value.path(), encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert "target" in head
    assert "project" not in head
    assert ["L1", "12"] in [[row[head.index("lot")], row[head.index("target")]] for row in rows]
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("link", name="As usual").click()
    expect(heads.filter(has_text="Project")).to_have_count(1)


def test_the_browsers_language_is_taken_where_there_is_one_and_a_choice_is_kept(
    factory: Factory, watched: Watched
) -> None:
    for accepts, code in (("de-AT,en;q=0.5", "de"), ("fr", "en"), ("en-GB", "en"), ("", "en"), ("*;q", "en")):
        answer = factory.client.get("/lots", headers={"accept-language": accepts})
        assert f'<html lang="{code}"' in answer.text, accepts
    page = watched.open(f"{factory.url}/lots")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.goto(f"{factory.url}/parts")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
