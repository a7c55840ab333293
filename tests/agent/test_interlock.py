"""The interlock's truth table: a pure function over what the server last said."""

import re
import time
from typing import Literal

import msgspec
import pytest

from lotline_agent.execution.interlock import Decision, decide
from lotline_agent.store.facts import Facts, index_facts
from lotline_contract.identity import ScanRefused, normalise_serial
from lotline_contract.wire import LotFact, PartFact, Snapshot, UnitFact


def facts(*units: UnitFact, open_lot: bool = True, route: tuple[str, ...] = ("FCT",)) -> Facts:
    """Give what a server said: lot L1 of part GW2, closed lot L0, and these units."""
    return index_facts(
        Snapshot(
            server_generation="g",
            cursor="c",
            as_of="2026-11-23T08:00:00Z",
            lots=(
                LotFact(lot="L1", part_number="GW2", target=10, open=open_lot, revision="B"),
                LotFact(lot="L0", part_number="GW2", target=10, open=False),
            ),
            parts=(
                PartFact(
                    part_number="GW2", name="Gateway", serial_prefix="GW2-", serial_digits=6, route=route
                ),
            ),
            units=units,
        ),
        time.time(),
    )


def unit(
    serial: str = "GW2-000001",
    *,
    part: str = "GW2",
    status: str = "planned",
    lot: str | None = "L1",
    hold: str | None = None,
) -> UnitFact:
    return UnitFact(serial_number=serial, part_number=part, status=status, lot=lot, hold=hold)


def ask(known: Facts | None, serial: str = "GW2-000001", *, has_server: bool = True) -> Decision:
    return decide(serial, part_number="GW2", operation="FCT", facts=known, has_server=has_server)


Word = Literal["ALLOW", "DENY"]


@pytest.mark.parametrize(
    ("known", "serial", "has_server", "decision", "reason"),
    [
        (None, "GW2-000001", False, "ALLOW", "no server"),
        (facts(unit(status="scrapped")), "GW2-000001", False, "ALLOW", "no server"),
        (None, "GW2-000001", True, "DENY", "has not heard from its server"),
        (facts(unit()), "GW2-000001", True, "ALLOW", "planned in open lot L1"),
        (facts(unit(status="in_progress")), "GW2-000001", True, "ALLOW", "in_progress"),
        (facts(unit(status="failed")), "GW2-000001", True, "ALLOW", "failed"),
        (facts(unit(status="completed")), "GW2-000001", True, "ALLOW", "completed"),
        (facts(unit(status="scrapped")), "GW2-000001", True, "DENY", "scrapped"),
        (facts(unit(hold="burnt smell")), "GW2-000001", True, "DENY", "on hold: burnt smell. Put it aside"),
        (facts(unit(hold="bad.", status="completed")), "GW2-000001", True, "DENY", "on hold: bad. Put it"),
        (facts(unit(hold="bad", lot="L0")), "GW2-000001", True, "DENY", "on hold: bad"),
        (facts(unit(hold="bad", status="scrapped")), "GW2-000001", True, "DENY", "scrap cart"),
        (facts(unit(lot=None)), "GW2-000001", True, "DENY", "belongs to no lot"),
        (facts(unit(lot="L0")), "GW2-000001", True, "DENY", "L0 of GW2-000001 is not open"),
        (facts(unit(lot="L9")), "GW2-000001", True, "DENY", "L9 of GW2-000001 is not open"),
        (facts(unit(), open_lot=False), "GW2-000001", True, "DENY", "not open"),
        (facts(unit(), route=("ICT", "final")), "GW2-000001", True, "DENY", "no operation FCT.*ICT, final"),
        (facts(unit(part="PSU7")), "GW2-000001", True, "DENY", "is a PSU7, and this station tests GW2"),
        (facts(), "GW2-000001", True, "DENY", "not known in any open lot"),
        (facts(), "4006381333931", True, "DENY", "not a serial number of GW2.*GW2-000000"),
        (facts(unit()), "gw2-000001", True, "DENY", "not a serial number of GW2"),
        (facts(unit()), "GW2-00000١", True, "DENY", "not a serial number of GW2"),
    ],
)
def test_the_interlock_says(
    known: Facts | None, serial: str, has_server: bool, decision: Word, reason: str
) -> None:
    said = ask(known, serial, has_server=has_server)
    assert said.decision == decision
    assert len(said.reasons) == 1
    assert re.search(reason, said.reasons[0]), said.reasons[0]


def test_a_serial_number_of_two_parts_is_tested_as_the_one_this_station_tests() -> None:
    said = ask(facts(unit(part="PSU7", status="scrapped"), unit()))
    assert said.decision == "ALLOW"
    assert said.unit is not None
    assert said.unit.part_number == "GW2"


def test_a_serial_number_of_two_other_parts_names_both_and_guesses_none() -> None:
    said = ask(facts(unit(part="PSU7"), unit(part="CAM1")))
    assert (said.decision, said.unit) == ("DENY", None)
    assert "CAM1 and PSU7" in said.reasons[0]


def test_two_glued_scans_are_named_as_what_they_are() -> None:
    said = ask(facts(unit("GW2-000001"), unit("GW2-000002")), "GW2-000001GW2-000002")
    assert said.decision == "DENY"
    assert said.reasons == ("Two scans came as one: GW2-000001 and GW2-000002. Scan one unit again.",)


def test_the_decision_carries_the_unit_the_lot_and_the_age_of_the_facts() -> None:
    said = ask(facts(unit()))
    assert said.unit == unit()
    assert said.lot is not None
    assert (said.lot.lot, said.lot.revision) == ("L1", "B")
    assert said.record().facts_as_of == "2026-11-23T08:00:00Z"
    assert said.facts_age_s is not None
    assert 0 <= said.facts_age_s < 60


def test_facts_from_the_future_are_not_negatively_old() -> None:
    assert index_facts(facts().snapshot, time.time() + 3600).age_s() == 0


@pytest.mark.parametrize(
    ("scan", "serial"),
    [
        ("GW2-000001\r\n", "GW2-000001"),
        ("\tGW2-000001 ", "GW2-000001"),
        ("0012", "0012"),
        ("1e5", "1e5"),
        ("Ä1", "Ä1"),
        ("A 1", "A 1"),
    ],
)
def test_a_scan_has_this_normal_form(scan: str, serial: str) -> None:
    assert normalise_serial(scan) == serial


@pytest.mark.parametrize(
    "scan", ["", " \r\n", "A\x1dB", "A\u202eB", "A\ud800", "#ABORT", "x" * 65, "A\u00a0B"]
)
def test_a_scan_that_is_no_serial_number_is_refused_in_a_sentence(scan: str) -> None:
    with pytest.raises(ScanRefused, match=r"\.$|number\.$|one\?$"):
        normalise_serial(scan)


def test_a_unit_whose_parts_route_is_not_known_is_denied() -> None:
    known = facts(unit())
    nameless = index_facts(msgspec.structs.replace(known.snapshot, parts=()), known.as_of)
    decision = ask(nameless)
    assert decision.decision == "DENY"
    assert "no operation FCT on its route (unknown)" in decision.reasons[0]


def routed(**given: object) -> Facts:
    """Give what a server said of GW2-000001: its lot follows SMT, ICT, (Burn-in), FCT."""
    values: dict[str, object] = {"passed": ("SMT", "ICT"), "failed": ()}
    known = msgspec.structs.replace(unit(), **(values | given))
    lot = LotFact(
        lot="L1",
        part_number="GW2",
        target=10,
        open=True,
        route=("SMT", "ICT", "Burn-in", "FCT"),
        optional=("Burn-in",),
    )
    return index_facts(msgspec.structs.replace(facts(known).snapshot, lots=(lot,)), time.time())


@pytest.mark.parametrize(
    ("known", "decision", "reason"),
    [
        (routed(), "ALLOW", "planned in open lot L1"),
        (routed(passed=("SMT", "ICT", "Burn-in")), "ALLOW", "open lot L1"),
        (routed(passed=("SMT",)), "DENY", "has not passed ICT yet, which comes before FCT"),
        (routed(passed=()), "DENY", "has not passed SMT and ICT yet, which come before FCT"),
        (routed(failed=("Burn-in",)), "DENY", "failed at Burn-in, which comes before FCT"),
        (routed(passed=("SMT",), failed=("ICT",)), "DENY", "failed at ICT"),
        (routed(failed=("FCT",)), "ALLOW", "open lot L1"),
        (routed(passed=None), "ALLOW", "open lot L1"),
    ],
)
def test_what_comes_earlier_on_the_lots_route_is_passed_first(
    known: Facts, decision: Word, reason: str
) -> None:
    """What is optional may be left out, not failed; a server that does not say is not guessed at."""
    said = ask(known)
    assert said.decision == decision
    assert re.search(reason, said.reasons[0]), said.reasons[0]


def test_the_route_that_the_lot_was_released_with_counts_and_not_the_parts_newer_one() -> None:
    lot = LotFact(lot="L1", part_number="GW2", target=10, open=True, route=("ICT",))
    known = index_facts(msgspec.structs.replace(facts(unit()).snapshot, lots=(lot,)), time.time())
    said = ask(known)
    assert (said.decision, "no operation FCT on its route (ICT)" in said.reasons[0]) == ("DENY", True)


def test_with_the_server_away_what_it_does_not_know_does_not_stop_the_line() -> None:
    """A unit may have passed ICT since; what the server did say still denies."""
    away = routed(passed=("SMT",))._replace(as_of=time.time() - 3600)
    said = ask(away)
    assert said.decision == "ALLOW_OFFLINE"
    assert "last heard 60 minutes ago; then GW2-000001 had not passed ICT" in said.reasons[0]
    assert said.record().decision == "ALLOW_OFFLINE"
    failed = routed(passed=("SMT",), failed=("ICT",))._replace(as_of=time.time() - 3600)
    assert ask(failed).decision == "DENY"
