"""Exercises: a seeded population with planted encounters, and the files it is handed out in."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_S, format_utc
from skypact.catalog.population import ExerciseAsset, Population, make_population
from skypact.errors import UsageError
from skypact.formats.elements import ElementTable
from skypact.formats.omm_csv import write_omm_csv
from skypact.node.whole_files import write_whole
from skypact.orbits.planting import Plant, PlantedTruth, plant

DEFAULT_OBJECTS = 30_000
DEFAULT_SEED = 1

_FIRST_HOURS = (0.4, 0.9, 1.6, 3.2, 5.5, 8.1, 11.7, 14.9, 18.6, 22.3)
"""Hours of the first ten planted encounters after the epoch; later ones follow every 4.9 h to the end of a
week. So a window of two hours has three and a day has ten."""
_LATER_EVERY_H = 4.9
_PLANTS = 36
_MISSES_KM = (0.008, 0.045, 0.15, 0.42, 0.9, 1.7, 2.8, 4.2)
_CROSSINGS_DEG = (88.0, 35.0, 150.0, 12.0, 178.0, 65.0, 120.0, 2.5)
_GEO_CROSSING_DEG = 7.0
_SPEED_GAIN = 2e-3
_GEO_SPEED_GAIN = 2e-4
"""Least gains of speed: periods differ by 30 s in low orbits, enough not to meet again at the next node."""
_GEO_MEAN_MOTION_REV_D = 1.5
"""Objects below this rate are near GEO, where nothing crosses at large angles."""
_LEO_MEAN_MOTION_REV_D = 11.0
"""Carriers are fragments of low orbits, above this rate."""
_ASSET_PLANTS_PER_OTHER = 2
"""Two of three planted encounters are of assets."""


@dataclass(frozen=True, eq=False)
class Exercise:
    """A population, its planted encounters and its assets."""

    table: ElementTable
    truth: PlantedTruth
    assets: tuple[ExerciseAsset, ...]


def make_exercise(seed: int, objects: int, epoch_tai_ns: int) -> Exercise:
    """Make the exercise of a seed: population, then planted encounters in the week after the epoch.

    The same arguments give the same exercise everywhere. Carriers of planted encounters are fragments, whose
    element sets are replaced; names, numbers and epochs stay.

    Raises
    ------
    LimitError
        If ``objects`` is out of range.
    """
    population = make_population(seed, objects, epoch_tai_ns)
    table, truth = plant(population.table, _plants(population, epoch_tai_ns))
    return Exercise(table, truth, population.assets)


def _plants(population: Population, epoch_tai_ns: int) -> list[Plant]:
    """Say which encounters to make: every asset in turn, other payloads between, misses from 8 m to 4 km."""
    table = population.table
    kinds = np.array(table.extra["OBJECT_TYPE"], dtype=object)
    rows = np.arange(len(table))
    fast = table.mean_motion_rev_d > _LEO_MEAN_MOTION_REV_D
    spare, spare_high = rows[(kinds == "DEBRIS") & fast], rows[(kinds == "DEBRIS") & ~fast]
    low = table.mean_motion_rev_d > _GEO_MEAN_MOTION_REV_D
    others = rows[(kinds == "PAYLOAD") & low][len(population.assets) :]
    count = min(_PLANTS, len(spare) // 2, 2 * len(others))
    plants = []
    for k in range(count):
        turn, place = divmod(k, _ASSET_PLANTS_PER_OTHER + 1)
        if place < _ASSET_PLANTS_PER_OTHER:
            target = (turn * _ASSET_PLANTS_PER_OTHER + place) % len(population.assets)
        else:
            target = int(others[k * len(others) // count])
        late = max(0, k + 1 - len(_FIRST_HOURS)) * _LATER_EVERY_H
        hours = _FIRST_HOURS[min(k, len(_FIRST_HOURS) - 1)] + late
        plants.append(
            Plant(
                target_row=target,
                carrier_row=_of(spare if low[target] or not len(spare_high) else spare_high, k, count),
                tca_tai_ns=epoch_tai_ns + round(hours * 3600 * NS_PER_S),
                miss_km=_MISSES_KM[(k * 3) % len(_MISSES_KM)],
                crossing_deg=_CROSSINGS_DEG[k % len(_CROSSINGS_DEG)] if low[target] else _GEO_CROSSING_DEG,
                clock_deg=(47.0 * k) % 360.0,
                speed_gain=(_SPEED_GAIN if low[target] else _GEO_SPEED_GAIN) * (1 + k % 3),
            )
        )
    return plants


def _of(rows: NDArray[np.int64], k: int, count: int) -> int:
    """Return the row at k parts of ``count`` of the way."""
    return int(rows[k * len(rows) // count])


def truth_csv(exercise: Exercise) -> str:
    """Write the planted encounters as CSV, in order of time."""
    table, truth = exercise.table, exercise.truth
    header = ["norad_1", "norad_2", "name_1", "name_2", "tca_utc", "miss_km", "rel_speed_km_s", "kind"]
    lines = []
    for k in np.argsort(truth.tca_tai_ns, kind="stable"):
        one, two = sorted((int(truth.row_1[k]), int(truth.row_2[k])), key=lambda row: int(table.norad[row]))
        lines.append(
            [
                int(table.norad[one]), int(table.norad[two]), table.object_name[one], table.object_name[two],
                format_utc(int(truth.tca_tai_ns[k]), decimals=6), f"{truth.miss_km[k]:.6f}",
                f"{truth.rel_speed_km_s[k]:.6f}", "encounter",
            ]
        )  # fmt: skip
    return _csv_text(header, lines)


def assets_csv(assets: tuple[ExerciseAsset, ...]) -> str:
    """Write the assets in the columns that ``skypact assets import`` reads."""
    header = ["norad", "name", "owner", "sector", "radius_m", "maneuverable"]
    rows = [
        [a.norad, a.name, a.owner, a.sector, f"{a.radius_m:g}", str(a.maneuverable).lower()] for a in assets
    ]
    return _csv_text(header, rows)


def _csv_text(header: list[str], rows: list[list[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()


def side_files(output: Path) -> tuple[Path, Path]:
    """Return the names of the truth and assets files beside a population: FILE.truth.csv, FILE.assets.csv."""
    base = output.name.removesuffix(".gz").removesuffix(".csv")
    return output.with_name(f"{base}.truth.csv"), output.with_name(f"{base}.assets.csv")


def write_exercise(exercise: Exercise, output: Path) -> tuple[Path, Path, Path]:
    """Write population (gzip where the name ends so), truth and assets; return the three paths.

    Every file appears only when it is whole.

    Raises
    ------
    UsageError
        If the name does not end in ``.csv`` or ``.csv.gz``.
    """
    if not output.name.endswith((".csv", ".csv.gz")):
        raise UsageError(
            f"'{output}' is not a CSV name", where="--output", remedy="end it in .csv or .csv.gz"
        )
    truth, assets = side_files(output)
    content = write_omm_csv(exercise.table).encode()
    if output.name.endswith(".gz"):
        content = gzip.compress(content, compresslevel=6, mtime=0)
    write_whole(output, content)
    write_whole(truth, truth_csv(exercise).encode())
    write_whole(assets, assets_csv(exercise.assets).encode())
    return output, truth, assets
