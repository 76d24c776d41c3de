"""Runs of the main job: the listed conjunctions of each, with provenance, as files beside the database.

A run is one NumPy archive in the node's folder ``runs``: columns as arrays, everything else as JSON. It is
written whole or not at all; the oldest are dropped.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skypact.records import DataMode, Provenance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FOLDER = "runs"
RUNS_KEPT = 10
"""A week of daily runs and some more: enough to compare with and to ask why."""
_COLUMNS = ("norad_1", "norad_2", "tca_tai_ns", "miss_km", "pc", "pc_max")


@dataclass(frozen=True, eq=False)
class StoredRun:
    """The listed conjunctions of a run, columns of shape (n,); probabilities are NaN where there is none."""

    made_tai_ns: int
    start_tai_ns: int
    hours: float
    threshold_km: float
    provenance: Provenance
    norad_1: Ints
    norad_2: Ints
    tca_tai_ns: Ints
    miss_km: Floats
    pc: Floats
    pc_max: Floats


def write_run(home: Path, run: StoredRun) -> Path:
    """Write a run into the node's folder and drop the oldest ones; return its file."""
    folder = home / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{run.made_tai_ns:020d}.npz"
    head = {
        "made_tai_ns": run.made_tai_ns,
        "start_tai_ns": run.start_tai_ns,
        "hours": run.hours,
        "threshold_km": run.threshold_km,
        "provenance": asdict(run.provenance) | {"parameters": dict(run.provenance.parameters)},
    }
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".run.")
    try:
        with os.fdopen(handle, "wb") as stream:
            columns = {name: getattr(run, name) for name in _COLUMNS}
            np.savez(stream, allow_pickle=False, head=np.array(json.dumps(head)), **columns)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    for old in sorted(folder.glob("*.npz"))[:-RUNS_KEPT]:
        old.unlink(missing_ok=True)
    return path


def read_run(path: Path) -> StoredRun | None:
    """Read a run; ``None`` if the file is damaged or of another version."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            columns = {name: archive[name] for name in _COLUMNS}
            head = json.loads(str(archive["head"]))
        provenance = head["provenance"]
        return StoredRun(
            made_tai_ns=int(head["made_tai_ns"]),
            start_tai_ns=int(head["start_tai_ns"]),
            hours=float(head["hours"]),
            threshold_km=float(head["threshold_km"]),
            provenance=Provenance(
                skypact_version=provenance["skypact_version"],
                method=provenance["method"],
                data_mode=DataMode(provenance["data_mode"]),
                created_utc=provenance["created_utc"],
                inputs=tuple(provenance["inputs"]),
                parameters=provenance["parameters"],
            ),
            **columns,
        )
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile):
        return None


def latest_run(home: Path, *, before_tai_ns: int, threshold_km: float) -> StoredRun | None:
    """Return the newest run made before a time with the same threshold, ``None`` where there is none."""
    for path in sorted((home / FOLDER).glob("*.npz"), reverse=True):
        run = read_run(path)
        if run is not None and run.made_tai_ns < before_tai_ns and run.threshold_km == threshold_km:
            return run
    return None
