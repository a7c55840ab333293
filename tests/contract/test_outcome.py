"""How many outcomes become one, and how a run counts for its unit."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotline_contract.outcome import Outcome, counts_as, roll_up, severity

outcomes = st.lists(st.sampled_from(Outcome), max_size=6)


def test_error_outranks_aborted_outranks_fail_outranks_pass_outranks_skipped() -> None:
    order = [Outcome.SKIPPED, Outcome.PASS, Outcome.FAIL, Outcome.ABORTED, Outcome.ERROR]
    assert all(severity(low) < severity(high) for low, high in pairwise(order))


@given(outcomes)
def test_the_worst_outcome_wins(many: list[Outcome]) -> None:
    found = set(many)
    if found & {Outcome.ERROR, Outcome.UNSET}:
        wanted = Outcome.ERROR
    else:
        ranking = (Outcome.ABORTED, Outcome.FAIL, Outcome.PASS)
        wanted = next((outcome for outcome in ranking if outcome in found), Outcome.SKIPPED)
    assert roll_up(many) is wanted


@given(outcomes, outcomes)
def test_rolling_up_in_two_stages_changes_nothing(some: list[Outcome], others: list[Outcome]) -> None:
    assert roll_up([roll_up(some), roll_up(others)]) is roll_up([*some, *others])


@given(outcomes)
def test_only_a_pass_makes_a_pass(many: list[Outcome]) -> None:
    if roll_up(many) is Outcome.PASS:
        assert set(many) <= {Outcome.PASS, Outcome.SKIPPED}
        assert Outcome.PASS in many


def test_nothing_rolls_up_to_skipped_and_never_to_pass() -> None:
    assert roll_up([]) is Outcome.SKIPPED


@given(outcomes)
def test_a_finished_verdict_counts_as_itself(measured: list[Outcome]) -> None:
    assert counts_as(Outcome.PASS, measured) is Outcome.PASS
    assert counts_as(Outcome.FAIL, measured) is Outcome.FAIL


@pytest.mark.parametrize("outcome", [Outcome.ERROR, Outcome.ABORTED])
@given(measured=outcomes)
def test_pressing_stop_does_not_take_back_a_fail(outcome: Outcome, measured: list[Outcome]) -> None:
    assert counts_as(outcome, measured) is (Outcome.FAIL if Outcome.FAIL in measured else None)
