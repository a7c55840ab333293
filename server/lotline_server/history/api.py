"""Units, runs and vectors over HTTP."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response

from lotline_server.core.clock import to_micros
from lotline_server.core.paging import Paged
from lotline_server.core.strict_json import StrictRoute
from lotline_server.core.web import Needs
from lotline_server.frames import service as frames
from lotline_server.history import queries, service, spreadsheet
from lotline_server.history.overview import Overview, make_overview
from lotline_server.ingest.attaching import download
from lotline_server.lots import queries as lots
from lotline_server.lots import service as lot_rules

router = APIRouter(prefix="/api/v1", tags=["units"], route_class=StrictRoute)

_CSV = "text/csv; charset=utf-8; header=present"
_MAX_CSV_UNITS = 1_000_000


def _json(found: Any) -> Response:
    return Response(msgspec.json.encode(found), media_type="application/json")


def _csv(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=_CSV, headers=headers)


@router.get("/units/{serial_number:path}/measurements.csv")
def unit_csv(serial_number: str, needs: Needs, part: str | None = None) -> Response:
    """Give every measurement of one unit for a spreadsheet."""
    with needs.database.read() as connection:
        found = service.unit_record(connection, serial_number, part)
    return _csv(spreadsheet.measurements_csv(found), "measurements.csv")


@router.get("/units/{serial_number:path}")
def get_unit(serial_number: str, needs: Needs, part: str | None = None) -> Response:
    """Give the whole record of one unit: {unit, route, operations, runs: [{row, attempt, record}]}.

    `record` is the wire record as the station wrote it. A serial number of several parts needs `?part=`.
    """
    with needs.database.read() as connection:
        return _json(service.unit_record(connection, serial_number, part))


@router.get("/lots/{lot:path}/units.csv")
def lot_csv(lot: str, needs: Needs) -> Response:
    """Give a lot's units for a spreadsheet."""
    with needs.database.read() as connection:
        lot_rules.require_lot(connection, lot)
        found = lots.lot_units(connection, lot, limit=_MAX_CSV_UNITS)
    return _csv(spreadsheet.units_csv(found), "units.csv")


@router.get("/runs")
def list_runs(needs: Needs, pages: Paged, station: str | None = None) -> list[queries.RunRow]:
    """List the newest runs."""
    with needs.database.read() as connection:
        found = queries.latest_runs(connection, limit=pages.ask, station=station, after=pages.after(int, str))
    return pages.cut(found, lambda row: (to_micros(row.started_at), row.run_id))


@router.get("/runs/{run_id}")
def get_run(run_id: str, needs: Needs) -> Response:
    """Give one run: {row, attempt, record}."""
    with needs.database.read() as connection:
        return _json(service.run_record(connection, run_id))


@router.get("/runs/{run_id}/file")
def get_file(run_id: str, needs: Needs) -> Response:
    """Give the file that somebody attached with this run, as a download."""
    with needs.database.read() as connection:
        found = service.run_record(connection, run_id)
    return download(needs.files, found.record)


@router.get("/runs/{run_id}/record")
def get_verbatim(run_id: str, needs: Needs) -> Response:
    """Give the record's exact bytes as the station sent them; X-Lotline-Digest is their SHA-256."""
    with needs.database.read() as connection:
        data, digest = service.verbatim(connection, run_id)
    return Response(data, media_type="application/json", headers={"X-Lotline-Digest": digest})


@router.get("/vectors/{data_digest}/overview")
def get_overview(
    data_digest: str,
    needs: Needs,
    *,
    points: Annotated[int, Query(ge=1, le=20_000)] = 2000,
    start: Annotated[int, Query(ge=0)] = 0,
    stop: Annotated[int | None, Query(ge=0)] = None,
    form: Annotated[str | None, Query(max_length=200)] = None,
) -> Overview:
    """Outline a vector, or samples [start, stop) of it, in at most `points` stretches."""
    with needs.database.read() as connection:
        header, samples = frames.read_samples(connection, needs.frames, data_digest, form)
    return make_overview(header, samples, points=points, start=start, stop=stop)


@router.get("/vectors/{data_digest}")
def get_vector(data_digest: str, needs: Needs) -> Response:
    """Give a vector's raw little-endian samples; the headers say how to read them: code * scale + offset."""
    with needs.database.read() as connection:
        header, samples = frames.read_samples(connection, needs.frames, data_digest)
    headers = {
        "X-Lotline-Digest": header.sha256,
        "X-Lotline-Dtype": header.dtype,
        "X-Lotline-Shape": ",".join(map(str, header.shape)),
        "X-Lotline-Scale": repr(header.scale),
        "X-Lotline-Offset": repr(header.offset),
    }
    if header.axis is not None:
        headers |= {"X-Lotline-Axis-X0": repr(header.axis.x0), "X-Lotline-Axis-Dx": repr(header.axis.dx)}
    return Response(samples.tobytes(), media_type="application/octet-stream", headers=headers)
