"""Station and server, record by record and vector by vector: what the one has, the other must have, once."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import httpx

from lotline_agent.store.database import open_reader
from lotline_agent.store.hdf5 import read_samples
from lotline_agent.store.history import PastRun, all_runs
from lotline_agent.store.station_store import DATABASE_NAME


class Comparison(NamedTuple):
    """What was found. vectors_equal: every vector's samples are the same bytes in archive and server."""

    runs: int
    on_server: int
    lost: int
    duplicated: int
    vectors: int
    vectors_equal: bool

    @property
    def is_clean(self) -> bool:
        """Tell whether both sides hold the same."""
        return self.lost == self.duplicated == 0 and self.vectors_equal and self.runs == self.on_server


def compare(data: Path, server: str, token: str) -> Comparison:
    """Compare a station's data folder with what its server answers, asked with an API token. Only reads."""
    connection = open_reader(data / DATABASE_NAME)
    try:
        runs = all_runs(connection)
    finally:
        connection.close()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{server}/api/v1", trust_env=False, timeout=30.0, headers=headers) as http:
        held = Counter(
            run_id
            for serial_number in sorted({run.serial_number for run in runs})
            for run_id in _runs_on_server(http, serial_number)
        )
        lost = sum(not _same_record(http, run) for run in runs)
        equal = [_same_vectors(http, data / "archive", run) for run in runs]
    return Comparison(
        runs=len(runs),
        on_server=sum(held.values()),
        lost=lost,
        duplicated=sum(held.values()) - len(held),
        vectors=sum(count for count, _ in equal),
        vectors_equal=all(same for _, same in equal),
    )


def _runs_on_server(http: httpx.Client, serial_number: str) -> list[str]:
    answer = http.get(f"/units/{serial_number}")
    if answer.status_code == 404:
        return []
    return [run["row"]["run_id"] for run in answer.raise_for_status().json()["runs"]]


def _same_record(http: httpx.Client, run: PastRun) -> bool:
    answer = http.get(f"/runs/{run.run_id}/record")
    return answer.status_code == 200 and hashlib.sha256(answer.content).hexdigest() == run.digest


def _same_vectors(http: httpx.Client, archive: Path, past: PastRun) -> tuple[int, bool]:
    """Compare the samples in the run's archive file with the server's; gives (how many, all the same)."""
    run = past.run()
    wanted = {each.vector.data_digest for each in run.measurements() if each.vector} if run else set()
    if not wanted:
        return 0, True
    if past.file is None:
        return len(wanted), False
    sealed = read_samples(archive / past.file)
    same = wanted == sealed.keys()
    for digest, (samples, _) in sealed.items():
        answer = http.get(f"/vectors/{digest}")
        same &= answer.status_code == 200 and answer.content == samples.tobytes()
    return len(wanted), same
