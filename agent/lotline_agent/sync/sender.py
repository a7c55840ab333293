"""Emptying the outbox: batches go out, and only what an answer names is acknowledged."""

import random
import time
from collections.abc import Callable, Iterable

from lotline_agent.store.archive import Archive
from lotline_agent.store.database import Database
from lotline_agent.store.outbox import Outbox, Outgoing
from lotline_agent.sync.client import RequestRejected, ServerChanged, ServerClient
from lotline_contract.frames import blob_name
from lotline_contract.record import parse_run
from lotline_contract.wire import (
    PROTOCOL,
    BatchAnswer,
    Envelope,
    Item,
    ItemAnswer,
    Limits,
    pack_batch,
)

_FIRST_DELAY_S = 1.0
_LONGEST_DELAY_S = 60.0


def back_off_s(attempts: int) -> float:
    """Give how long to wait after so many failures: full jitter, 1 s to 60 s at most."""
    return random.uniform(0.2, min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2 ** min(attempts, 10)))  # noqa: S311


class Sender:
    """Sends what is due, oldest first; one bad record stops nobody."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        archive: Archive,
        client: ServerClient,
        *,
        wait_s: Callable[[int], float] = back_off_s,
    ) -> None:
        """wait_s: how long a record waits after so many failures."""
        self._database = database
        self._outbox = outbox
        self._archive = archive
        self._client = client
        self._back_off_s = wait_s
        self.limits = Limits()

    def send_due(self) -> int:
        """Send one batch of what is due; gives how many records were tried, 0 where nothing is due.

        Raises ServerAway or ServerRefuses; then nothing is acknowledged that no answer named.
        """
        due = self._outbox.due(time.time(), self.limits.batch_records, self.limits.batch_bytes)
        if due:
            self._send(due)
        return len(due)

    def _send(self, entries: list[Outgoing]) -> None:
        try:
            answer = self._offer(entries)
        except (RequestRejected, ValueError) as error:
            # Refused by the server, or of our own making and unreadable: one record, not its neighbours.
            if len(entries) > 1:
                self._halve(entries)
            else:
                self._outbox.park(entries[0].id, str(error))
            return
        if answer is None:
            self._halve(entries)
        else:
            self._apply(entries, answer)

    def _offer(self, entries: list[Outgoing]) -> BatchAnswer | None:
        """Put the large frames, post the batch and give its answer; None where it is too large for one."""
        frames = self._frames(entries)
        if frames is None:
            return None
        large = [frame for frame in frames.values() if len(frame) > self.limits.inline_frame_bytes]
        small = [frame for frame in frames.values() if len(frame) <= self.limits.inline_frame_bytes]
        size = sum(map(len, small)) + sum(len(entry.record) for entry in entries)
        if size > self.limits.batch_bytes and len(entries) > 1:
            return None
        for frame in large:
            self._client.put_blob(blob_name(frame), frame)
        return self._post(entries, small)

    def _halve(self, entries: list[Outgoing]) -> None:
        middle = len(entries) // 2
        self._send(entries[:middle])
        self._send(entries[middle:])

    def _post(self, entries: list[Outgoing], frames: Iterable[bytes]) -> BatchAnswer:
        generation = self._outbox.generation
        texts = self._outbox.documents_to_send(generation) if generation else {}
        envelope = Envelope(
            wire=PROTOCOL,
            items=tuple(
                Item(epoch=each.epoch, seq=each.seq, kind=each.kind, id=each.record_id, digest=each.digest)
                for each in entries
            ),
            texts=texts,
        )
        answer = self._client.post_records(pack_batch(envelope, (each.record for each in entries), frames))
        if texts and answer.server_generation == generation:
            self._outbox.documents_sent(texts, generation)
        return answer

    def _apply(self, entries: list[Outgoing], answer: BatchAnswer) -> None:
        named = {(each.epoch, each.seq, each.id, each.digest): each for each in answer.answers}
        said = [named.get((each.epoch, each.seq, each.record_id, each.digest)) for each in entries]
        stored = [each is not None and each.answer in {"stored", "duplicate"} for each in said]
        # First what is done: a frame that cannot be put must not keep its neighbours unacknowledged.
        done = [entry.id for entry, is_stored in zip(entries, stored, strict=True) if is_stored]
        self._outbox.acknowledge(done, answer.server_generation)
        for entry, word, is_stored in zip(entries, said, stored, strict=True):
            if not is_stored:
                self._not_stored(entry, word)
        if answer.server_generation != self._outbox.generation:
            raise ServerChanged("another server answered than the one that was greeted")

    def _not_stored(self, entry: Outgoing, said: ItemAnswer | None) -> None:
        if said is not None and said.answer in {"quarantined", "conflict"}:
            self._outbox.park(entry.id, said.reason or said.answer)
            return
        reason = "the server did not name it" if said is None else said.reason or said.answer
        if said is not None and said.answer == "missing_blobs":
            try:
                self._put_missing(entry, said.missing)
            except RequestRejected as rejected:
                self._outbox.park(entry.id, str(rejected))
                return
        self._outbox.postpone([entry.id], time.time() + self._back_off_s(entry.attempts), reason)

    def _put_missing(self, entry: Outgoing, missing: tuple[str, ...]) -> None:
        frames = self._frames([entry]) or {}
        for digest in missing:
            if digest in frames:
                self._client.put_blob(blob_name(frames[digest]), frames[digest])

    def _frames(self, entries: list[Outgoing]) -> dict[str, bytes] | None:
        """Give the frames these records name, by data digest: from the database, else from the archive.

        None where those of several records are more than one batch holds: a night's waveforms would fill the
        memory.
        """
        held: dict[str, bytes] = {}
        for entry in entries:
            named = named_vectors(entry) - held.keys()
            if named:
                found = self._outbox.frames([entry.record_id])
                held |= found if named <= found.keys() else self._archived(entry) | found
                if len(entries) > 1 and sum(map(len, held.values())) > self.limits.batch_bytes:
                    return None
        return held

    def _archived(self, entry: Outgoing) -> dict[str, bytes]:
        connection = self._database.reader()
        try:
            return self._archive.frames_again(connection, entry.record_id)
        except Exception:  # noqa: BLE001 - a damaged HDF5 file raises whatever its reader stumbles over
            # The server will name the vectors it lacks, of this record only.
            return {}
        finally:
            connection.close()


def named_vectors(entry: Outgoing) -> set[str]:
    """Give the data digests of a record's vectors. RecordError where it is none that we can read."""
    if entry.kind != "run" or b'"data_digest"' not in entry.record:
        return set()
    return {each.vector.data_digest for each in parse_run(entry.record).measurements() if each.vector}
