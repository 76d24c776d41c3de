"""When the two-dimensional probability must not be believed.

The 2D methods take the paths as straight and the covariance as constant while the objects pass. The check
carries both densities along their two-body orbits instead, finds the time at which they overlap most, and
compares with the straight-line picture: how long the encounter lasts, how far its peak lies from closest
approach, and by which factor the straight-line probability is off. The three measures and their limits are
those of NASA CARA: Hall, Baars and Casali, "A multistep probability of collision computational algorithm",
AAS 23-398, 2023; Hall, "Implementation recommendations and usage boundaries for the two-dimensional
probability of collision calculation", AAS 19-632, 2019.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.pc_equinoctial import ElementPair, element_pair
from skypact.conjunction.pc_geometry import CLIP_OVER_HBR, EncounterStates
from skypact.conjunction.pc_overlap_kernels import CurvedPair, peak_time, separations

Floats = NDArray[np.float64]

EXTENDED_MAX = 0.02
"""Longest encounter, in orbital periods, for which straight lines hold (CARA's cutoff)."""
OFFSET_MAX = 0.01
"""Farthest end of the encounter from closest approach, in orbital periods (CARA's cutoff)."""
INACCURATE_MAX = 0.02
"""Largest relative difference between the straight and the curved estimate (CARA's cutoff)."""
DURATION_SIGMAS = 8.3048
"""Half the duration of an encounter in standard deviations of time: sqrt(2) erfcinv(1e-16), the part left out
being 1e-16 (Coppola, "Evaluating the short encounter assumption of the probability of collision formula", AAS
12-248, 2012)."""
SINGLE_MINIMUM_PERIODS = 0.05
"""Encounters that end within this part of an orbit of closest approach have one minimum of the distance."""
SLOW_KM_S = 0.1
"""Objects that pass more slowly stay within some hundred kilometers for a whole orbit and may meet again."""
SEGMENT_PERIODS = 1.1
"""Maxima of the distance are looked for this many orbits around the epoch (both ways)."""
SEGMENT_STEPS = 440
"""Steps of that search: 15 to 30 s in low orbits, where the distance has two maxima per orbit."""
SPREAD_PER_SEGMENT_MAX = 0.125
"""The deviation in time is cut to this part of the segment where the overlap is almost constant."""


@dataclass(frozen=True)
class CurvedEncounter:
    """Where and when the densities of both curved motions overlap most; times from the states' epoch."""

    pair: CurvedPair
    elements: ElementPair
    start_s: float
    """Maximum of the distance before the peak: begin of the encounter segment."""
    stop_s: float
    peak_s: float
    spread_s: float
    """Standard deviation in time of the collision rate around its peak; infinite without curvature."""
    measure: float
    """Squared Mahalanobis distance plus log(det) of the position covariance (km**6) at the peak."""
    speed_km_s: float
    """Relative speed at the peak."""

    @property
    def single_minimum(self) -> bool:
        """Whether the encounter is so short that the distance has one minimum while collisions can happen."""
        far_s = abs(self.peak_s) + DURATION_SIGMAS * self.spread_s
        short = far_s < SINGLE_MINIMUM_PERIODS * self.elements.period_s
        return short and self.speed_km_s > SLOW_KM_S


@dataclass(frozen=True)
class UsageCheck:
    """Whether the 2D probability of an encounter can be believed, and why not.

    Attributes
    ----------
    extended, offset
        Duration and far end of the encounter in orbital periods; NaN where not computed.
    inaccurate
        Relative difference of the 2D probability from the curved estimate (for small bodies).
    log_factor
        Natural logarithm of the curved over the straight-line probability (for small bodies).
    violations
        A phrase for each reason not to believe the 2D probability; empty where there is none.
    curved
        The peak of the curved encounter, which Nc3D and Monte Carlo start from; ``None`` where not found.
    """

    extended: float
    offset: float
    inaccurate: float
    log_factor: float
    violations: tuple[str, ...]
    curved: CurvedEncounter | None

    @property
    def straight(self) -> bool:
        """Whether a 2D method may be believed."""
        return not self.violations


def usage_2d(encounter: EncounterStates, *, cross_correlation: bool = False) -> UsageCheck:
    """Judge whether the 2D probability of an encounter can be believed.

    Parameters
    ----------
    encounter
        Inertial states at one time near closest approach, with covariances of position and velocity.
    cross_correlation
        Take out the density error that both objects share, where it is known.

    Notes
    -----
    Against the 27 test conjunctions of NASA CARA: all 15 with a 2D usage violation are found, none of the
    other 12 is (tests/conjunction/test_pc_usage.py). Some 2 ms each.
    """
    wrong = _position_trouble(encounter, cross_correlation)
    curved = curved_encounter(encounter, cross_correlation=cross_correlation)
    if curved is None:
        reason = "no peak of the curved densities was found, so nothing tells whether straight lines hold"
        return UsageCheck(math.nan, math.nan, math.nan, math.nan, (*wrong, reason), None)
    _, spread_s, measure = _straight_line(encounter, cross_correlation)
    speed_km_s = float(np.linalg.norm(encounter.relative_velocity_km_s))
    period_s = curved.elements.period_s
    half_s = DURATION_SIGMAS * curved.spread_s
    extended = min(1.0, 2.0 * half_s / period_s)
    offset = min(1.0, max(abs(curved.peak_s - half_s), abs(curved.peak_s + half_s)) / period_s)
    if math.isfinite(curved.spread_s) and math.isfinite(spread_s) and speed_km_s > 0.0:
        width = math.log(curved.spread_s / spread_s * curved.speed_km_s / speed_km_s)
        log_factor = width + 0.5 * (measure - curved.measure)
        inaccurate = -math.expm1(-abs(log_factor))
    else:
        log_factor, inaccurate = math.nan, 1.0
    wrong += _words(extended, offset, inaccurate, log_factor, curved.peak_s)
    return UsageCheck(extended, offset, inaccurate, log_factor, wrong, curved)


def _words(
    extended: float, offset: float, inaccurate: float, log_factor: float, peak_s: float
) -> tuple[str, ...]:
    """Say what is wrong with the straight-line picture, each with its measure and limit."""
    words = []
    if extended > EXTENDED_MAX:
        words.append(f"the encounter lasts {extended:.1%} of an orbit (limit {EXTENDED_MAX:.0%})")
    if offset > OFFSET_MAX:
        words.append(
            f"collisions peak {peak_s:+.0f} s from closest approach, ending {offset:.1%} of an orbit away "
            f"(limit {OFFSET_MAX:.0%})"
        )
    if inaccurate > INACCURATE_MAX:
        factor = "unknown" if math.isnan(log_factor) else _factor(log_factor)
        words.append(f"curved paths change Pc by a factor of about {factor} (limit {INACCURATE_MAX:.0%})")
    return tuple(words)


def _factor(log_factor: float) -> str:
    power = log_factor / math.log(10.0)
    return f"{math.exp(log_factor):.3g}" if abs(power) < LONGEST_FACTOR else f"10^{power:+.0f}"


LONGEST_FACTOR = 6.0
"""Powers of ten beyond which a factor is written as a power."""


def _position_trouble(encounter: EncounterStates, cross_correlation: bool) -> tuple[str, ...]:
    """Name position covariances that are not positive definite."""
    joint = encounter.joint_covariance(cross_correlation=cross_correlation)
    named = (
        ("object 1", encounter.primary.covariance),
        ("object 2", encounter.secondary.covariance),
        ("both objects together", joint),
    )
    return tuple(
        f"the position covariance of {name} is not positive definite"
        for name, covariance in named
        if not _positive_definite(covariance[:3, :3])
    )


def _positive_definite(covariance: Floats) -> bool:
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return False
    return True


def _straight_line(encounter: EncounterStates, cross_correlation: bool) -> tuple[float, float, float]:
    """Time, deviation in time and least measure of the straight-line encounter."""
    joint = encounter.joint_covariance(cross_correlation=cross_correlation)[:3, :3]
    values, vectors = np.linalg.eigh(joint)
    values = np.maximum(values, (CLIP_OVER_HBR * encounter.hbr_km) ** 2)
    r = vectors.T @ encounter.relative_position_km
    v = vectors.T @ encounter.relative_velocity_km_s
    rr, rv, vv = (float(a) for a in (r @ (r / values), r @ (v / values), v @ (v / values)))
    if vv == 0.0:
        return 0.0, math.inf, rr + float(np.log(values).sum())
    return -rv / vv, 1.0 / math.sqrt(vv), rr - rv * rv / vv + float(np.log(values).sum())


def _segment(pair: ElementPair, guess_s: float) -> tuple[float, float]:
    """Times of the maxima of the distance that enclose closest approach and the straight-line peak."""
    reach_s = SEGMENT_PERIODS * pair.period_s
    times = np.linspace(-reach_s, reach_s, SEGMENT_STEPS + 1)
    distances = np.empty(times.shape)
    separations(pair.means, times, distances)
    inner = distances[1:-1]
    maxima = times[1:-1][(inner >= distances[:-2]) & (inner > distances[2:])]
    before = maxima[maxima < min(0.0, guess_s)]
    after = maxima[maxima > max(0.0, guess_s)]
    half_s = 0.5 * pair.period_s
    return float(before[-1]) if before.size else -half_s, float(after[0]) if after.size else half_s


def curved_encounter(
    encounter: EncounterStates, *, cross_correlation: bool = False
) -> CurvedEncounter | None:
    """Find the time at which the densities of both two-body motions overlap most.

    Returns
    -------
    The peak within the encounter segment (between two maxima of the distance), or ``None`` for unbound
    orbits and where the overlap does not converge.
    """
    elements = element_pair(encounter, cross_correlation=cross_correlation)
    if elements is None:
        return None
    guess_s, spread_s, _ = _straight_line(encounter, cross_correlation)
    start_s, stop_s = _segment(elements, guess_s)
    floor = (CLIP_OVER_HBR * encounter.hbr_km) ** 2
    pair = CurvedPair(elements.means, elements.covariances, elements.shared, encounter.hbr_km, floor)
    step_s = min(spread_s, SPREAD_PER_SEGMENT_MAX * (stop_s - start_s))
    found = np.empty(4)
    if not peak_time(pair, start_s, stop_s, min(max(guess_s, start_s), stop_s), step_s, found):
        return None
    return CurvedEncounter(
        pair, elements, start_s, stop_s, float(found[0]), float(found[2]), float(found[1]), float(found[3])
    )
