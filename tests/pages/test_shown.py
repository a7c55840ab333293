"""Numbers, times and geometry as people see them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotline_contract.limits import Comparator, Limit
from lotline_server.web import bars, shown
from lotline_server.web.gauge import WIDTH, gauge
from lotline_server.web.language import language
from lotline_server.web.links import subject_url, unit_url
from lotline_server.web.outline import nice_ticks

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.3, "3.3"), (12.0003, "12.000"), (0.017764312, "0.017764"), (0.0, "0"), (-5.0, "−5"),
        (1e-7, "1e−7"), (0.1 + 0.2, "0.30000"), (123456.789, "123457"), (1.5e12, "1.5e12"), (3, "3"),
    ],
)  # fmt: skip
def test_a_number_has_few_digits(value: float, text: str) -> None:
    assert shown.number(value) == text


def test_a_value_just_over_its_limit_is_never_shown_as_the_limit() -> None:
    assert shown.number(3.3700004, 3.23, 3.37) == "3.3700004"


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_shown_value_stands_on_the_same_side_of_its_bound(value: float, bound: float) -> None:
    text = float(shown.number(value, bound).replace("−", "-"))
    assert (text > bound) - (text < bound) == (value > bound) - (value < bound)


def test_a_share_is_cut_not_rounded() -> None:
    assert shown.percent(0.9997) == "99.9\u00a0%"
    assert shown.percent(1.0) == "100\u00a0%"
    assert shown.percent(0.29) == "29.0\u00a0%"
    assert shown.percent(None) == "–"


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (Limit(comparator=Comparator.GELE, low=3.23, high=3.37), "3.23 … 3.37 V"),
        (Limit(comparator=Comparator.LE, high=0.0), "≤ 0 V"),
        (Limit(comparator=Comparator.GT, low=-1.0), "> −1 V"),
        (Limit(comparator=Comparator.EQ, equals="1.4.2"), "= 1.4.2 V"),
    ],
)
def test_limits_are_an_interval(limit: Limit, text: str) -> None:
    assert shown.interval(limit, "V").replace("\u00a0", " ") == text


def test_times_are_relative_until_they_are_old() -> None:
    def words(**ago: float) -> str:
        return shown.relative(NOW - timedelta(**ago), NOW).replace("\u00a0", " ")

    assert words(seconds=3) == "just now"
    assert words(seconds=42) == "42 s ago"
    assert words(minutes=3.9) == "3 min ago"
    assert words(hours=2) == "2 h ago"
    assert words(days=400).endswith("2025")
    assert words(hours=-2) == shown.clock_time(NOW + timedelta(hours=2))


def test_times_are_said_in_the_readers_language() -> None:
    def words(**ago: float) -> str:
        return shown.relative(NOW - timedelta(**ago), NOW, language("de")).replace("\u00a0", " ")

    assert words(seconds=3) == "gerade eben"
    assert words(minutes=3.9) == "vor 3 min"
    assert words(days=40).startswith("14. Okt.")


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=60))
def test_bars_stay_inside_their_chart(values: list[int]) -> None:
    chart = bars.draw([bars.Column(label=str(at), title="", value=value) for at, value in enumerate(values)])
    assert all(0 <= bar.x <= bar.x + bar.width <= 100.01 for bar in chart.bars)
    assert all(0 <= bar.y <= bar.y + bar.height <= bars.HEIGHT + 0.01 for bar in chart.bars)
    assert chart.ticks[-1][1] >= max(values)
    assert chart.bars[-1].tick is not None


@given(st.floats(-1e9, 1e9), st.floats(-1e6, 1e6), st.floats(0.001, 1e6))
def test_a_gauge_points_to_where_its_value_is(value: float, low: float, span: float) -> None:
    found = gauge(value, low, low + span)
    assert found is not None
    assert 0 <= found.at <= WIDTH
    if found.pointer == 0 and low <= value <= low + span:
        assert found.left - 0.02 <= found.at <= found.right + 0.02


def test_ticks_are_round() -> None:
    assert nice_ticks(0, 1000, 6) == [0, 200, 400, 600, 800, 1000]


def test_addresses_hold_any_name() -> None:
    assert unit_url("a/b?c#d", "P 1") == "/units/a%2Fb%3Fc%23d?part=P+1"
    assert unit_url("..") == "/units?serial_number=.."
    assert subject_url("lot.created", "A/B") == "/lots/A%2FB"
