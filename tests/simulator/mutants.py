"""The protocol with one of its rules broken, each in the way in which such systems break it.

A mutant makes the real code do the wrong thing. It proves that the simulator bites: within a few seeds it
must be caught.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.simulator.server import ServerDied

from lotline_agent.store import journal, outbox, station_store
from lotline_agent.store.outbox import Outbox, Outgoing
from lotline_agent.sync.client import RequestRejected, ServerAway
from lotline_agent.sync.sender import Sender
from lotline_contract.wire import BatchAnswer, Item, ItemAnswer
from lotline_server.ingest import store as ingest_store
from lotline_server.ingest.service import Ingest

Break = Callable[[pytest.MonkeyPatch], None]


def _stored(items: Iterable[Item]) -> tuple[ItemAnswer, ...]:
    return tuple(
        ItemAnswer(epoch=each.epoch, seq=each.seq, id=each.id, digest=each.digest, answer="stored")
        for each in items
    )


def acknowledges_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    """The server answers `stored`, and the commit does not come to pass."""
    take = Ingest.take

    def early(self: Ingest, station: Any, batch: Any, at: Any) -> tuple[ItemAnswer, ...]:
        try:
            return take(self, station, batch, at)
        except ServerDied:
            return _stored(batch.envelope.items)

    patch.setattr(Ingest, "take", early)


def does_not_know_what_it_has(patch: pytest.MonkeyPatch) -> None:
    """The server takes every record for a new one."""
    patch.setattr(ingest_store.runs, "known_records", lambda *_: ingest_store.runs.Known())


def deletes_on_send(patch: pytest.MonkeyPatch) -> None:
    """The agent counts as delivered what it has handed to the network."""
    post = Sender._post

    def forgetful(self: Sender, entries: list[Outgoing], frames: Iterable[bytes]) -> BatchAnswer:
        self._outbox.acknowledge([each.id for each in entries], self._outbox.generation)
        return post(self, entries, frames)

    patch.setattr(Sender, "_post", forgetful)


def uses_an_epoch_again(patch: pytest.MonkeyPatch) -> None:
    """The agent goes on in its last epoch after a start."""
    begin = station_store.StationStore._begin_epoch

    def again(self: station_store.StationStore) -> int:
        row = self.database.connection.execute("SELECT max(n) FROM epoch").fetchone()
        return int(row[0]) if row[0] is not None else begin(self)

    patch.setattr(station_store.StationStore, "_begin_epoch", again)


def counts_outside_the_transaction(patch: pytest.MonkeyPatch) -> None:
    """The sequence number is drawn from a counter that no rollback takes back."""
    enqueue = outbox.enqueue
    counters: dict[tuple[str, int], itertools.count[int]] = {}

    def drawn(connection: Any, *, epoch: int, seq: int | None = None, **given: Any) -> int:
        file = connection.execute("PRAGMA database_list").fetchone()[2]
        name = connection.execute("SELECT epoch FROM epoch WHERE n = ?", (epoch,)).fetchone()[0]
        if seq is None:
            seq = next(counters.setdefault((f"{file} {name}", epoch), itertools.count(1)))
        return enqueue(connection, epoch=epoch, seq=seq, **given)

    patch.setattr(journal, "enqueue", drawn)


def lets_poison_block_the_batch(patch: pytest.MonkeyPatch) -> None:
    """A record that the server cannot take is tried for ever, before all others."""

    def stubborn(self: Sender, entry: Outgoing, said: ItemAnswer | None) -> None:
        raise ServerAway("not all of the batch was taken")

    patch.setattr(Sender, "_not_stored", stubborn)


def purges_at_once(patch: pytest.MonkeyPatch) -> None:
    """The agent deletes what is acknowledged, and the server's disk is younger than that."""
    acknowledge = Outbox.acknowledge

    def purging(self: Outbox, ids: Iterable[int], generation: str) -> None:
        done = list(ids)
        acknowledge(self, done, generation)
        with self._database.durable() as connection:
            connection.executemany("DELETE FROM outbox WHERE id = ?", [(each,) for each in done])

    patch.setattr(Outbox, "acknowledge", purging)


def trusts_any_200(patch: pytest.MonkeyPatch) -> None:
    """Whatever answers 200 has taken the batch."""
    post = Sender._post

    def trusting(self: Sender, entries: list[Outgoing], frames: Iterable[bytes]) -> BatchAnswer:
        try:
            return post(self, entries, frames)
        except ServerAway as error:
            if "lot server" not in str(error):
                raise
            items = (
                Item(epoch=each.epoch, seq=each.seq, kind=each.kind, id=each.record_id, digest=each.digest)
                for each in entries
            )
            return BatchAnswer(server_generation=self._outbox.generation, answers=_stored(items))

    patch.setattr(Sender, "_post", trusting)


def acknowledges_the_whole_batch(patch: pytest.MonkeyPatch) -> None:
    """One record stored means that all of them are."""

    def whole(self: Sender, entries: list[Outgoing], answer: BatchAnswer) -> None:
        self._outbox.acknowledge([each.id for each in entries], answer.server_generation)

    patch.setattr(Sender, "_apply", whole)


def keeps_no_second_place(patch: pytest.MonkeyPatch) -> None:
    """A record that comes again under another place leaves that place empty."""
    patch.setattr(ingest_store.queries, "keep_also_held", lambda *_: None)


def drops_what_is_refused(patch: pytest.MonkeyPatch) -> None:
    """A record for which somebody said 413 is gone."""
    offer = Sender._offer

    def dropping(self: Sender, entries: list[Outgoing]) -> BatchAnswer | None:
        try:
            return offer(self, entries)
        except RequestRejected:
            self._outbox.acknowledge([each.id for each in entries], self._outbox.generation)
            return BatchAnswer(
                server_generation=self._outbox.generation,
                answers=tuple(
                    ItemAnswer(
                        epoch=each.epoch, seq=each.seq, id=each.record_id, digest=each.digest, answer="stored"
                    )
                    for each in entries
                ),
            )

    patch.setattr(Sender, "_offer", dropping)


MUTANTS: tuple[Break, ...] = (
    acknowledges_before_the_commit,
    does_not_know_what_it_has,
    deletes_on_send,
    uses_an_epoch_again,
    counts_outside_the_transaction,
    lets_poison_block_the_batch,
    purges_at_once,
    trusts_any_200,
    acknowledges_the_whole_batch,
    keeps_no_second_place,
    drops_what_is_refused,
)


@contextmanager
def broken(mutant: Break | None) -> Iterator[None]:
    """Break one rule for a while; None breaks none."""
    with pytest.MonkeyPatch.context() as patch:
        if mutant is not None:
            mutant(patch)
        yield
