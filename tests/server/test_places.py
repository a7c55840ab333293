"""Each place of a station's sequence is filled once its record is here, wherever it came first."""

from tests.server.conftest import Served
from tests.server.making import place, run

from lotline_contract.ids import new_epoch
from lotline_contract.wire import EpochState


def test_a_record_that_comes_again_under_another_place_fills_it_and_is_kept_once(served: Served) -> None:
    """A disk put back from an image closes once more, in a new epoch, the run that the image held open."""
    station = served.station()
    again, record = new_epoch(), run()
    first, second = place(record, station.epoch, 1), place(record, again, 1)
    assert station.post_all([first])[0].answer == "stored"
    epochs = (
        EpochState(epoch=station.epoch, last_seq=1, closed=True),
        EpochState(epoch=again, last_seq=1, closed=False),
    )
    assert station.hello(*epochs).have[again] == ()
    for _ in range(2):
        assert station.post_all([second])[0].answer == "duplicate"
    assert station.hello(*epochs).have == {station.epoch: ((1, 1),), again: ((1, 1),)}
    assert served.rows("SELECT count(*) FROM records") == [(1,)]
    assert served.rows("SELECT count(*) FROM also_held") == [(1,)]
    found = station.client.get("/api/v1/completeness")
    if found.status_code == 200:
        assert all(each["missing"] == 0 for each in found.json())


def test_the_same_record_twice_in_one_batch_fills_both_places(served: Served) -> None:
    station = served.station()
    record = run()
    sent = [place(record, station.epoch, 1), place(record, station.epoch, 2)]
    assert [each.answer for each in station.post_all(sent)] == ["stored", "duplicate"]
    state = EpochState(epoch=station.epoch, last_seq=2, closed=False)
    assert station.hello(state).have[station.epoch] == ((1, 2),)
