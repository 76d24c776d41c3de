"""Probabilities of short encounters (2D): straight relative motion, constant covariance, spheres.

Every function takes planes (n, 4) as :func:`skypact.conjunction.pc_geometry.encounter_planes` returns them
(miss along the major and minor axis of the joint covariance, sigma major, sigma minor, km) and combined
hard-body radii (n,) in km, and returns probabilities (n,).

None of them may be used where the relative path bends or the covariance turns while the objects pass: slow
encounters, and fast ones with errors of tens of kilometers along the track.
:func:`skypact.conjunction.pc_usage.usage_2d` tells.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.pc_geometry import (
    PROJECTED_REPAIR,
    EncounterStates,
    at_closest_approach,
    encounter_plane,
)
from skypact.conjunction.pc_kernels import alfano_bulk, chan_bulk, foster_bulk
from skypact.conjunction.pc_result import PcOptions, PcResult
from skypact.conjunction.pc_usage import UsageCheck

Floats = NDArray[np.float64]
BulkMethod = Callable[[Floats, Floats], Floats]

ALFANO_DIFFERENCE_MAX = 0.01
"""Largest relative difference from the exact integral; the paper promises two significant figures."""
CHAN_DIFFERENCE_MAX = 0.1
"""Largest relative difference from the exact integral that a decision by powers of ten still bears."""
MAXIMUM_DIFFERENCE_MAX = 0.1
"""Largest relative difference of the closed maximum from the exact one (bodies small against the errors)."""
SHIFT_TOLD_S = 1e-9
"""Shifts to closest approach below this are not mentioned."""


def pc_foster_1992(planes: Floats, hbr_km: Floats) -> Floats:
    """Integrate the normal density over the hard-body circle, numerically.

    Source: J. L. Foster and H. S. Estes, "A parametric analysis of orbital debris collision probability and
    maneuver rate for space vehicles", NASA/JSC-25898, 1992. Here one integral is closed (error functions,
    complementary ones in the tails) and the other runs over the angle.

    Accuracy: relative 1e-9 against adaptive quadrature over sigma ratios 1 to 1,000, radii from 1e-3 to 3,000
    sigmas, probabilities 1 to 1e-290; 1e-8 against the 27 conjunctions of NASA CARA.
    """
    return _bulk(foster_bulk, planes, hbr_km)


def pc_chan_1997(planes: Floats, hbr_km: Floats) -> Floats:
    """Sum Chan's series: the ellipse of the density is replaced by a circle of the same area.

    Source: F. K. Chan, "Collision probability analyses for Earth-orbiting satellites", Advances in the
    Astronautical Sciences 96, 1997; K. Chan, Spacecraft Collision Probability, 2008.

    Accuracy: exact for circular densities; else an approximation that must not be the only method. On the
    1,085 conjunctions of Armellin: median error 1.4 %, 5 % of them wrong by more than 62 %, at worst 3.7
    times too high and 55 times too low; long thin densities and large bodies are worst.
    """
    return _bulk(chan_bulk, planes, hbr_km)


def pc_alfano_2005(planes: Floats, hbr_km: Floats) -> Floats:
    """Integrate by Simpson's rule over the minor axis, error functions over the major one.

    Source: S. Alfano, "A numerical implementation of spherical object collision probability", Journal of
    the Astronautical Sciences 53(1), 103-109, 2005, equations 6 to 15, with the paper's number of terms.

    Accuracy: the paper promises two significant figures for probabilities of 1e-7 to 0.1, sigma ratios to
    500, radii to 100 m; on real conjunctions 6e-6 relative (median), at worst 5e-4. Not for probabilities
    below 1e-15: the error functions cancel there.
    """
    return _bulk(alfano_bulk, planes, hbr_km)


@dataclass(frozen=True, eq=False)
class AlfriendMaximum:
    """Largest probability over all sizes of the covariance (shape and direction kept); arrays (n,)."""

    pc_max: Floats
    pc_now: Floats
    """Small-body probability at the given size (equation 18)."""
    scale: Floats
    """Factor on all sigmas at which the maximum is reached."""
    diluted: NDArray[np.bool_]
    """Whether the given covariance is larger than that: worse orbits would *lower* Pc, so a small Pc means
    nothing; elsewhere ("robust") it is smaller, and worse orbits would raise Pc."""


def pc_alfriend_1999(planes: Floats, hbr_km: Floats) -> AlfriendMaximum:
    """Maximize the probability over the size of the covariance, in closed form for small bodies.

    Source: K. T. Alfriend, M. R. Akella, J. Frisbee, J. L. Foster, D.-J. Lee and M. Wilkins, "Probability of
    collision error analysis", Space Debris 1(1), 21-35, 1999: equation 18 (density at the center times area)
    and equation 21 (its maximum, at a Mahalanobis distance of sqrt(2)). A direct hit in the mean gives 1.

    Accuracy: 1.2e-8 against the columns of Armellin's table. Assumes a density that is constant over the
    circle also at the maximum.
    """
    distance2 = (planes[:, 0] / planes[:, 2]) ** 2 + (planes[:, 1] / planes[:, 3]) ** 2
    flat = 0.5 * hbr_km**2 / (planes[:, 2] * planes[:, 3])
    with np.errstate(divide="ignore"):
        largest = np.minimum(1.0, 2.0 * flat / (math.e * distance2))
    return AlfriendMaximum(
        largest, np.minimum(1.0, flat * np.exp(-0.5 * distance2)), np.sqrt(0.5 * distance2), distance2 < 2.0
    )


def _bulk(kernel: Callable[[Floats, Floats, Floats], None], planes: Floats, hbr_km: Floats) -> Floats:
    if planes.ndim != 2 or planes.shape[1] != 4 or hbr_km.shape != planes.shape[:1]:
        raise ValueError("planes must have shape (n, 4) and radii (n,)")
    pc = np.empty(planes.shape[0])
    kernel(np.ascontiguousarray(planes), np.ascontiguousarray(hbr_km), pc)
    return pc


def foster_1992(encounter: EncounterStates, usage: UsageCheck, options: PcOptions) -> PcResult:
    """Apply :func:`pc_foster_1992` to one encounter (a method of the table in :mod:`.pc`)."""
    return _one("foster-1992", pc_foster_1992, encounter, usage, options)


def alfano_2005(encounter: EncounterStates, usage: UsageCheck, options: PcOptions) -> PcResult:
    """Apply :func:`pc_alfano_2005` to one encounter; not valid where it misses the exact integral."""
    return _one("alfano-2005", pc_alfano_2005, encounter, usage, options, ALFANO_DIFFERENCE_MAX)


def chan_1997(encounter: EncounterStates, usage: UsageCheck, options: PcOptions) -> PcResult:
    """Apply :func:`pc_chan_1997` to one encounter; not valid where it misses the exact integral."""
    return _one("chan-1997", pc_chan_1997, encounter, usage, options, CHAN_DIFFERENCE_MAX)


def alfriend_max(encounter: EncounterStates, usage: UsageCheck, options: PcOptions) -> PcResult:
    """Apply :func:`pc_alfriend_1999` to one encounter, and say on which side of the maximum it lies."""
    name = "alfriend-max"
    plane, notes = _plane(encounter, options)
    if plane is None:
        return PcResult(name, math.nan, False, _no_plane(), notes=notes)
    radius = np.array([encounter.hbr_km])
    best = pc_alfriend_1999(plane, radius)
    scale = float(best.scale[0])
    region = "dilution" if best.diluted[0] else "robust"
    against = list(usage.violations)
    if scale > 0.0:
        widened = plane * np.array([1.0, 1.0, scale, scale])
        exact = float(pc_foster_1992(widened, radius)[0])
        if abs(float(best.pc_max[0]) - exact) > MAXIMUM_DIFFERENCE_MAX * exact:
            against.append(f"the body is not small against the errors at the maximum (exactly {exact:.3g})")
    side = f"largest over all sizes of the covariance, reached at {scale:.3g} times the given sigmas; " + (
        "the given ones are diluted: better orbits may raise Pc" if best.diluted[0] else "robust region"
    )
    evidence: dict[str, float | int | str | bool] = {
        "pc_small_body": float(best.pc_now[0]),
        "sigma_scale": scale,
        "region": region,
    }
    why = "; ".join([*against, side])
    return PcResult(name, float(best.pc_max[0]), not against, why, notes=notes, evidence=evidence)


def _one(
    name: str,
    function: BulkMethod,
    encounter: EncounterStates,
    usage: UsageCheck,
    options: PcOptions,
    difference_max: float | None = None,
) -> PcResult:
    """Move to closest approach, project, apply one 2D method and judge it."""
    plane, notes = _plane(encounter, options)
    if plane is None:
        return PcResult(name, math.nan, False, _no_plane(), notes=notes)
    radius = np.array([encounter.hbr_km])
    pc = float(function(plane, radius)[0])
    against = list(usage.violations)
    if difference_max is not None:
        exact = float(pc_foster_1992(plane, radius)[0])
        off = abs(pc - exact) / exact if exact > 0.0 else 0.0
        if off > difference_max:
            against.append(
                f"differs from the exact integral {exact:.3g} by {off:.0%} (limit {difference_max:.0%})"
            )
    why = "; ".join(against) if against else _passed(usage)
    evidence: dict[str, float | int | str | bool] = {
        "sigma_major_km": float(plane[0, 2]),
        "sigma_minor_km": float(plane[0, 3]),
        "miss_major_km": float(plane[0, 0]),
        "miss_minor_km": float(plane[0, 1]),
    }
    return PcResult(name, pc, not against, why, notes=notes, evidence=evidence)


def _plane(encounter: EncounterStates, options: PcOptions) -> tuple[Floats | None, tuple[str, ...]]:
    moved, shift_s = at_closest_approach(encounter)
    if not np.any(moved.relative_velocity_km_s):
        return None, ()
    plane = encounter_plane(moved, cross_correlation=options.cross_correlation)
    notes = []
    if abs(shift_s) > SHIFT_TOLD_S:
        notes.append(f"states moved {shift_s * 1e3:+.3f} ms to closest approach")
    if plane.repaired:
        notes.append(f"repaired: {PROJECTED_REPAIR}")
    row = [plane.miss_major_km, plane.miss_minor_km, plane.sigma_major_km, plane.sigma_minor_km]
    return np.array([row]), tuple(notes)


def _no_plane() -> str:
    return "the objects do not move against each other: there is no encounter plane"


def _passed(usage: UsageCheck) -> str:
    return (
        f"straight-line motion holds: lasts {_percent(usage.extended)} of an orbit, "
        f"curved paths change Pc by {_percent(usage.inaccurate)}"
    )


def _percent(part: float) -> str:
    return f"{part:.2%}" if part >= SMALLEST_PERCENT else f"less than {SMALLEST_PERCENT:.2%}"


SMALLEST_PERCENT = 1e-4
"""Parts below this are not told in figures."""
