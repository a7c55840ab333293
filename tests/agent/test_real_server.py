"""Agent and lot server, both as installed: what one says the other understands."""

import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from tests.agent.processes import Child
from tests.agent.records import finished, header, journal_all, record, scalar, vector
from tests.agent.test_sync import Syncing
from tests.server.signing import bearer

from lotline_agent.execution.interlock import Decision, decide
from lotline_agent.store.facts import Facts, FactsCache
from lotline_agent.store.station_store import StationStore
from lotline_agent.sync.client import RequestRejected, ServerClient, ServerRefuses
from lotline_agent.sync.pairing import Credentials, pair
from lotline_contract.outcome import Outcome
from lotline_server.opening import open_data


def lotline_server(*arguments: str) -> Child:
    return Child([str(Path(sys.executable).with_name("lotline-server")), *arguments])


def ask(*arguments: str) -> list[str]:
    with lotline_server(*arguments) as it:
        assert it.wait() == 0, it.output
        return it.said


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A running server's address and its data folder; it knows one part and one lot."""
    folder = tmp_path_factory.mktemp("server")
    ask("part", "add", "GW2", "--name", "Gateway", "--prefix", "GW2-", "--data", str(folder))
    ask("lot", "create", "L1", "--part", "GW2", "--target", "5", "--serials", "5", "--data", str(folder))
    with lotline_server("run", "--data", str(folder), "--port", "0") as it:
        found = re.search(r"http://[\d.:]+", it.line_with("Lotline lot server"))
        assert found is not None
        yield found[0], folder
        it.signal(signal.SIGTERM)
        it.wait()


@pytest.fixture(scope="module")
def people(served: tuple[str, Path]) -> Iterator[httpx.Client]:
    """A client that speaks for an admin."""
    url, folder = served
    opened = open_data(folder, serve=False)
    headers = bearer(opened)
    opened.close()
    with httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
def paired(served: tuple[str, Path], data: Path) -> Credentials:
    url, folder = served
    code = ask("station", "add", "ST-1", "--data", str(folder))[-1]
    return pair(data, url, "ST-1", code)


def test_runs_with_their_vectors_arrive_and_a_second_offer_doubles_nothing(
    paired: Credentials, store: StationStore
) -> None:
    for n in range(1, 4):
        record(store, header(f"GW2-{n:06d}"), [scalar(0), vector(n), scalar(1, 3.3)])
    syncing = Syncing(store, paired.server, paired.token)
    syncing.worker.start()
    try:
        syncing.wait_sent()
        syncing.wait(lambda _view: store.facts.get() is not None)
        facts = store.facts.get()
        assert facts is not None
        assert "GW2-000001" in facts.units
        # Everything is offered once more, as after a reply that was lost.
        with store.database.durable() as connection:
            connection.execute("UPDATE outbox SET state = 'pending'")
        syncing.worker.wake()
        syncing.wait_sent()
    finally:
        syncing.worker.stop()
    assert {state for state, _ in syncing.states()} == {"acknowledged"}
    client = ServerClient(paired.server, paired.token)
    try:
        snapshot = client.changes(None)
    finally:
        client.close()
    assert snapshot is not None
    assert {unit.serial_number: unit.status for unit in snapshot.units}["GW2-000002"] == "completed"


def test_a_unit_on_hold_is_denied_by_the_station_at_any_age_of_its_facts_until_it_is_released(
    people: httpx.Client, paired: Credentials, store: StationStore
) -> None:
    def say(action: str) -> None:
        body = {"action": action, "serial_numbers": ["GW2-000003"], "reason": "C12 is burnt"}
        people.post("/api/v1/units/actions", json=body).raise_for_status()

    def decision(known: Facts | None) -> Decision:
        return decide("GW2-000003", part_number="GW2", operation="FCT", facts=known, has_server=True)

    def held(known: Facts | None) -> bool:
        return known is not None and known.units["GW2-000003"][0].hold is not None

    syncing = Syncing(store, paired.server, paired.token)
    syncing.worker.start()
    try:
        say("hold")
        syncing.worker.wake()
        syncing.wait(lambda _view: held(store.facts.get()))
        facts = store.facts.get()
        assert facts is not None
        say("release")
        for age_s in (0.0, 30 * 86_400.0):
            denied = decision(facts._replace(as_of=facts.as_of - age_s))
            assert denied.decision == "DENY"
            assert denied.reasons == (
                "GW2-000003 is on hold: C12 is burnt. Put it aside; quality releases it.",
            )
        syncing.worker.wake()
        syncing.wait(lambda _view: not held(store.facts.get()))
        assert decision(store.facts.get()).decision == "ALLOW"
    finally:
        syncing.worker.stop()


def test_a_run_left_open_by_a_killed_agent_arrives_as_aborted(paired: Credentials, data: Path) -> None:
    first = StationStore(data, floor_bytes=0)
    taken = [scalar(0), vector(1)]
    head = header("GW2-000005")
    journal_all(first, head, taken)
    first.close()
    store = StationStore(data, floor_bytes=0)
    syncing = Syncing(store, paired.server, paired.token)
    syncing.worker.start()
    try:
        record(store, header("GW2-000005"), taken)
        syncing.worker.wake()
        syncing.wait(lambda view: view.state == "sent" and view.waiting == 0)
        states = [state for state, _ in syncing.states()]
    finally:
        syncing.worker.stop()
        store.close()
    assert finished(head, taken).outcome is Outcome.PASS
    assert states == ["acknowledged", "acknowledged"]


def test_a_lot_on_hold_is_denied_after_one_sync_and_allowed_again_after_another(
    served: tuple[str, Path], people: httpx.Client, paired: Credentials, store: StationStore
) -> None:
    _, folder = served
    ask("lot", "create", "HELD", "--part", "GW2", "--target", "1", "--serials", "1", "--data", str(folder))
    syncing = Syncing(store, paired.server, paired.token)

    def decided(serial_number: str) -> Decision:
        return decide(
            serial_number, part_number="GW2", operation="FCT", facts=store.facts.get(), has_server=True
        )

    try:
        (unit,) = people.get("/api/v1/lots/HELD/units").json()
        serial_number = unit["serial_number"]
        syncing.worker._sync()
        assert decided(serial_number).decision == "ALLOW"
        for change, decision in (
            ({"status": "on_hold", "reason": "look at C7"}, "DENY"),
            ({"status": "released"}, "ALLOW"),
            ({"status": "cancelled", "reason": "order withdrawn"}, "DENY"),
        ):
            people.patch("/api/v1/lots/HELD", json=change).raise_for_status()
            syncing.worker._sync()
            assert decided(serial_number).decision == decision
        # It stays denied for an agent that starts again and reaches nobody.
        assert FactsCache(store.database).get() == store.facts.get()
    finally:
        syncing.worker._client.close()


def test_a_code_works_once_and_its_refusal_is_said_in_the_servers_words(
    served: tuple[str, Path], data: Path
) -> None:
    url, folder = served
    code = ask("station", "add", "ST-9", "--data", str(folder))[-1]
    pair(data, url, "ST-9", code)
    with pytest.raises((ServerRefuses, RequestRejected), match=r"the server answered 4\d\d: \w+"):
        pair(data, url, "ST-9", code)


def test_a_token_nobody_gave_out_is_refused_in_the_servers_words(
    served: tuple[str, Path], store: StationStore
) -> None:
    record(store, header(), [scalar(0)])
    syncing = Syncing(store, served[0], "nobodys-token")
    syncing.worker.start()
    try:
        view = syncing.wait(lambda view: view.state == "refused")
    finally:
        syncing.worker.stop()
    assert "the server answered 401: " in view.text
    assert view.waiting == 1


def test_the_stations_cache_holds_the_lots_route_and_the_interlock_asks_for_what_comes_before(
    served: tuple[str, Path], people: httpx.Client, paired: Credentials, store: StationStore
) -> None:
    """ICT before FCT, by the version the lot was released with: the part's newer one changes nothing."""
    folder = str(served[1])
    ask(
        "part", "add", "PSU7", "--name", "Supply", "--prefix", "PSU7-", "--operations", "ICT,(Burn-in),FCT",
        "--data", folder,
    )  # fmt: skip
    ask("lot", "create", "L7", "--part", "PSU7", "--target", "2", "--serials", "2", "--data", folder)
    newer = {"operations": [{"operation": "FCT"}]}
    assert people.put("/api/v1/parts/PSU7/route", json=newer).status_code == 200
    syncing = Syncing(store, paired.server, paired.token)

    def said(operation: str) -> Decision:
        return decide(
            "PSU7-000001", part_number="PSU7", operation=operation, facts=store.facts.get(), has_server=True
        )

    def knows(passed: tuple[str, ...]) -> bool:
        facts = store.facts.get()
        return facts is not None and any(unit.passed == passed for unit in facts.units.get("PSU7-000001", ()))

    syncing.worker.start()
    try:
        syncing.wait(lambda _view: knows(()))
        assert said("ICT").decision == "ALLOW"
        assert said("FCT").reasons == (
            "PSU7-000001 has not passed ICT yet, which comes before FCT. Take it there first.",
        )
        passed = msgspec.structs.replace(header("PSU7-000001"), part_number="PSU7", operation="ICT", lot="L7")
        record(store, passed, [scalar(0)])
        syncing.worker.wake()
        syncing.wait(lambda _view: knows(("ICT",)))
        assert said("FCT").decision == "ALLOW"
    finally:
        syncing.worker.stop()
    # What it knows outlives the server and the agent: the cache is on disk.
    facts = FactsCache(store.database).get()
    assert facts is not None
    assert facts.lots["L7"].route == ("ICT", "Burn-in", "FCT")
    assert facts.lots["L7"].optional == ("Burn-in",)
    assert facts.parts["PSU7"].route == ("FCT",)
