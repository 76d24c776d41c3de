"""Screening as people ask for it: what is looked for, and a listing of what was found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import EARTH, EARTH_MU_KM3_S2, EARTH_RADIUS_KM
from skypact.astro.timescales import NS_PER_DAY, NS_PER_S, format_utc_array
from skypact.catalog.regimes import orbit_shapes
from skypact.conjunction.encounters import KINDS, EncounterKind, EncounterTable
from skypact.conjunction.screening import PairChoice, Screening, screen_bodies
from skypact.conjunction.volume_presets import (
    BY_REGIME,
    HANDBOOK,
    half_sizes_by_regime,
    parse_half_sizes,
    preset_named,
)
from skypact.conjunction.volumes import half_diagonal_km
from skypact.errors import NotFoundError, UsageError
from skypact.node.desk.screen_objects import ObjectSet, Scene
from skypact.node.views.listing import Column, ColumnRows, Listing, decimals
from skypact.orbits.trajectory import Status
from skypact.records import Progress, no_progress

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

THRESHOLD_KM = 5.0
THRESHOLD_MAX_KM = 100.0
"""Without ``--force``: the number of encounters grows with the square of the threshold (5 km: about 25,000 a
day for a full catalog; 100 km: ten million)."""
HOURS_MAX = 24.0 * 366.0
SPAN_MARGIN_NS = 60 * NS_PER_S
"""This near the end of an ephemeris the element set of its object is not yet replaced by it: the two give
slightly different times, and nothing may fall between them."""
ABSENT_SHOWN = 100

ENCOUNTER_COLUMNS = (
    Column("norad_1", "catalog number of the first object (the primary, else the lower number)", str),
    Column("norad_2", "catalog number of the second object; empty for an ephemeris without one", str),
    Column("name_1", "name of the first object"),
    Column("name_2", "name of the second object"),
    Column("tca_utc", "time of closest approach; kind volume: of the nearest point in the box"),
    Column("miss_km", "distance at that time", decimals(6)),
    Column("rel_speed_km_s", "relative speed at that time", decimals(6)),
    Column("radial_km", "position of the second object in RTN of the first: radial", decimals(6)),
    Column("in_track_km", "in-track", decimals(6)),
    Column("cross_track_km", "cross-track", decimals(6)),
    Column("age_1_d", "age of the first element set (since the start of an ephemeris) then", decimals(3)),
    Column("age_2_d", "age of the second element set (since the start of an ephemeris) then", decimals(3)),
    Column("kind", "encounter, edge, co-moving or volume"),
    Column("start_utc", "first time below the threshold (co-moving) or in the box (volume)"),
    Column("stop_utc", "last time below the threshold or in the box"),
)


@dataclass(frozen=True)
class Volume:
    """A box around the first object of each pair: half sizes in km, or the published ones by regime."""

    half_km: tuple[float, float, float] | None
    """Radial, in-track, cross-track; ``None``: of each object's own regime."""
    words: str
    """Sizes and source."""

    @staticmethod
    def of(sizes: str, preset: str) -> Volume | None:
        """Return what ``--volume`` and ``--volume-preset`` ask for; ``None`` for neither.

        Raises
        ------
        UsageError
            For both at once, or sizes that are none.
        NotFoundError
            For an unknown preset.
        """
        if sizes and preset:
            raise UsageError("choose one of the two", where="--volume, --volume-preset")
        if sizes:
            half = parse_half_sizes(sizes)
            return Volume(half, f"{_sizes(half)} km in RTN")
        if preset == BY_REGIME:
            return Volume(None, f"the one of each object's regime in the {HANDBOOK}")
        if preset:
            chosen = preset_named(preset)
            return Volume(chosen.half_km, f"{_sizes(chosen.half_km)} km in RTN ({preset}: {chosen.source})")
        return None


def _sizes(half_km: Sequence[float]) -> str:
    return " x ".join(f"+-{size:g}" for size in half_km)


@dataclass(frozen=True)
class Search:
    """What is looked for, and when.

    Attributes
    ----------
    threshold_km
        Largest distance; not used where there is a volume.
    primaries
        Catalog numbers: only pairs with one of these; all by default.
    workers
        Threads.
    """

    start_tai_ns: int
    hours: float
    threshold_km: float = THRESHOLD_KM
    volume: Volume | None = None
    primaries: tuple[int, ...] = ()
    workers: int = 1


def parse_numbers(text: str) -> tuple[int, ...]:
    """Return catalog numbers written with commas.

    Raises
    ------
    UsageError
        For a text that is no number.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if not word.isdecimal():
            raise UsageError(
                f"'{word}' is not a catalog number", where="--primaries", remedy="write 25544,48274"
            )
    return tuple(int(word) for word in words)


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


def check_search(search: Search, *, force: bool) -> None:
    """Refuse what :func:`check_window` refuses; of a box its half diagonal counts."""
    box = search.volume.half_km if search.volume else None
    radius_km = float(half_diagonal_km(np.array(box))) if box else search.threshold_km
    check_window(search.hours, radius_km, force=force)


def screen_scene(
    scene: Scene, search: Search, *, assets: Sequence[int] = (), progress: Progress = no_progress
) -> Screening:
    """Screen the objects of a scene against each other, or the first set against the second.

    Parameters
    ----------
    assets
        More primaries, of which some may be absent from the scene.

    Raises
    ------
    NotFoundError
        For an unknown primary, or if no asset is in the scene.
    UsageError
        For volumes by regime around another body than the Earth.
    """
    primary = scene.rows_of(search.primaries) if search.primaries else None
    if assets:
        there = [number for number in assets if number in set(scene.norad[~scene.second].tolist())]
        if not there:
            raise NotFoundError("none of the node's assets is in the input", where="--assets")
        own = scene.rows_of(there)
        primary = own if primary is None else own | primary
    between = bool(scene.second.any())
    if between and primary is None:
        primary = ~scene.second
    return screen_bodies(
        scene.bodies,
        scene.elements.eccentricity,
        hours=search.hours,
        threshold_km=search.threshold_km,
        half_km=None if search.volume is None else _half_sizes(scene, search.volume),
        choice=PairChoice(primary, between, scene.wanted if between or scene.ephemerides else None),
        workers=search.workers,
        progress=progress,
    )


@dataclass(frozen=True, eq=False)
class SetScreening:
    """A screening of one or two sets of objects, and what to tell a person about it."""

    scene: Scene
    screening: Screening
    lines: tuple[str, ...]


def screen_sets(
    sets: Sequence[ObjectSet],
    search: Search,
    *,
    assets: Sequence[int] = (),
    progress: Progress = no_progress,
) -> SetScreening:
    """Screen one set of objects against each other, or the first of two against the second.

    Raises
    ------
    FrameError
        For objects about different centers.
    NotFoundError, UsageError
        As :func:`screen_scene`.
    """
    scene = Scene.of(sets[0], search.start_tai_ns, sets[1] if len(sets) > 1 else None)
    screening = screen_scene(scene, search, assets=assets, progress=progress)
    encounters, superseded = without_superseded(scene, screening.encounters)
    screening = replace(screening, encounters=encounters)
    lines = summary(scene, screening, search, sets)
    if superseded:
        lines.append(
            f"{superseded:,} encounters of element sets left out: an ephemeris of the object holds then"
        )
    return SetScreening(scene, screening, (*lines, *missing_assets(scene, assets)))


def missing_assets(scene: Scene, assets: Sequence[int]) -> list[str]:
    """Say which assets are not in a scene."""
    missing = sorted(set(assets) - set(scene.norad[~scene.second].tolist()))
    numbers = " ".join(map(str, missing[:ABSENT_SHOWN]))
    return [f"{len(missing):,} assets are not in the input: {numbers}"] if missing else []


def reach_km(scene: Scene, search: Search) -> float:
    """Return how far what is looked for reaches: the threshold, or the half diagonal of the largest box."""
    if search.volume is None:
        return search.threshold_km
    return float(half_diagonal_km(_half_sizes(scene, search.volume)).max(initial=0.0))


def _half_sizes(scene: Scene, volume: Volume) -> Floats:
    """Return the half sizes (n, 3) of the box of each object."""
    if volume.half_km is not None:
        return np.tile(np.array(volume.half_km), (len(scene), 1))
    if scene.center != EARTH:
        raise UsageError(f"volumes by regime are for orbits of the Earth, not of {scene.center}")
    shapes, table = orbit_shapes(scene.elements), scene.elements
    of_elements = half_sizes_by_regime(
        shapes.perigee_km, table.eccentricity, table.inclination_deg, shapes.period_min
    )
    if not scene.ephemerides:
        return of_elements
    states = [t.inertial_states(np.array([t.start_tai_ns])) for t in scene.ephemerides]
    position, velocity = (np.concatenate(part) for part in zip(*states, strict=True))
    return np.concatenate([of_elements, half_sizes_by_regime(*_osculating(position, velocity))])


def _osculating(position_km: Floats, velocity_km_s: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return altitude of the perigee in km, eccentricity, inclination in deg and period in min of states."""
    radius = np.linalg.norm(position_km, axis=1)
    speed2 = np.einsum("ij,ij->i", velocity_km_s, velocity_km_s)
    momentum = np.cross(position_km, velocity_km_s)
    size = np.linalg.norm(momentum, axis=1)
    bound = np.maximum(2.0 / radius - speed2 / EARTH_MU_KM3_S2, np.finfo(np.float64).tiny)
    eccentricity = np.sqrt(np.maximum(1.0 - size**2 * bound / EARTH_MU_KM3_S2, 0.0))
    perigee_km = size**2 / EARTH_MU_KM3_S2 / (1.0 + eccentricity) - EARTH_RADIUS_KM
    with np.errstate(over="ignore"):
        period_min = 2.0 * np.pi / np.sqrt(EARTH_MU_KM3_S2 * bound**3) / 60.0
    return perigee_km, eccentricity, np.degrees(np.arccos(momentum[:, 2] / size)), period_min


def without_superseded(scene: Scene, encounters: EncounterTable) -> tuple[EncounterTable, int]:
    """Leave out encounters of element sets while an ephemeris of the same object in the same set holds.

    What lasts (a co-moving pair, a stay in a box) is left out when the ephemeris holds all the time.
    """
    keep = np.ones(len(encounters), dtype=np.bool_)
    count = len(scene.elements)
    for row, trajectory in enumerate(scene.ephemerides, start=count):
        same = np.flatnonzero(
            (scene.identity[:count] == scene.identity[row]) & (scene.second[:count] == scene.second[row])
        )
        for first, last in trajectory.spans_tai_ns.tolist() if same.size else []:
            start, stop = encounters.start_tai_ns, encounters.stop_tai_ns
            inside = (start > first + SPAN_MARGIN_NS) & (stop < last - SPAN_MARGIN_NS)
            inside |= (start < stop) & (start >= first) & (stop <= last)
            keep &= ~(inside & (np.isin(encounters.row_1, same) | np.isin(encounters.row_2, same)))
    return encounters.take(keep), int((~keep).sum())


def encounter_listing(scene: Scene, encounters: EncounterTable, *, note: str = "") -> Listing:
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
        data[f"norad_{side}"] = [number or None for number in scene.norad[row].tolist()]
        data[f"name_{side}"] = scene.name[row].tolist()
        data[f"age_{side}_d"] = ((e.tca_tai_ns - scene.bodies.epoch_tai_ns[row]) / NS_PER_DAY).tolist()
    return Listing(ENCOUNTER_COLUMNS, ColumnRows(data), note)


def summary(scene: Scene, screening: Screening, search: Search, sets: Sequence[ObjectSet] = ()) -> list[str]:
    """Return what to tell a person: counts of every kind, and what was left out and why."""
    encounters, second = screening.encounters, int(scene.second.sum())
    kinds = [kind for kind in EncounterKind if (kind is EncounterKind.VOLUME) == (search.volume is not None)]
    counts = ", ".join(f"{int(encounters.is_kind(kind).sum()):,} {kind.value}" for kind in kinds)
    against = f" against {second:,}" if second else ""
    lines = [f"{len(scene) - second:,} objects screened{against}: {counts}", *scene.notes]
    if scene.status[0] is not Status.DEFINITIVE:
        others = f"against {scene.status[1]} ones" if second else "against each other"
        lines.append(
            f"the objects named first are {scene.status[0]}, nobody flies them yet: screened {others}"
        )
    rejected, older = sum(len(one.kept_out) for one in sets), sum(one.older for one in sets)
    if rejected:
        lines.append(f"{rejected:,} records kept out (see above)")
    if older:
        lines.append(f"{older:,} older element sets of objects that have a newer one were not used")
    return [*lines, *_absences(scene, screening)]


def _absences(scene: Scene, screening: Screening) -> list[str]:
    """Name the objects that were not there throughout."""
    count, lines = len(scene.elements), []
    failing = screening.absent[screening.absent < count]
    if failing.size:
        numbers = " ".join(map(str, scene.norad[failing[:ABSENT_SHOWN]].tolist()))
        more = " ..." if failing.size > ABSENT_SHOWN else ""
        lines.append(f"{failing.size:,} objects absent for part of the window (SGP4 error): {numbers}{more}")
    for row in screening.absent[screening.absent >= count][:ABSENT_SHOWN].tolist():
        trajectory = scene.ephemerides[row - count]
        lines.append(f"{trajectory.identity} is absent for part of the window: {trajectory.coverage}")
    return lines
