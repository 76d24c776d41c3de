"""Screening as people ask for it: files or the node's catalog in, a listing of encounters out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_DAY, format_utc_array
from skypact.conjunction.encounters import KINDS, EncounterKind, EncounterTable
from skypact.conjunction.screening import Screening, screen_catalog
from skypact.errors import NotFoundError, UsageError
from skypact.formats.catalog_files import dedupe_newest, read_elements
from skypact.formats.elements import ElementTable
from skypact.formats.reading import ReadReport
from skypact.node.desk.files import read_input
from skypact.node.views.listing import Column, ColumnRows, Listing, decimals
from skypact.records import Progress, no_progress

THRESHOLD_MAX_KM = 100.0
"""Without ``--force``: the number of encounters grows with the square of the threshold (5 km: about 25,000 a
day for a full catalog; 100 km: ten million)."""
HOURS_MAX = 24.0 * 366.0

ENCOUNTER_COLUMNS = (
    Column("norad_1", "catalog number of the first object (the primary, else the lower number)"),
    Column("norad_2", "catalog number of the second object"),
    Column("name_1", "name of the first object"),
    Column("name_2", "name of the second object"),
    Column("tca_utc", "time of closest approach"),
    Column("miss_km", "distance at the TCA", decimals(6)),
    Column("rel_speed_km_s", "relative speed at the TCA", decimals(6)),
    Column("radial_km", "position of the second object in RTN of the first: radial", decimals(6)),
    Column("in_track_km", "in-track", decimals(6)),
    Column("cross_track_km", "cross-track", decimals(6)),
    Column("age_1_d", "age of the first element set at the TCA", decimals(3)),
    Column("age_2_d", "age of the second element set at the TCA", decimals(3)),
    Column("kind", "encounter, edge, co-moving or volume"),
    Column("start_utc", "first time below the threshold (co-moving) or in the box (volume)"),
    Column("stop_utc", "last time below the threshold or in the box"),
)


@dataclass(frozen=True, eq=False)
class CatalogInput:
    """Element sets to screen, and what was met when they were read."""

    elements: ElementTable
    report: ReadReport
    older: ElementTable
    """Second element sets of the same object: kept out, the newest counts."""


def read_catalog_files(paths: Sequence[Path]) -> CatalogInput:
    """Read element sets of one or more files; the newest of each object counts."""
    tables, report = [], ReadReport()
    for path in paths:
        table, one = read_elements(read_input(path))
        tables.append(table)
        report.accepted += one.accepted
        report.rejected += one.rejected
        report.warnings += one.warnings
        report.unknown_keys += one.unknown_keys
    newest, older = dedupe_newest(ElementTable.concatenate(tables))
    return CatalogInput(newest, report, older)


def check_window(hours: float, threshold_km: float, *, force: bool) -> None:
    """Refuse windows and thresholds that mean nothing or cost more than is meant.

    Raises
    ------
    UsageError
        For a length or threshold that is not positive, or above the limits without ``force``.
    """
    if not (hours > 0 and math.isfinite(hours)):
        raise UsageError(
            f"a window of {hours:g} h has no length", where="--hours", remedy="give hours above 0"
        )
    if hours > HOURS_MAX:
        raise UsageError(
            f"{hours:g} h is more than a year", where="--hours", remedy="element sets age in days"
        )
    if not (threshold_km > 0 and math.isfinite(threshold_km)):
        raise UsageError(f"a threshold of {threshold_km:g} km finds nothing", where="--threshold-km")
    if threshold_km > THRESHOLD_MAX_KM and not force:
        raise UsageError(
            f"{threshold_km:g} km: time, memory and rows grow with its square (a full catalog: about 25,000 "
            f"rows a day at 5 km, ten million at {THRESHOLD_MAX_KM:g} km)",
            where="--threshold-km",
            remedy="use --force if that is meant",
        )


def primaries_of(elements: ElementTable, wanted: Sequence[int]) -> NDArray[np.bool_] | None:
    """Return which rows are the wanted primaries; ``None`` where none are named.

    Raises
    ------
    NotFoundError
        For a catalog number that is not in the table.
    """
    if not wanted:
        return None
    missing = sorted(set(wanted) - set(elements.norad.tolist()))
    if missing:
        numbers = ", ".join(map(str, missing))
        raise NotFoundError(f"no element set of {numbers} in the input", where="--primaries")
    return np.isin(elements.norad, np.array(wanted, dtype=np.int64))


def encounter_listing(elements: ElementTable, encounters: EncounterTable, *, note: str = "") -> Listing:
    """Return encounters as a listing with the columns of every interface."""
    e, rows = encounters, (encounters.row_1, encounters.row_2)
    data: dict[str, Sequence[Any]] = {
        "tca_utc": format_utc_array(e.tca_tai_ns, decimals=6).tolist(),
        "miss_km": e.miss_km.tolist(),
        "rel_speed_km_s": e.rel_speed_km_s.tolist(),
        "radial_km": e.radial_km.tolist(),
        "in_track_km": e.in_track_km.tolist(),
        "cross_track_km": e.cross_track_km.tolist(),
        "kind": [KINDS[k].value for k in e.kind.tolist()],
        "start_utc": format_utc_array(e.start_tai_ns, decimals=3).tolist(),
        "stop_utc": format_utc_array(e.stop_tai_ns, decimals=3).tolist(),
    }
    for side, row in zip(("1", "2"), rows, strict=True):
        data[f"norad_{side}"] = elements.norad[row].tolist()
        data[f"name_{side}"] = elements.object_name[row].tolist()
        data[f"age_{side}_d"] = ((e.tca_tai_ns - elements.epoch_tai_ns[row]) / NS_PER_DAY).tolist()
    return Listing(ENCOUNTER_COLUMNS, ColumnRows(data), note)


def screen_elements(
    elements: ElementTable,
    start_tai_ns: int,
    *,
    hours: float,
    threshold_km: float,
    primaries: Sequence[int] = (),
    workers: int,
    force: bool = False,
    progress: Progress = no_progress,
) -> Screening:
    """Check what is asked, and screen."""
    check_window(hours, threshold_km, force=force)
    primary = primaries_of(elements, primaries)
    return screen_catalog(
        elements, start_tai_ns, hours, threshold_km, workers=workers, progress=progress, primary=primary
    )


def summary(elements: ElementTable, screening: Screening, older: int, rejected: int) -> list[str]:
    """Return what to tell a person: counts of every kind, and what was left out and why."""
    encounters = screening.encounters
    counts = ", ".join(
        f"{int(encounters.is_kind(kind).sum()):,} {kind.value}"
        for kind in EncounterKind
        if kind is not EncounterKind.VOLUME or encounters.is_kind(kind).any()
    )
    lines = [f"{len(elements):,} objects screened: {counts}"]
    if rejected:
        lines.append(f"{rejected:,} records kept out (see above)")
    if older:
        lines.append(f"{older:,} older element sets of objects that have a newer one were not used")
    if screening.absent.size:
        numbers = " ".join(map(str, elements.norad[screening.absent].tolist()))
        lines.append(
            f"{screening.absent.size:,} objects absent for part of the window (SGP4 error): {numbers}"
        )
    return lines
