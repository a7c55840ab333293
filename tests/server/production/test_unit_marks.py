"""What people say of a unit beside its runs: one clear rule, whatever the order."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.server.test_units import ROUTE, facts

from lotline_server.units.derive import RunFact, Said, Standing, derive_unit

WORDS = st.lists(
    st.tuples(
        st.sampled_from(["marked", "marked", "rework"]),
        st.integers(0, 12),
        st.sampled_from(["in_progress", "completed", "failed"]),
        st.sampled_from([None, *ROUTE]),
    ),
    max_size=5,
).map(
    lambda words: [
        Said(at, what, at_us, mark, operation) if what == "marked" else Said(at, what, at_us)
        for at, (what, at_us, mark, operation) in enumerate(words)
    ]
)


@given(facts(), WORDS, st.randoms(use_true_random=False))
def test_a_unit_is_the_same_whatever_the_order_of_runs_and_words(
    runs: list[RunFact], said: list[Said], chance: Any
) -> None:
    """Everything that is derived is a function of the two sets."""
    shuffled, words = list(runs), list(said)
    chance.shuffle(shuffled)
    chance.shuffle(words)
    assert derive_unit(shuffled, ROUTE, said=words) == derive_unit(runs, ROUTE, said=said)


@given(facts(), WORDS)
def test_attempts_and_yields_never_hear_what_people_say(runs: list[RunFact], said: list[Said]) -> None:
    """First run, deciding run and attempts are those of the runs alone."""
    assert derive_unit(runs, ROUTE, said=said).operations == derive_unit(runs, ROUTE).operations


@given(facts(), WORDS)
def test_a_status_says_what_stands_at_the_operations(runs: list[RunFact], said: list[Said]) -> None:
    """Completed where all are passed, failed where one failed, and the moment is that of a PASS or a mark."""
    state = derive_unit(runs, ROUTE, said=said)
    verdicts = [each.verdict for each in state.standing]
    assert (state.status == "failed") == ("FAIL" in verdicts)
    assert (state.status == "completed") == (verdicts == ["PASS", "PASS"])
    assert (state.status == "planned") == (not runs and not said)
    moments = [each.ended_us for each in runs] + [each.at_us for each in said]
    assert (state.completed_us in moments) == (state.status == "completed")
    assert all((each.run is None) or (each.mark is None) for each in state.standing)
    assert all((each.passed_us is not None) == (each.verdict == "PASS") for each in state.standing)


@given(facts(), WORDS)
def test_no_mark_gets_a_unit_past_a_run_that_failed(runs: list[RunFact], said: list[Said]) -> None:
    """Only a later run or a rework does: without reworks, a FAIL that decides stays one."""
    marks = [each for each in said if each.what == "marked"]
    alone = {each.operation: each for each in derive_unit(runs, ROUTE).standing}
    for each in derive_unit(runs, ROUTE, said=marks).standing:
        if alone[each.operation].verdict == "FAIL":
            assert each.verdict == "FAIL"


@given(facts(), WORDS)
def test_a_rework_now_opens_what_has_failed_and_leaves_what_has_passed(
    runs: list[RunFact], said: list[Said]
) -> None:
    """Of everything known, which was all measured before."""
    before = derive_unit(runs, ROUTE, said=said)
    after = derive_unit(runs, ROUTE, said=[*said, Said(99, "rework", 1000)])
    expected = {"PASS": "PASS", "FAIL": None, None: None}
    assert [each.verdict for each in after.standing] == [expected[each.verdict] for each in before.standing]
    if before.status == "failed":
        assert after.status == "in_progress"


def _run(seq: int, counts_as: str, at_us: int, operation: str = "FCT", station: int = 1) -> RunFact:
    return RunFact(
        seq, f"r{seq}", 1, station, 0, seq, operation, True, counts_as, at_us, at_us + 1, None
    )  # fmt: skip


def _standing(runs: list[RunFact], *said: Said, route: tuple[str, ...] = ("FCT",)) -> Standing:
    return derive_unit(runs, route, said=said).standing[-1]


def test_a_later_run_overrules_a_mark_and_a_later_mark_a_run_that_passed() -> None:
    """As people would expect; the moment of completion stays where the unit was first passed for good."""
    done, broken = Said(1, "marked", 10, "completed"), Said(2, "marked", 10, "failed")
    assert _standing([_run(1, "FAIL", 20)], done).verdict == "FAIL"
    assert _standing([_run(1, "PASS", 20)], broken).passed_us == 21
    assert _standing([_run(1, "PASS", 5)], broken).verdict == "FAIL"
    assert _standing([_run(1, "PASS", 20)], done).passed_us == 10
    assert _standing([_run(1, "PASS", 5)], done).passed_us == 6
    assert _standing([_run(1, "FAIL", 5), _run(2, "PASS", 20)], done).passed_us == 21


def test_of_several_marks_only_the_latest_speaks() -> None:
    """A unit marked as in progress after it was completed is in progress."""
    words = [Said(1, "marked", 10, "completed"), Said(2, "marked", 20, "in_progress")]
    assert derive_unit([], ("FCT",), said=words).status == "in_progress"
    words.append(Said(3, "marked", 30, "completed", "FCT"))
    assert derive_unit([], ("FCT",), said=words).completed_us == 30


def test_marks_and_runs_complete_a_route_together() -> None:
    """A station tests FCT, nobody tests the visual inspection."""
    run, mark = _run(1, "PASS", 10), Said(1, "marked", 50, "completed", "visual")
    state = derive_unit([run], ("FCT", "visual"), said=[mark])
    assert (state.status, state.completed_us) == ("completed", 50)
    assert derive_unit([run], ("FCT", "visual")).status == "in_progress"


def test_a_part_without_a_route_is_done_when_somebody_says_so() -> None:
    """No station ever would."""
    assert derive_unit([], (), said=[Said(1, "marked", 7, "completed")]).completed_us == 7
    assert derive_unit([_run(1, "PASS", 1)], ()).status == "in_progress"


def test_a_pass_from_before_a_rework_does_not_count_after_it_even_with_a_wrong_clock() -> None:
    """The station's own sequence says that it came before the FAIL which was set aside."""
    rework = Said(1, "rework", 100)
    strayed, failed = _run(1, "PASS", 500), _run(2, "FAIL", 50)
    assert derive_unit([strayed, failed], ("FCT",), said=[rework]).status == "in_progress"
    assert derive_unit([strayed, failed, _run(3, "PASS", 200)], ("FCT",), said=[rework]).status == "completed"


def test_a_unit_fails_again_after_its_rework() -> None:
    """And each rework sets aside only what was there before it."""
    words = [Said(1, "rework", 100), Said(2, "rework", 300)]
    runs = [_run(1, "FAIL", 50), _run(2, "FAIL", 200)]
    assert derive_unit(runs, ("FCT",), said=words[:1]).status == "failed"
    state = derive_unit(runs, ("FCT",), said=words)
    assert (state.status, state.operations[0].attempts, state.standing[0].set_aside) == ("in_progress", 2, 2)
