"""Projects, parts, lots, units and what was measured of them."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from lotline_client.link import Link, read_answer
from lotline_client.things import (
    Activity,
    CreatedLot,
    Hit,
    Lot,
    Part,
    Project,
    Run,
    RunRecord,
    Unit,
    UnitRecord,
)
from lotline_client.waveforms import Waveform, read_waveform
from lotline_contract.record import Vector

Thing = TypeVar("Thing", bound=msgspec.Struct)


def named(*parts: object) -> str:
    """Write an address whose parts may hold anything but what the server refuses in a name."""
    return "/api/v1/" + "/".join(quote(str(part), safe="/") for part in parts)


def tagged(answer: httpx.Response, kind: type[Thing]) -> Thing:
    """Read a thing with the state it was read in."""
    return msgspec.structs.replace(read_answer(answer, kind), tag=answer.headers.get("ETag", ""))


class Production:
    """The part of a lot server that knows what is built."""

    _link: Link

    def lots(
        self,
        *,
        part_number: str | None = None,
        project: str | None = None,
        status: Sequence[str] | None = None,
    ) -> Iterator[Lot]:
        """Give lots, the newest first. status: only those with one of these."""
        asked = {"part_number": part_number, "project": project, "status": status}
        return self._link.pages("/api/v1/lots", Lot, asked)

    def lot(self, lot: str) -> Lot:
        """Give one lot with its progress."""
        return tagged(self._link.send("GET", named("lots", lot)), Lot)

    def create_lot(
        self, lot: str, *, part_number: str, target: int, key: str | None = None, **said: Any
    ) -> CreatedLot:
        """Create a lot, and as many serial numbers as `serials` says. said: as the API's NewLot has it."""
        body = {"lot": lot, "part_number": part_number, "target": target, **said}
        return read_answer(self._link.change("POST", named("lots"), body, key=key), CreatedLot)

    def change_lot(self, lot: Lot | str, *, key: str | None = None, **changes: Any) -> Lot:
        """Change a lot. Raises ChangedMeanwhile where a Lot is given and is no more what was read."""
        name, tag = (lot, None) if isinstance(lot, str) else (lot.lot, lot.tag or None)
        return tagged(self._link.change("PATCH", named("lots", name), changes, key=key, tag=tag), Lot)

    def create_serials(self, lot: str, count: int, *, key: str | None = None) -> tuple[str, ...]:
        """Create serial numbers in a lot, and give them."""
        answer = self._link.change("POST", named("lots", lot, "serials"), {"count": count}, key=key)
        return read_answer(answer, CreatedLot).serial_numbers

    def units(self, lot: str, *, status: str | None = None) -> Iterator[Unit]:
        """Give a lot's units by serial number."""
        return self._link.pages(named("lots", lot, "units"), Unit, {"status": status})

    def unit(self, serial_number: str, *, part_number: str | None = None) -> UnitRecord:
        """Give everything of one unit. part_number: where two parts use the serial number."""
        return self._link.get(named("units", serial_number), UnitRecord, {"part": part_number})

    def runs(self, *, station: str | None = None) -> Iterator[Run]:
        """Give runs, the newest first."""
        return self._link.pages("/api/v1/runs", Run, {"station": station})

    def run(self, run_id: str) -> RunRecord:
        """Give one run with its record."""
        return self._link.get(named("runs", run_id), RunRecord)

    def waveform(self, vector: Vector | str) -> Waveform:
        """Give a waveform: of a measurement's `vector`, or by the SHA-256 of its samples."""
        digest = vector if isinstance(vector, str) else vector.data_digest
        return read_waveform(self._link.send("GET", named("vectors", digest)), digest)

    def parts(
        self,
        words: str = "",
        *,
        kind: str | None = None,
        status: str | None = None,
        project: str | None = None,
    ) -> Iterator[Part]:
        """Give parts by number. words: each begins a word of number, name or description."""
        asked = {"q": words or None, "kind": kind, "status": status, "project": project}
        return self._link.pages("/api/v1/parts", Part, asked)

    def part(self, part_number: str) -> Part:
        """Give one part with its route."""
        return tagged(self._link.send("GET", named("parts", part_number)), Part)

    def create_part(self, part_number: str, *, name: str, key: str | None = None, **said: Any) -> Part:
        """Create a part. said: as the API's NewPart has it."""
        body = {"part_number": part_number, "name": name, **said}
        return tagged(self._link.change("POST", named("parts"), body, key=key), Part)

    def change_part(self, part: Part | str, *, key: str | None = None, **changes: Any) -> Part:
        """Change a part. Raises ChangedMeanwhile where a Part is given and is no more what was read."""
        name, tag = (part, None) if isinstance(part, str) else (part.part_number, part.tag or None)
        return tagged(self._link.change("PATCH", named("parts", name), changes, key=key, tag=tag), Part)

    def projects(self) -> Iterator[Project]:
        """Give the projects by name."""
        return self._link.pages("/api/v1/projects", Project, {})

    def create_project(self, name: str, *, key: str | None = None, **said: Any) -> Project:
        """Create a project. said: description, customer."""
        return tagged(self._link.change("POST", named("projects"), {"name": name, **said}, key=key), Project)

    def search(self, text: str, *, limit: int = 20) -> list[Hit]:
        """Find lots, parts, units and orders by how their name begins."""
        return self._link.get("/api/v1/search", list[Hit], {"q": text, "limit": limit})

    def activity(self, *, subject: str | None = None, what: str | None = None) -> Iterator[Activity]:
        """Give what happened, the newest first. what: a code such as lot.completed, or a kind such as lot."""
        return self._link.pages("/api/v1/activity", Activity, {"subject": subject, "what": what})
