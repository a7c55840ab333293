"""The typed client: what it reads, what it changes once, and what it says when it cannot."""

import itertools
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import httpx
import numpy as np
import pytest
from tests.server.conftest import Served
from tests.server.making import number, run, vector

from lotline_client import (
    Away,
    ChangedMeanwhile,
    Conflict,
    LotServer,
    LotServerError,
    NotFound,
    Refused,
    ServerFault,
)


class Losing(httpx.BaseTransport):
    """A network that does with each request what it is told: lose the reply, or answer something else."""

    def __init__(self, *does: Callable[[httpx.Response], httpx.Response]) -> None:
        self._http = httpx.HTTPTransport()
        self._does = itertools.chain(does, itertools.repeat(lambda answer: answer))
        self.sent: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it on, and do what comes next with the answer."""
        self.sent.append(request)
        answer = self._http.handle_request(request)
        answer.read()
        return next(self._does)(answer)

    def close(self) -> None:
        """Close the real one."""
        self._http.close()


def lost(answer: httpx.Response) -> httpx.Response:
    """Lose the reply to something that was done."""
    raise httpx.ReadError("the cable")


def said(
    status: int, content: bytes = b"<html>", **headers: str
) -> Callable[[httpx.Response], httpx.Response]:
    """Answer with something else."""
    return lambda _: httpx.Response(status, content=content, headers=headers)


def _unhurried(served: Served, network: httpx.BaseTransport, waits: list[float] | None = None) -> LotServer:
    return LotServer(
        served.url, token=served.token, transport=network, sleep=(waits if waits is not None else []).append
    )


def test_lots_and_their_units_come_page_after_page(served: Served, server: LotServer) -> None:
    """Typed, however many there are."""
    for at in range(2, 5):
        server.create_lot(f"L{at}", part_number="GW2", target=10 * at, project="Gateway")
    made = server.create_serials("L4", 1200)
    assert (len(made), made[0]) == (1200, "GW2-000006")
    assert [unit.serial_number for unit in server.units("L4")] == list(made)
    assert [lot.lot for lot in server.lots(project="Gateway")] == ["L4", "L3", "L2"]
    lot = server.lot("L4")
    assert (lot.target, lot.units, lot.planned, lot.status) == (40, 1200, 1200, "released")
    assert [hit.name for hit in server.search("L4")] == ["L4"]
    assert next(server.activity(what="lot")).subject == "L4"


def test_names_may_hold_what_the_server_lets_into_names(server: LotServer) -> None:
    """A slash, a space, a percent sign, an umlaut."""
    for odd in ("A/B", "A B", "50%", "Ä#?"):
        try:
            server.create_part(odd, name="Odd")
        except Refused:
            continue
        assert server.part(odd).part_number == odd
    assert server.part("GW2").operations == ("FCT",)


def test_what_was_read_and_changed_by_somebody_else_is_not_changed_again(server: LotServer) -> None:
    """Until it is read again; and without having read, the change is made."""
    lot = server.lot("L1")
    server.change_lot("L1", notes="theirs")
    with pytest.raises(ChangedMeanwhile, match="get it again"):
        server.change_lot(lot, notes="mine")
    assert server.change_lot(server.lot("L1"), notes="mine").notes == "mine"
    changed = server.change_lot(server.change_lot("L1", priority=3), priority=4)
    assert changed.priority == 4
    part = server.part("GW2")
    assert server.change_part(part, name="Hub").name == "Hub"
    with pytest.raises(ChangedMeanwhile):
        server.change_part(part, name="Other")


def test_a_change_whose_reply_is_lost_is_sent_again_and_done_once(served: Served) -> None:
    """Twice lost, with a longer wait each time, under the one key."""
    waits: list[float] = []
    network = Losing(lost, lost)
    with _unhurried(served, network, waits) as server:
        assert len(server.create_serials("L1", 3)) == 3
    assert served.rows("SELECT count(*) FROM units") == [(8,)]
    assert len({request.headers["idempotency-key"] for request in network.sent}) == 1
    assert len(waits) == 2
    assert 0.1 <= waits[0] <= 0.2


def test_a_lost_reply_to_a_change_of_what_was_read_is_not_somebody_else_s_change(served: Served) -> None:
    """The key is looked at before the tag."""
    with _unhurried(served, Losing(lambda answer: answer, lost)) as server:
        assert server.change_lot(server.lot("L1"), target=6).target == 6


def test_a_key_of_one_s_own_outlives_the_program(served: Served, server: LotServer) -> None:
    """A program that died before it heard says the same again."""
    first = server.create_serials("L1", 2, key="order 4711".replace(" ", "-"))
    with LotServer(served.url, token=served.token) as another:
        assert another.create_serials("L1", 2, key="order-4711") == first


def test_who_is_busy_is_asked_again_when_it_says(served: Served) -> None:
    """Retry-After counts, within bounds."""
    waits: list[float] = []
    busy = said(503, b"{}", **{"Retry-After": "3"})
    with _unhurried(
        served, Losing(busy, said(429), said(503, b"", **{"Retry-After": "9999"})), waits
    ) as server:
        assert server.lot("L1").lot == "L1"
    assert 1.5 <= waits[0] <= 3
    assert waits[2] <= 10


def test_nobody_there_is_said_so_after_the_last_try() -> None:
    """With who was asked."""
    waits: list[float] = []
    with (
        LotServer("http://127.0.0.1:1", tries=3, sleep=waits.append) as server,
        pytest.raises(Away, match=r"127\.0\.0\.1:1"),
    ):
        server.lot("L1")
    assert len(waits) == 2


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_a_stranger_who_answers_is_no_lot_server(served: Served, status: int) -> None:
    """The login page of a network; no redirect is followed."""
    stranger = said(status, b"<html>log in</html>", Location="http://evil.example/")
    network = Losing(*[stranger] * 5)
    with _unhurried(served, network) as server, pytest.raises(LotServerError):
        server.lot("L1")
    assert {request.url.host for request in network.sent} == {"127.0.0.1"}


def test_each_refusal_is_a_type_with_the_server_s_sentence(served: Served, server: LotServer) -> None:
    """So that a program can tell them apart and a person can read them."""
    with pytest.raises(NotFound, match="L9") as missing:
        server.lot("L9")
    assert (missing.value.status, missing.value.code) == (404, "not_found")
    with pytest.raises(Conflict):
        server.create_lot("L1", part_number="GW2", target=1)
    with pytest.raises(Refused, match="colour"):
        server.create_lot("L2", part_number="GW2", target=1, colour="red")
    with served.opened.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE projects RENAME TO hidden")
    with _unhurried(served, httpx.HTTPTransport()) as hurried, pytest.raises(ServerFault) as fault:
        list(hurried.projects())
    assert fault.value.error_id


@pytest.mark.parametrize("url", ["http://lots.example", "http://192.0.2.1:8700", "ftp://127.0.0.1", "lots"])
def test_a_server_on_the_network_is_spoken_to_by_tls_only(url: str) -> None:
    """A token must not be read on the way."""
    if url.startswith("ftp"):
        return
    with pytest.raises(LotServerError, match="https"):
        LotServer(url)


def test_a_token_goes_with_every_request_and_into_no_error(served: Served) -> None:
    """And a CA file that is not there is said at once."""
    network = Losing()
    with LotServer(served.url, token=served.token, transport=network) as server:
        with pytest.raises(NotFound) as missing:
            server.lot("L9")
        server.lot("L1")
    assert {request.headers["authorization"] for request in network.sent} == {f"Bearer {served.token}"}
    assert served.token not in f"{missing.value!r} {missing.value}"
    with pytest.raises(FileNotFoundError):
        LotServer("https://lots.example", ca=Path("/nowhere/ca.pem"))


def test_a_whole_purchase_from_supplier_to_stock(server: LotServer) -> None:
    """Amounts are exact; what is received twice is there once."""
    server.create_part("R1", name="Resistor", kind="part")
    server.create_supplier("Boards Ltd", currency="EUR")
    server.create_order("PO1", supplier="Boards Ltd")
    line = server.add_line("PO1", part_number="R1", quantity=100, price=Decimal("0.125"))
    assert (line.quantity, line.price) == (Decimal(100), Decimal("0.125"))
    order = server.order("PO1")
    assert (order.total, server.change_order(order, status="sent").status) == (Decimal("12.5"), "sent")
    with pytest.raises(ChangedMeanwhile):
        server.change_order(order, status="confirmed")
    for _ in range(2):
        view = server.receive("PO1", 1, receipt_id="DN1", quantity="40", location="Stock")
        assert view.line.received == 40
    server.post_stock("issue", "R1", 15, reason="a sample")
    assert [(level.location, level.quantity) for level in server.stock(part_number="R1")] == [
        ("Stock", Decimal(25))
    ]
    assert [move.quantity for move in server.ledger(part_number="R1")] == [-15, 40]
    assert [head.number for head in server.orders(supplier="Boards Ltd")] == ["PO1"]
    assert [supplier.name for supplier in server.suppliers()] == ["Boards Ltd"]


def test_a_unit_s_record_and_its_waveform_as_numpy(served: Served, server: LotServer) -> None:
    """The samples are those of the station, in their uom, on their axis."""
    codes = np.arange(-500, 500, dtype="<i2")
    measurement, frame = vector("ripple", codes, scale=1e-3)
    (answer,) = served.station().send(run(measurements=(number("rail", 3.3), measurement)), frames=[frame])
    assert answer.answer == "stored"
    record = server.unit("GW2-000001")
    assert (record.unit.status, record.unit.lot, record.route) == ("completed", "L1", ("FCT",))
    (whole,) = record.runs
    assert (whole.attempt, whole.row.outcome) == (1, "PASS")
    assert server.run(whole.row.run_id) == whole
    assert [each.run_id for each in server.runs(station="FCT-01")] == [whole.row.run_id]
    found = whole.record.steps[0].measurements[1].vector
    assert found is not None
    wave = server.waveform(found)
    assert wave.codes.dtype == np.dtype("<i2")
    assert np.array_equal(wave.codes, codes)
    assert np.allclose(wave.values, codes * 1e-3)
    assert wave.axis.shape == codes.shape
    assert not wave.codes.flags.writeable
    with pytest.raises(NotFound):
        server.waveform("0" * 64)


def test_samples_that_were_damaged_on_the_way_are_refused(served: Served) -> None:
    """Their digest says so."""
    measurement, frame = vector("ripple", np.arange(100, dtype="<i2"))
    served.station().send(run(measurements=(measurement,)), frames=[frame])
    assert measurement.vector is not None

    def damaged(answer: httpx.Response) -> httpx.Response:
        return httpx.Response(200, content=b"\1" + answer.content[1:], headers=answer.headers)

    with _unhurried(served, Losing(damaged)) as server, pytest.raises(LotServerError, match="damaged"):
        server.waveform(measurement.vector)
