"""The reference cases of collision probability as encounters; used by the tests of pc*.py."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skypact.conjunction.pc_geometry import DensityError, EncounterStates, ObjectState
from skypact.formats.cdm import read_cdms
from skypact.formats.reading import RawInput

ALFANO_HBR_M = (15, 4, 15, 15, 10, 10, 10, 4, 6, 6, 4)
"""Of cases 1 to 11 (shared/data/README.md, after Alfano 2009)."""


def encounter_of(path: Path, hbr_m: float) -> EncounterStates:
    """Read a CDM (inertial frame) and make the encounter of it."""
    cdms, _ = read_cdms(RawInput(path.name, path.read_bytes()))
    objects = []
    for item in cdms[0].objects:
        assert item.ref_frame == "EME2000"
        density = None
        if item.dcp is not None:
            vector = np.concatenate([item.dcp.position_m, item.dcp.velocity_m_s]) / 1e3
            density = DensityError(item.dcp.sigma, vector)
        objects.append(
            ObjectState.from_rtn(
                item.position_km, item.velocity_km_s, item.covariance_rtn_m2 / 1e6, density=density
            )
        )
    return EncounterStates(objects[0], objects[1], hbr_m / 1e3)


@dataclass(frozen=True)
class CaraCase:
    """A test conjunction of NASA CARA with its row of the table."""

    name: str
    encounter: EncounterStates
    row: dict[str, str]

    def value(self, column: str) -> float:
        """Return a number of the row."""
        return float(self.row[column])


def cara_cases(shared_data: Path) -> list[CaraCase]:
    """All 27 conjunctions of the table, with its hard-body radii."""
    folder = shared_data / "pc"
    with (folder / "cara_pc_reference.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    return [
        CaraCase(
            row["Conjunction_ID"],
            encounter_of(folder / "cara_cdm" / (row["Conjunction_ID"] + ".cdm"), float(row["HBR_m"])),
            row,
        )
        for row in rows
    ]


def alfano_case(shared_data: Path, number: int) -> tuple[EncounterStates, dict[str, str]]:
    """Case 1 to 11 of Alfano (2009) with its row of the table."""
    folder = shared_data / "pc"
    with (folder / "alfano2009_reference.csv").open() as stream:
        row = list(csv.DictReader(stream))[number - 1]
    path = folder / "alfano2009_cdm" / f"AlfanoTestCase{number:02d}.cdm"
    return encounter_of(path, ALFANO_HBR_M[number - 1]), row


def armellin_table(shared_data: Path) -> np.ndarray:
    """Rows of the table as floats, columns as in its header."""
    with gzip.open(shared_data / "pc" / "armellin_kelvins_odd.csv.gz", "rt") as stream:
        reader = csv.reader(stream)
        next(reader)
        return np.array([[float(x) for x in row] for row in reader])


def simple_encounter(
    miss_km: tuple[float, float, float] = (0.1, 0.05, -0.02),
    speed_km_s: tuple[float, float, float] = (0.0, 0.0, 7.5),
    hbr_m: float = 10.0,
    sigma_km: tuple[float, float, float] = (0.05, 0.4, 0.06),
) -> EncounterStates:
    """Two objects in low orbit, the second crossing at a right angle; covariances in RTN."""
    covariance = np.diag([*(s**2 for s in sigma_km), 1e-8, 1e-8, 1e-8])
    position = np.array([7000.0, 0.0, 0.0])
    first = ObjectState.from_rtn(position, np.array([0.0, 7.5, 0.0]), covariance)
    second = ObjectState.from_rtn(position + np.array(miss_km), np.array(speed_km_s), covariance)
    return EncounterStates(first, second, hbr_m / 1e3)
