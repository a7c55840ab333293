"""Taking in a rescue bundle: what a stick brings meets the same checks as what the wire brings."""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lotline_contract.bundle import BundleError, BundleReader, Head
from lotline_contract.frames import blob_name
from lotline_contract.wire import PROTOCOL, Hello, ItemAnswer, WireError, unpack_batch
from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.clock import Clock
from lotline_server.core.errors import Conflict, Forbidden, Invalid, NotFound
from lotline_server.core.folder import DataFolder
from lotline_server.ingest import hello as hellos
from lotline_server.ingest.rederive import rederive_epochs
from lotline_server.ingest.service import Ingest
from lotline_server.stations import queries as stations
from lotline_server.stations.queries import TokenRow

Told = Callable[[str, int, int], None]
_MAX_TOLD = 50


@dataclass(slots=True, kw_only=True)
class Imported:
    """What became of a bundle's records. answers: how many of each; open: what is not held, in words."""

    station: str
    sealed: bool
    unreadable: int
    answers: Counter[str] = field(default_factory=Counter)
    open: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Tell whether everything in the bundle is held now, quarantine and conflicts included."""
        return not self.answers["missing_blobs"] and not self.answers["retry"]

    def count(self, answer: ItemAnswer) -> None:
        """Count one record's answer."""
        self.answers[answer.answer] += 1
        if answer.answer not in {"stored", "duplicate"} and len(self.open) < _MAX_TOLD:
            why = answer.reason or f"{len(answer.missing)} of its vectors are not in the bundle"
            self.open.append(f"{answer.answer}: {answer.id}: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Importing:
    """What an import needs."""

    ingest: Ingest
    folder: DataFolder
    disk_floor_bytes: int
    clock: Clock
    who: str
    told: Told

    def take(self, path: Path, named: str | None) -> Imported:
        """Take a bundle in. It is read once before, whole: of one that was cut or changed nothing is taken.

        named: the station that an administrator vouches for; None where the bundle's own seal must prove it.
        Raises Invalid for a file that is no whole bundle, Forbidden for one whose seal proves nothing.
        """
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                reader = BundleReader(file.read)
                for _ in reader.parts():
                    self.told("reading", file.tell(), size)
                head, index = reader.head, reader.index
                assert head is not None  # noqa: S101 - `parts` has come to its end
                assert index is not None  # noqa: S101
                station, sealed = self._station(reader, head, named)
                done = Imported(station=station.name, sealed=sealed, unreadable=index.unreadable)
                self._learn(station, head)
                file.seek(0)
                self._take_parts(file, size, station, done)
        except OSError as error:
            raise NotFound(f"{path} cannot be read: {error.strerror}") from error
        except BundleError as error:
            raise Invalid(
                f"{path} is no whole rescue bundle: it {error}. Make it again at the station"
            ) from error
        self._note(done)
        return done

    def _station(self, reader: BundleReader, head: Head, named: str | None) -> tuple[TokenRow, bool]:
        with self.ingest.database.read() as connection:
            if named is not None:
                if named != head.station:
                    raise Conflict(f"this bundle is of station {head.station}, not of {named}")
                called = stations.station_called(connection, named)
                if called is None:
                    raise NotFound(f"there is no station {named} here: lotline-server station add {named}")
                return called, False
            found = None if head.key is None else stations.find_token(connection, head.key)
        if found is None or not reader.is_sealed_with(found.token_digest):
            raise Forbidden(
                f"nothing proves that this bundle is of station {head.station}: it is not sealed with the "
                f"token that the station has here. Where you know whose it is: --station {head.station}"
            )
        return found, True

    def _take_parts(self, file: BinaryIO, size: int, station: TokenRow, done: Imported) -> None:
        for part in BundleReader(file.read).parts():
            self.folder.require_free(self.disk_floor_bytes)
            if part.kind == "frame":
                self.ingest.put_blob(station, blob_name(part.data), part.data, self.clock())
            else:
                try:
                    batch = unpack_batch(part.data)
                except WireError as error:
                    raise Invalid(f"a batch of this bundle is none: {error}") from error
                for answer in self.ingest.take(station, batch, self.clock()):
                    done.count(answer)
            self.told("taking in", file.tell(), size)
        self.told("taking in", size, size)

    def _learn(self, station: TokenRow, head: Head) -> None:
        """Learn the station's epochs as from its greeting, so that completeness knows what it assigned."""
        at = self.clock()
        with self.ingest.database.write() as connection:
            for start in range(0, len(head.epochs), hellos.MAX_EPOCHS):
                epochs = head.epochs[start : start + hellos.MAX_EPOCHS]
                hellos.check_hello(
                    Hello(
                        protocols=(PROTOCOL, PROTOCOL),
                        records=(1, 1),
                        epochs=epochs,
                        agent_version=head.agent_version,
                        clock=head.made_at,
                        pending=0,
                    )
                )
                moved = hellos.learn_epochs(connection, station, epochs, at)
                rederive_epochs(connection, moved, at=at, who=f"station {station.name}")

    def _note(self, done: Imported) -> None:
        proof = "sealed by the station" if done.sealed else f"vouched for by {self.who}"
        text = f"A rescue bundle of {done.station} was taken in, {proof}: {answers_in_words(done)}"
        with self.ingest.database.write() as connection:
            note(
                connection,
                at=self.clock(),
                who=self.who,
                what="bundle.imported",
                subject=done.station,
                text=text,
            )
            changes.bump(connection, facts=True)


def answers_in_words(done: Imported) -> str:
    """Say how many records got which answer."""
    said = ", ".join(f"{count} {answer.replace('_', ' ')}" for answer, count in sorted(done.answers.items()))
    return said or "no records"
