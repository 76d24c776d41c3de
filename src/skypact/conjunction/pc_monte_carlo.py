"""Monte Carlo: orbits drawn from both densities, each pair carried to its own closest approach."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.pc_geometry import CORRELATION_REPAIR, EncounterStates
from skypact.conjunction.pc_monte_carlo_kernels import count_hits
from skypact.conjunction.pc_result import PcOptions, PcResult
from skypact.conjunction.pc_usage import CurvedEncounter, UsageCheck
from skypact.errors import UsageError

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
"""Two-sided confidence of the interval that is reported."""
STEPS_PER_PERIOD = 240
"""Least steps over other windows; in one of them the distance has at most one minimum."""
LONG_STEPS_PER_PERIOD = 20
"""Longest steps; over them the relative acceleration stays within the margin of the kernel."""
CHUNK = 65_536
"""Samples drawn at once (7 MB)."""
HITS_MIN = 10
"""With fewer hits the interval spans more than a factor of two and the value is no figure to act on."""


def pc_monte_carlo(encounter: EncounterStates, usage: UsageCheck, options: PcOptions) -> PcResult:
    """Count collisions of sampled two-body orbits until the interval is as narrow as asked for.

    Samples are drawn in equinoctial elements, in which densities stay Gaussian (Sabol et al., "Probability of
    collisions with special perturbations using the Monte Carlo method", AAS 11-435, 2011); a sample counts
    when the distance falls to the hard-body radius at any time of the window (Alfano, "Satellite conjunction
    Monte Carlo analysis", AAS 09-233, 2009). The interval is that of Clopper and Pearson (Biometrika 26,
    1934), of 95 % confidence. Seeded: the same input gives the same output.

    Assumes two-body motion over the window. It holds for every encounter, but small probabilities need more
    samples than patience: some 400 / Pc for 10 %.
    """
    curved = usage.curved
    if curved is None:
        return PcResult("monte-carlo", math.nan, False, "no bound orbits to draw from")
    if options.samples_max < 1:
        raise UsageError(f"{options.samples_max} samples", where="--samples", remedy="ask for 1 or more")
    factors, own_repaired = _factors(curved)
    window = _window(curved, options)
    generator = np.random.default_rng(options.seed)
    hits = 0
    samples = 0
    low, high = 0.0, 1.0
    while samples < options.samples_max:
        count = min(CHUNK, options.samples_max - samples)
        normals = generator.standard_normal((count, 13))
        pair = curved.pair
        hits += int(count_hits(pair.means, factors, pair.shared, pair.radius, window, normals))
        samples += count
        low, high = clopper_pearson(hits, samples, CONFIDENCE)
        if hits and 0.5 * (high - low) <= options.precision * hits / samples:
            break
    against = []
    if hits < HITS_MIN:
        against.append(f"only {hits} hits: too few for a figure")
    if not encounter.primary.has_velocity_covariance or not encounter.secondary.has_velocity_covariance:
        against.append("a covariance without velocity: its growth over the encounter is unknown")
    counted = f"{hits} hits in {samples} samples between {window[0]:+.0f} and {window[1]:+.0f} s"
    notes = (f"repaired: {CORRELATION_REPAIR}",) if curved.elements.repaired or own_repaired else ()
    evidence: dict[str, float | int | str | bool] = {"hits": hits, "samples": samples, "seed": options.seed}
    why = "; ".join([*against, counted])
    return PcResult("monte-carlo", hits / samples, not against, why, low, high, notes, evidence)


def _window(curved: CurvedEncounter, options: PcOptions) -> Floats:
    """Start, stop, least and longest step in seconds; zero steps where the distance has one minimum."""
    if options.window_s is None:
        start_s, stop_s = curved.start_s, curved.stop_s
        if curved.single_minimum:
            return np.array([start_s, stop_s, 0.0, 0.0])
    else:
        start_s, stop_s = options.window_s
        if not stop_s > start_s:
            raise UsageError(f"a window from {start_s} to {stop_s} s is empty")
    period_s = curved.elements.period_s
    return np.array([start_s, stop_s, period_s / STEPS_PER_PERIOD, period_s / LONG_STEPS_PER_PERIOD])


def _factors(curved: CurvedEncounter) -> tuple[Floats, bool]:
    """Factors (2, 6, 6) of the covariances less what the shared density error accounts for."""
    factors = np.empty((2, 6, 6))
    repaired = False
    for j in range(2):
        shared = curved.pair.shared[j]
        covariance = curved.pair.covariances[j] - np.outer(shared, shared)
        sigma = np.sqrt(np.diagonal(curved.pair.covariances[j]))
        scale = np.where(sigma > 0.0, sigma, 1.0)
        values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
        repaired |= bool(np.any(shared)) and bool(values[0] < SHARED_EIGENVALUE)
        factors[j] = scale[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))
    return factors, repaired


SHARED_EIGENVALUE = -1e-3
"""A correlation matrix less the shared density error below this says that the message is not consistent."""


def clopper_pearson(hits: int, samples: int, confidence: float) -> tuple[float, float]:
    """Return the exact two-sided interval of a binomial proportion (Clopper and Pearson, 1934)."""
    tail = 0.5 * (1.0 - confidence)
    low = 0.0 if hits == 0 else _beta_quantile(tail, hits, samples - hits + 1)
    high = 1.0 if hits == samples else _beta_quantile(1.0 - tail, hits + 1, samples - hits)
    return low, high


def _beta_quantile(probability: float, a: float, b: float) -> float:
    """Invert the regularized incomplete beta function by halving."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if _incomplete_beta(middle, a, b) < probability:
            low = middle
        else:
            high = middle
        if high - low <= QUANTILE_RELATIVE * high:
            break
    return 0.5 * (low + high)


HALVINGS = 200
QUANTILE_RELATIVE = 1e-12
"""Relative width at which halving of an interval bound stops."""
FRACTION_TERMS = 100_000
"""Far more terms than the continued fraction takes at its mean (about the square root of its parameters)."""
FRACTION_TOLERANCE = 1e-15
SMALLEST = 1e-300
"""Stands for zero in the continued fraction (Lentz)."""


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Regularized incomplete beta function by its continued fraction (DLMF 8.17.22), by Lentz's algorithm."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _incomplete_beta(1.0 - x, b, a)
    front = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > SMALLEST else SMALLEST)
    value = d
    for m in range(1, FRACTION_TERMS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + numerator * d
            d = 1.0 / (d if abs(d) > SMALLEST else SMALLEST)
            c = 1.0 + numerator / c
            c = c if abs(c) > SMALLEST else SMALLEST
            value *= c * d
        if abs(c * d - 1.0) < FRACTION_TOLERANCE:
            break
    return math.exp(front) * value / a
