"""Collision probabilities of conjunction data messages in files: which radius, which frame, which methods."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import EARTH
from skypact.conjunction.orbit_quality import OrbitQuality, orbit_quality
from skypact.conjunction.pc import (
    DEFAULT_METHODS,
    GRID_RADII,
    GRID_SCALES,
    PC_METHODS,
    PcMethod,
    pc_grid,
    probability,
)
from skypact.conjunction.pc_cdm import KM_PER_M, encounter_of_cdm, lacking_covariances
from skypact.conjunction.pc_geometry import EncounterStates, at_closest_approach
from skypact.conjunction.pc_result import PcOptions, PcResult
from skypact.conjunction.pc_usage import usage_2d
from skypact.errors import UsageError
from skypact.formats.cdm import read_cdms
from skypact.formats.cdm_values import Cdm, CdmObject
from skypact.formats.hbr import RadiusTable, read_radii
from skypact.formats.reading import unpack
from skypact.node.desk.earth_orientation import packaged_earth_orientation
from skypact.node.desk.files import read_input

Floats = NDArray[np.float64]

NOT_STATED = "not stated"
KNOWN = "known, not used"
USED = "used"
_PLACE = re.compile(r"^.*?:\d+: ")
"""File and line at the head of a warning."""


@dataclass(frozen=True)
class PcRequest:
    """What is asked for.

    Attributes
    ----------
    methods
        Names in ``known``, in the order of the answer.
    hbr_m
        Combined hard-body radius for every message; without it that of the message, else the sum of both
        objects' radii in ``radii``.
    options
        Options of the methods.
    known
        Methods by name; those of plug-ins are there where the caller put them (:mod:`skypact.node.plugins`).
    """

    methods: tuple[str, ...] = DEFAULT_METHODS
    hbr_m: float | None = None
    radii: RadiusTable | None = None
    options: PcOptions = field(default_factory=PcOptions)
    known: Mapping[str, PcMethod] = field(default_factory=lambda: PC_METHODS)


@dataclass(frozen=True)
class MessagePc:
    """Everything computed for one message."""

    file: str
    cdm: Cdm
    hbr_m: float
    hbr_source: str
    miss_m: float
    relative_speed_m_s: float
    quality: tuple[OrbitQuality, OrbitQuality]
    cross_correlation: str
    """Whether the shared density error of both objects is stated, and whether it was used."""
    results: tuple[PcResult, ...]
    corrected: tuple[float | None, ...]
    """The same methods with the shared density error taken out, where it is known and was not used."""
    grid: Floats
    """Probability by foster-1992 over :data:`GRID_SCALES` (rows) and :data:`GRID_RADII` (columns)."""


def read_radius_table(path: Path) -> RadiusTable:
    """Read a table of object radii (NASA CARA's, or ``norad,radius_m,source``); gzip and zip too.

    Raises
    ------
    UsageError
        For an archive of more than one file.
    """
    parts = list(unpack(read_input(path)))
    if len(parts) != 1:
        raise UsageError(f"an archive of {len(parts)} files, one table is needed", where=str(path))
    return read_radii(parts[0])[0]


def pc_of_files(files: Sequence[Path], request: PcRequest) -> tuple[list[MessagePc], list[str]]:
    """Compute the probabilities of every message in ``files``.

    Returns
    -------
    One entry for each message, in the order of files and messages; and what was noticed while reading.

    Raises
    ------
    UsageError
        For an unknown method, or a message without a hard-body radius where none was given.
    InputError
        For a file that is missing or no conjunction data message.
    """
    for method in request.methods:
        if method not in request.known:
            names = ", ".join(request.known)
            raise UsageError(f"no method '{method}'", where="--method", remedy=f"use one of {names}")
    if request.hbr_m is not None and not (np.isfinite(request.hbr_m) and request.hbr_m > 0.0):
        raise UsageError(f"{request.hbr_m:g} m", where="--hbr-m", remedy="give a radius greater than 0")
    found: list[MessagePc] = []
    told: list[str] = []
    warnings: list[str] = []
    for path in files:
        raw = read_input(path)
        cdms, report = read_cdms(raw)
        told += [f"message kept out: {raw.at(r.line, r.field_name)}: {r.reason}" for r in report.rejected]
        warnings += report.warnings
        found += [pc_of_message(cdm, str(path), request) for cdm in cdms]
    return found, [*told, *(f"warning: {line}" for line in folded(warnings))]


def folded(warnings: Sequence[str]) -> list[str]:
    """Say what was noticed in many places once, at the first of them, with the number of the others."""
    first: dict[str, str] = {}
    count: Counter[str] = Counter()
    for warning in warnings:
        what = _PLACE.sub("", warning, count=1)
        first.setdefault(what, warning)
        count[what] += 1
    return [
        f"{warning} (and {count[what] - 1:,} more like it)" if count[what] > 1 else warning
        for what, warning in first.items()
    ]


def pc_of_message(cdm: Cdm, file: str, request: PcRequest) -> MessagePc:
    """Compute the probabilities of one message (see :func:`pc_of_files`)."""
    hbr_m, hbr_source = _hard_body_radius(cdm, file, request)
    encounter = encounter_of_cdm(cdm, hbr_m, orientation=packaged_earth_orientation, where=file)
    lacking = lacking_covariances(cdm)
    moved, _ = at_closest_approach(encounter)
    known = encounter.cross_correlation_known
    used = request.options.cross_correlation and known
    corrected: tuple[float | None, ...] = (None,) * len(request.methods)
    if lacking:
        results = tuple(PcResult(m, float("nan"), False, "; ".join(lacking)) for m in request.methods)
        grid = np.full((len(GRID_SCALES), len(GRID_RADII)), np.nan)
    else:
        results = _results(encounter, cdm, request)
        grid = pc_grid(encounter, cross_correlation=used)
        if known and not used:
            quick = tuple(m for m in request.methods if m != "monte-carlo")
            with_it = replace(
                request, methods=quick, options=replace(request.options, cross_correlation=True)
            )
            values = {r.method: r.pc for r in _results(encounter, cdm, with_it)}
            corrected = tuple(values.get(m) for m in request.methods)
    times = {"tca_tai_ns": cdm.tca_tai_ns, "creation_tai_ns": cdm.creation_tai_ns}
    return MessagePc(
        file=file,
        cdm=cdm,
        hbr_m=hbr_m,
        hbr_source=hbr_source,
        miss_m=float(np.linalg.norm(moved.relative_position_km)) / KM_PER_M,
        relative_speed_m_s=float(np.linalg.norm(moved.relative_velocity_km_s)) / KM_PER_M,
        quality=(orbit_quality(cdm.objects[0], **times), orbit_quality(cdm.objects[1], **times)),
        cross_correlation=USED if used else KNOWN if known else NOT_STATED,
        results=results,
        corrected=corrected,
        grid=grid,
    )


def _results(encounter: EncounterStates, cdm: Cdm, request: PcRequest) -> tuple[PcResult, ...]:
    options = request.options
    usage = usage_2d(encounter, cross_correlation=options.cross_correlation)
    results = [
        probability(encounter, method, usage=usage, options=options, known=request.known)
        for method in request.methods
    ]
    centers = {item.orbit_center for item in cdm.objects}
    if centers != {EARTH}:
        note = f"orbits around {' and '.join(sorted(centers))}, judged with the pull of the Earth"
        results = [replace(r, valid=False, why=f"{note}; {r.why}") for r in results]
    return tuple(results)


def _hard_body_radius(cdm: Cdm, file: str, request: PcRequest) -> tuple[float, str]:
    """Return the combined radius in m and where it is from: option, message, table, in this order."""
    if request.hbr_m is not None:
        return request.hbr_m, "--hbr-m"
    if cdm.hbr_m:
        return cdm.hbr_m, cdm.hbr_source
    remedy = "give --hbr-m"
    if request.radii is not None:
        radii = [_radius_of(item, request.radii) for item in cdm.objects]
        if all(r is not None for r in radii):
            return sum(r for r in radii if r is not None), "sum of both radii in the table"
        missing = [i.designator for i, r in zip(cdm.objects, radii, strict=True) if r is None]
        remedy = f"the table has no radius of {' and '.join(missing)}: give --hbr-m"
    raise UsageError("the message has no hard-body radius", where=file, remedy=remedy)


def _radius_of(item: CdmObject, radii: RadiusTable) -> float | None:
    rows = np.flatnonzero(radii.norad == item.norad) if item.norad is not None else np.zeros(0, np.intp)
    return float(radii.radius_m[rows[-1]]) if rows.size else None
