"""One transaction of ingest: what is known already, what is new, what goes to quarantine, what it changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from lotline_contract.wire import ItemAnswer
from lotline_server.activity import queries as activity
from lotline_server.changes import queries as changes
from lotline_server.core.clock import to_micros
from lotline_server.frames import service as frames
from lotline_server.ingest import queries, sentences
from lotline_server.ingest.checks import Looked, answer_to, judged_otherwise
from lotline_server.ingest.following import Arrived, follow
from lotline_server.ingest.frames_held import HeldFrames, vector_form
from lotline_server.lots import queries as lots
from lotline_server.lots.finding import RouteFinder
from lotline_server.lots.settle import settle
from lotline_server.parts import queries as parts
from lotline_server.runs import queries as runs
from lotline_server.runs.codec import pack_plain
from lotline_server.runs.definitions import Definitions, PlanRows
from lotline_server.runs.taking import Taken
from lotline_server.stations import queries as stations
from lotline_server.stations.queries import TokenRow
from lotline_server.units import queries as units
from lotline_server.units import service as unit_rules

CONFLICT = "conflict"


@dataclass(slots=True, kw_only=True)
class Ready:
    """A run made ready outside the transaction: its definitions, its packed bytes, what our judge says."""

    rows: PlanRows
    taken: Taken
    packed: bytes
    otherwise: str | None


@dataclass(slots=True, kw_only=True)
class Storing:
    """The storing of one batch. who: in whose name it is done."""

    station: TokenRow
    held: HeldFrames
    definitions: Definitions
    at: datetime
    who: str
    ready: dict[int, Ready] = field(default_factory=dict)
    _epochs: dict[str, int] = field(default_factory=dict)
    _known: runs.Known = field(default_factory=runs.Known)
    _quarantined: set[tuple[int, int, bytes]] = field(default_factory=set)
    _units: dict[tuple[str, int], int] = field(default_factory=dict)
    _next_record: int = 0
    _part_keys: dict[str, int] = field(default_factory=dict)
    _lots: dict[str, tuple[int, int, bool] | None] = field(default_factory=dict)
    _touched: dict[int, None] = field(default_factory=dict)
    _records: list[tuple[Any, ...]] = field(default_factory=list)
    _runs: list[tuple[Any, ...]] = field(default_factory=list)
    _arrived: list[Arrived] = field(default_factory=list)
    _numbers: list[tuple[Any, ...]] = field(default_factory=list)
    _texts: list[tuple[Any, ...]] = field(default_factory=list)
    _blanks: list[tuple[Any, ...]] = field(default_factory=list)
    _vectors: list[tuple[Any, ...]] = field(default_factory=list)
    _also_held: list[dict[str, Any]] = field(default_factory=list)
    _activity: list[tuple[int, str, str, str, str]] = field(default_factory=list)

    def prepare(self, looked: Sequence[Looked]) -> None:
        """Do what needs no lock: definitions, packing, judging again."""
        compressors: dict[int, Any] = {}
        for place, each in enumerate(looked):
            if each.run is None or each.problem is not None or each.retry is not None:
                continue
            rows, taken = self.definitions.take(each.run, each.data)
            compressor = compressors.get(rows.dictionary)
            if compressor is None:
                compressor = compressors[rows.dictionary] = rows.codec.compressor()
            self.ready[place] = Ready(
                rows=rows,
                taken=taken,
                packed=compressor.compress(each.data),
                otherwise=None if taken.certain else judged_otherwise(each.run, self.held.samples(each)),
            )

    def store(
        self, connection: Connection, looked: Sequence[Looked], texts: dict[str, str]
    ) -> tuple[ItemAnswer, ...]:
        """Store a batch in the caller's transaction and answer each record."""
        runs.keep_texts(connection, texts, self.at)
        for checked in self.held.all():
            frames.keep(connection, self.station.id, checked, self.at)
        self._load(connection, looked)
        answers = tuple(self._decide(connection, place, each) for place, each in enumerate(looked))
        queries.keep_also_held(connection, self._also_held)
        runs.insert_records.many(connection, self._records)
        runs.insert_runs.many(connection, self._runs)
        # In the order of the table itself: its pages are then walked through once.
        self._numbers.sort()
        runs.insert_numbers.many(connection, self._numbers)
        runs.insert_text_values.many(connection, self._texts)
        runs.insert_blanks.many(connection, self._blanks)
        runs.insert_vectors.many(connection, self._vectors)
        if self._touched:
            route_of = RouteFinder(connection)
            unit_rules.rederive(
                connection,
                list(self._touched),
                route_of=route_of,
                find_lot=lambda lot, part: self._lot_of(connection, lot, part),
            )
            settle(connection, list(self._touched), at=self.at, who=self.who)
        activity.insert(connection, self._activity)
        if self._arrived:
            follow(
                connection, self._arrived, station=self.station, route_of=route_of,
                part_keys=self._part_keys, at=self.at, who=self.who,
            )  # fmt: skip
        if self._activity:
            changes.bump(connection, facts=bool(self._touched))
        return answers

    def _load(self, connection: Connection, looked: Sequence[Looked]) -> None:
        names = sorted({each.item.epoch for each in looked})
        found = {row.epoch: row.id for row in stations.find_epochs(connection, self.station.id, names)}
        for name in names:
            if name not in found:
                found[name] = stations.insert_epoch(
                    connection,
                    self.station.id,
                    epoch=name,
                    last_seq=0,
                    closed=False,
                    depth=0,
                    have_to=0,
                    first_seen_at=self.at,
                )
        self._epochs = found
        places: dict[int, list[int]] = {}
        for each in looked:
            places.setdefault(found[each.item.epoch], []).append(each.item.seq)
        self._known = runs.known_records(connection, places, [each.item.id for each in looked])
        self._quarantined = queries.find_quarantined(connection, places)
        self._units = units.find_units(connection, {each.run.serial_number for each in looked if each.run})
        self._next_record = runs.last_record(connection) + 1
        self._part_keys = parts.part_keys(connection)

    def _decide(self, connection: Connection, place: int, each: Looked) -> ItemAnswer:
        """Say what becomes of one record, and have it stored accordingly."""
        item = each.item
        if each.retry is not None:
            return answer_to(each, "retry", each.retry)
        epoch, digest = self._epochs[item.epoch], bytes.fromhex(item.digest)
        others = self._known.of(epoch, item.seq, item.id)
        if (self.station.id, digest) in others:
            if not self._known.has_place(epoch, item.seq):
                self._also_held.append(
                    {"epoch": epoch, "seq": item.seq, "record_id": item.id, "received_at": self.at}
                )
            return answer_to(each, "duplicate")
        missing = self.held.missing(connection, self.station.id, each)
        if missing:
            # Before any quarantine: what is quarantined is acknowledged, and its frames must be here then.
            return answer_to(each, "missing_blobs", missing=missing)
        in_quarantine = (epoch, item.seq, digest) in self._quarantined
        problem = each.problem or self._unknown_part(each) or (CONFLICT if others else None)
        if problem is not None:
            return self._quarantine(connection, each, epoch, problem, is_known=in_quarantine)
        if in_quarantine:
            queries.set_replayed(connection, epoch, item.seq, digest, self.at)
        if each.run is not None:
            self._keep_run(connection, place, each, epoch, digest)
        else:
            self._keep_event(each, epoch, digest)
        return answer_to(each, "stored")

    def _unknown_part(self, each: Looked) -> str | None:
        if each.run is None or each.run.part_number in self._part_keys:
            return None
        return f"unknown_part: the server does not know part {each.run.part_number[:64]!r}"

    def _quarantine(
        self,
        connection: Connection,
        each: Looked,
        epoch: int,
        problem: str,
        *,
        is_known: bool,
    ) -> ItemAnswer:
        item = each.item
        if not is_known:
            queries.keep_quarantined(
                connection,
                epoch=epoch,
                seq=item.seq,
                kind=item.kind,
                record_id=item.id,
                digest=bytes.fromhex(item.digest),
                reason=problem,
                content=pack_plain(each.data),
                received_at=self.at,
            )
            what = "record.conflict" if problem == CONFLICT else "record.quarantined"
            text = f"A record of {self.station.name} is kept in quarantine: {problem}"
            self._note(what, self.station.name, text)
        if problem == CONFLICT:
            return answer_to(each, "conflict", "another record has this place or this id; both are kept")
        return answer_to(each, "quarantined", problem)

    def _note(self, what: str, subject: str, text: str) -> None:
        self._activity.append((to_micros(self.at), self.who, what, subject, text))

    def _keep_event(self, each: Looked, epoch: int, digest: bytes) -> None:
        event = each.event
        assert event is not None  # noqa: S101 - a record is a run or an event
        self._add_record(each, epoch, digest, None, pack_plain(each.data))
        subject = event.serial_number or event.station
        what = "record.discarded" if event.event == "discarded" else f"scan.{event.event}"
        self._note(what, subject, sentences.event_sentence(event))

    def _add_record(
        self, each: Looked, epoch: int, digest: bytes, dictionary: int | None, packed: bytes
    ) -> int:
        key = self._next_record
        self._next_record += 1
        item = each.item
        self._known.add(self.station.id, epoch, item.seq, item.id, digest)
        row = (key, epoch, item.seq, item.kind, item.id, digest, to_micros(self.at), dictionary, packed)
        self._records.append(row)
        return key

    def _keep_run(self, connection: Connection, place: int, each: Looked, epoch: int, digest: bytes) -> None:
        run, ready = each.run, self.ready[place]
        assert run is not None  # noqa: S101 - only runs come here
        key = self._add_record(each, epoch, digest, ready.rows.dictionary, ready.packed)
        part = self._part_keys[run.part_number]
        unit = self._unit(connection, run.serial_number, part, run.lot)
        self._touched[unit] = None
        cause = None if run.cause is None else str(run.cause)
        row = (
            key, run.run_id, unit, self.station.id, epoch, each.item.seq, ready.rows.plan, run.operation,
            str(run.purpose), str(run.outcome), each.counts, cause, run.lot, run.revision, run.operator,
            each.started_us, each.ended_us, to_micros(self.at), ready.otherwise,
        )  # fmt: skip
        self._runs.append(row)
        self._arrived.append(
            Arrived(key=key, unit=unit, run=run, started_us=each.started_us, counts=each.counts)
        )
        self._add_measurements(key, each, ready.taken)
        text = sentences.run_sentence(run, self.station.name)
        self._note(f"run.{run.outcome.lower()}", run.serial_number, text)
        if ready.otherwise is not None:
            text = f"A run of {run.serial_number} is judged otherwise here: {ready.otherwise}"[:400]
            self._note("run.judged_otherwise", run.serial_number, text)

    def _add_measurements(self, key: int, each: Looked, taken: Taken) -> None:
        self._numbers += [(row[0], key, row[1], row[2], row[3]) for row in taken.numbers]
        self._texts += [(row[0], key, row[1], row[2], row[3]) for row in taken.texts]
        self._blanks += [(row[0], key, row[1], row[2]) for row in taken.blanks]
        if taken.vectors:
            vectors = {at: vector for at, _, vector in each.vectors}
            self._vectors += [
                (key, at, definition, vectors[at].data_digest, vector_form(vectors[at]), code)
                for at, definition, code in taken.vectors
            ]

    def _lot_of(self, connection: Connection, lot: str, part: int) -> int | None:
        if lot not in self._lots:
            self._lots[lot] = lots.lot_key(connection, lot)
        found = self._lots[lot]
        return found[0] if found is not None and found[1] == part else None

    def _unit(self, connection: Connection, serial_number: str, part: int, lot: str | None) -> int:
        known = self._units.get((serial_number, part))
        if known is not None:
            return known
        in_lot = None if lot is None else self._lot_of(connection, lot, part)
        row = (serial_number, part, in_lot, True, "planned", False, to_micros(self.at))
        units.insert_units.many(connection, [row])
        where = f"in lot {lot}" if in_lot is not None else "in no lot"
        if lot is not None and in_lot is None:
            where += f": the server has no lot {lot} of its part"
        text = f"Unit {serial_number} was not planned; its run brought it, {where}"
        self._note("unit.from_run", serial_number, text)
        self._units |= units.find_units(connection, [serial_number])
        return self._units[serial_number, part]
