"""A run's HDF5 file, built in memory and read again: it explains itself in any HDF5 viewer."""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from lotline_contract.frames import Axis, encode_frame
from lotline_contract.record import Measurement, Run

FORMAT = 1
_CHUNK_SAMPLES = 65_536


def build_archive(run: Run, record: bytes, digest: str, vectors: dict[str, NDArray[np.generic]]) -> bytes:
    """Give the bytes of a run's HDF5 file. vectors: samples as recorded, by data digest.

    A dataset holds the instrument's codes; value = code * scale_factor + add_offset, in its attribute uom.
    """
    with h5py.File(run.run_id, "w", driver="core", backing_store=False, libver=("v108", "latest")) as file:
        file.attrs.update(
            {
                "lotline_format": FORMAT,
                "run_id": run.run_id,
                "serial_number": run.serial_number,
                "part_number": run.part_number,
                "lot": run.lot or "",
                "station": run.station.name,
                "operation": run.operation,
                "plan": f"{run.plan.name} {run.plan.version}",
                "plan_digest": run.plan.digest,
                "started_at": run.started_at,
                "outcome": run.outcome.value,
                "record_digest": digest,
            }
        )
        file.create_dataset("record_json", data=np.frombuffer(record, np.uint8))
        for step in run.steps:
            for measurement in step.measurements:
                if measurement.vector is not None:
                    samples = vectors[measurement.vector.data_digest]
                    _add_vector(file, step.name, measurement, samples)
        file.flush()
        image: bytes = file.id.get_file_image()
    return image


def _add_vector(file: h5py.File, step: str, measurement: Measurement, samples: NDArray[np.generic]) -> None:
    vector = measurement.vector
    assert vector is not None  # noqa: S101 - the caller has looked
    name = measurement.name.replace("/", "_")
    while name in file:
        name += "'"
    size = min(samples.shape[0], _CHUNK_SAMPLES)
    dataset = file.create_dataset(
        name,
        data=samples,
        chunks=(size, *samples.shape[1:]) if samples.size else None,
        shuffle=True if samples.size else None,
        compression="gzip" if samples.size else None,
        compression_opts=1 if samples.size else None,
    )
    dataset.attrs.update(
        {
            "step": step,
            "measurement": measurement.name,
            "outcome": measurement.outcome.value,
            "uom": measurement.uom or "",
            "scale_factor": vector.scale,
            "add_offset": vector.offset,
            "data_digest": vector.data_digest,
        }
    )
    if vector.axis is not None:
        axis = vector.axis
        dataset.attrs.update({"axis_x0": axis.x0, "axis_dx": axis.dx, "axis_uom": axis.uom})
    if measurement.limit is not None:
        limit = measurement.limit
        dataset.attrs["comparator"] = limit.comparator.value
        for key, bound in (("low", limit.low), ("high", limit.high), ("equals", limit.equals)):
            if bound is not None:
                dataset.attrs[key] = bound


def read_samples(path: Path) -> dict[str, tuple[NDArray[np.generic], dict[str, object]]]:
    """Give an archive file's vectors by data digest, each with its attributes."""
    found: dict[str, tuple[NDArray[np.generic], dict[str, object]]] = {}
    with h5py.File(path, "r") as file:
        for dataset in file.values():
            if "data_digest" in dataset.attrs:
                found[str(dataset.attrs["data_digest"])] = (dataset[()], dict(dataset.attrs))
    return found


def encode_again(samples: NDArray[np.generic], attributes: dict[str, object]) -> bytes:
    """Make a frame of a dataset once more: other bytes perhaps, the same data digest."""
    axis = None
    if "axis_uom" in attributes:
        axis = Axis(
            x0=float(str(attributes["axis_x0"])),
            dx=float(str(attributes["axis_dx"])),
            uom=str(attributes["axis_uom"]),
        )
    frame, _ = encode_frame(
        str(attributes["measurement"]),
        samples,
        scale=float(str(attributes["scale_factor"])),
        offset=float(str(attributes["add_offset"])),
        uom=str(attributes["uom"]) or None,
        axis=axis,
    )
    return frame
