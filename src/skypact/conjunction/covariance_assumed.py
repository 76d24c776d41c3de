"""Covariances where nobody gave any: estimated from the object's own element history, else by orbital regime.

Element sets carry no covariance. What is assumed instead is printed as assumed, with its source, in every
product.

From a history: differences of the object's own sets (:mod:`.covariance_history`), robust, without pairs
across maneuvers, by age; fitted as start + rate x age (along the track with a quadratic term); times a
factor, since consecutive sets share tracking data; plus a floor of the regime in quadrature, since all sets
share the errors of SGP4 itself. After a maneuver the along-track part is widened.

Checked against precise orbits (tests/conjunction/test_covariance_assumed.py), ages 0.5 to 5 days: mean
chi2/3 of Sentinel-3A 0.4 to 1.0 and of TOPEX 0.9 to 1.1 in every age bin, all inside the 99.7 % ellipsoid.
The floors and the factor were set on these two satellites; the growth is each object's own.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_DAY
from skypact.catalog.regimes import orbit_shapes
from skypact.conjunction.covariance_history import (
    MAD_TO_SIGMA,
    HistoryDifferences,
    history_differences,
    maneuver_gaps,
)
from skypact.formats.elements import ElementTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]

AGE_EDGES_D = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.5)
"""Edges of the age bins of a fit."""
BIN_SIZE_MIN = 36
"""Differences (three pairs of sets) that make a bin."""
BINS_MIN = 3
"""Bins that make a fit; with fewer the regime's default is used."""
SHARED_DATA_FACTOR = 1.5
"""Consecutive sets share tracking data, so their differences are smaller than their errors. (With
differences at the epochs alone a factor of 2 was needed; over a revolution 1.5 gives chi2/3 nearest to
one.)"""
MANEUVER_AGE_D = 6.0
"""Element sets of an object that maneuvered less than this before their epoch are flagged."""
MANEUVER_INFLATION = 5.0
"""Factor on the along-track growth of flagged sets (Jason-2 after its burn: errors 5 times the
differences)."""

LOW_FLOOR_KM = (0.12, 0.50, 0.15)
"""Error of SGP4 that no differencing shows, RTN, perigee below 1,000 km: Sentinel-3A against its precise
orbit."""
HIGH_FLOOR_KM = (0.20, 0.50, 0.40)
"""The same between 1,000 and 2,000 km: TOPEX and Jason-2 against their precise orbits."""
LOW_PERIGEE_KM = 1000.0
LEO_PERIGEE_KM = 2000.0

_CIRCULAR_KM = (
    ((0.067, 0.118, 0.075), (0.107, 0.308, 0.169), (0.115, 0.517, 0.137)),
    ((0.191, 0.256, 0.203), (0.071, 0.228, 0.095), (0.091, 0.428, 0.114)),
    ((0.357, 0.432, 0.083), (0.359, 0.432, 0.086), (0.359, 0.432, 0.086)),
)
_ECCENTRIC_KM = (
    ((2.252, 4.270, 1.421), (0.629, 0.909, 2.057), (0.494, 0.814, 1.337)),
    ((1.748, 3.119, 0.971), (1.832, 1.878, 1.454), (0.529, 0.817, 1.570)),
    ((0.402, 0.418, 0.083), (4.712, 6.223, 1.208), (0.824, 1.367, 1.059)),
)
"""RTN standard deviations at the epoch by perigee height (rows) and inclination (columns): T. Flohrer, H.
Krag and H. Klinkrad, "Assessment and categorization of TLE orbit errors for the US SSN catalogue", AMOS
2008, table 2; cells that it leaves empty hold the regime averages of its table 1 (GEO, HEO). Values as
quoted in later public code."""
FLOHRER_ECCENTRICITY = 0.1
FLOHRER_PERIGEE_KM = (800.0, 25_000.0)
FLOHRER_INCLINATION_DEG = (30.0, 60.0)

DEFAULT_GROWTH_KM_D = (0.05, 1.5, 0.05)
"""Growth by regime where no history is known. Along the track 1.5 km a day: C. Levit and W. Marshall,
"Improved orbit predictions using two-line elements", Advances in Space Research 47, 2011. Radial and
normal: median of six low satellites by differencing (this project)."""
DEFAULT_GROWTH_HIGH_KM_D = (0.15, 2.0, 0.30)
"""The same above 25,000 km: median of two geostationary satellites by differencing (this project)."""

SOURCE_HISTORY = "assumed from own element history"
SOURCE_REGIME = "assumed by regime (Flohrer et al. 2008, growth Levit and Marshall 2011)"
SOURCE_MANEUVER = "widened after a maneuver"


@dataclass(frozen=True, eq=False)
class AssumedCovariance:
    """Assumed position errors of n objects as functions of the age of their elements; one row each.

    sigma(age)^2 = floor^2 + (factor (start + rate age + bend age^2))^2 for each of R, T, N, without
    correlations between them.
    """

    norad: Ints
    floor_km: Floats
    """Shape (n, 3), RTN."""
    factor: Floats
    """Shape (n, 3): what is known to be missing in the growth."""
    start_km: Floats
    rate_km_d: Floats
    bend_km_d2: Floats
    bias_km_d: Floats
    """Median signed drift (n, 3) of older sets against newer, per day; told, not corrected for."""
    pairs: Ints
    """Differences that the growth was fitted to; 0 for a default by regime."""
    maneuver_age_d: Floats
    """Days from the last detected maneuver to the newest set; infinite without one."""
    source: Texts
    """Where each row is from, in words that go into every product."""

    def __len__(self) -> int:
        return int(self.norad.shape[0])

    def sigma_km(self, age_d: Floats) -> Floats:
        """Return standard deviations (n, 3) in RTN at the ages (n,) of the elements, before or after."""
        age = np.abs(age_d)[:, None]
        growth = self.start_km + age * (self.rate_km_d + age * self.bend_km_d2)
        return np.hypot(self.floor_km, self.factor * growth)

    def covariance_rtn_km2(self, age_d: Floats) -> Floats:
        """Return covariances (n, 3, 3) in RTN at the ages (n,)."""
        covariance = np.zeros((len(self), 3, 3))
        covariance[:, (0, 1, 2), (0, 1, 2)] = self.sigma_km(age_d) ** 2
        return covariance

    def take(self, rows: NDArray[Any]) -> AssumedCovariance:
        """Return the rows of an index or boolean array, in its order."""
        return AssumedCovariance(*(getattr(self, f.name)[rows] for f in fields(self)))

    def replaced(self, rows: Ints, better: AssumedCovariance) -> AssumedCovariance:
        """Return a copy whose ``rows`` are those of ``better``, in its order."""
        columns = []
        for f in fields(self):
            column = getattr(self, f.name).copy()
            column[rows] = getattr(better, f.name)
            columns.append(column)
        return AssumedCovariance(*columns)

    @staticmethod
    def concatenate(parts: list[AssumedCovariance]) -> AssumedCovariance:
        """Return all rows of ``parts`` (at least one), one after the other."""
        return AssumedCovariance(
            *(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(AssumedCovariance))
        )


def assumed_by_regime(table: ElementTable) -> AssumedCovariance:
    """Assume errors by eccentricity, perigee height and inclination, one row for each element set."""
    count = len(table)
    perigee_km = orbit_shapes(table).perigee_km
    shape = (table.eccentricity >= FLOHRER_ECCENTRICITY).astype(np.intp)
    band = np.searchsorted(FLOHRER_PERIGEE_KM, perigee_km, side="right")
    tilt = np.searchsorted(FLOHRER_INCLINATION_DEG, table.inclination_deg, side="right")
    floor = np.array([_CIRCULAR_KM, _ECCENTRIC_KM])[shape, band, tilt]
    low, high = np.array(DEFAULT_GROWTH_KM_D), np.array(DEFAULT_GROWTH_HIGH_KM_D)
    rate = np.where((perigee_km >= FLOHRER_PERIGEE_KM[1])[:, None], high, low)
    return AssumedCovariance(
        norad=table.norad,
        floor_km=floor,
        factor=np.ones((count, 3)),
        start_km=np.zeros((count, 3)),
        rate_km_d=rate,
        bend_km_d2=np.zeros((count, 3)),
        bias_km_d=np.zeros((count, 3)),
        pairs=np.zeros(count, dtype=np.int64),
        maneuver_age_d=np.full(count, np.inf),
        source=np.full(count, SOURCE_REGIME, dtype=np.object_),
    )


def assumed_from_history(history: ElementTable) -> AssumedCovariance:
    """Estimate the errors of one object from its element sets; one row, of the newest set.

    Falls back on :func:`assumed_by_regime` (and says so in ``source``) where the history is too short.

    Parameters
    ----------
    history
        Element sets of one object, any order, at least one.
    """
    newest = history.take(np.array([int(np.argmax(history.epoch_tai_ns))]))
    default = assumed_by_regime(newest)
    differences = history_differences(history)
    gaps, last = maneuver_gaps(differences)
    maneuver_age_d = np.inf
    if last is not None:
        epochs = differences.epoch_tai_ns
        maneuver_age_d = float(epochs[-1] - epochs[last]) / NS_PER_DAY
    growth = fit_growth(differences.without_gaps(gaps))
    if growth is None:
        return default
    factor = np.full((1, 3), SHARED_DATA_FACTOR)
    source = f"{SOURCE_HISTORY} ({differences.epoch_tai_ns.shape[0]} sets)"
    if maneuver_age_d < MANEUVER_AGE_D:
        factor[0, 1] *= MANEUVER_INFLATION
        source += f", {SOURCE_MANEUVER} {maneuver_age_d:.1f} d before"
    return AssumedCovariance(
        norad=newest.norad,
        floor_km=_history_floor(newest, default),
        factor=factor,
        start_km=growth.start_km[None],
        rate_km_d=growth.rate_km_d[None],
        bend_km_d2=growth.bend_km_d2[None],
        bias_km_d=growth.bias_km_d[None],
        pairs=np.array([growth.pairs], dtype=np.int64),
        maneuver_age_d=np.array([maneuver_age_d]),
        source=np.array([source], dtype=np.object_),
    )


@dataclass(frozen=True, eq=False)
class Growth:
    """Differences of sets as functions of age: start + rate age + bend age^2, RTN, shape (3,) each."""

    start_km: Floats
    rate_km_d: Floats
    bend_km_d2: Floats
    bias_km_d: Floats
    pairs: int


def fit_growth(differences: HistoryDifferences) -> Growth | None:
    """Fit the robust size of differences by age, or return ``None`` where there are too few.

    In each age bin the size is 1.4826 times the median of the absolute differences, so that bad sets and
    missed maneuvers do not count; no coefficient is negative.
    """
    age_d, difference_km = differences.age_d, differences.difference_km
    bins = np.digitize(age_d, AGE_EDGES_D)
    centers, sizes, weights = [], [], []
    for number in range(1, len(AGE_EDGES_D)):
        inside = bins == number
        if inside.sum() >= BIN_SIZE_MIN:
            centers.append(float(age_d[inside].mean()))
            sizes.append(MAD_TO_SIGMA * np.median(np.abs(difference_km[inside]), axis=0))
            weights.append(float(np.sqrt(inside.sum())))
    if len(centers) < BINS_MIN:
        return None
    age, size, weight = np.array(centers), np.array(sizes), np.array(weights)[:, None]
    straight = np.stack([np.ones_like(age), age], axis=1)
    bent = np.column_stack([straight, age**2])
    coefficients = np.zeros((3, 3))
    for axis in range(3):
        columns = bent if axis == 1 else straight
        solved = _nonnegative_fit(columns * weight, size[:, axis] * weight[:, 0])
        coefficients[axis, : solved.shape[0]] = solved
    late = age_d > AGE_EDGES_D[1]
    bias = np.median(difference_km[late] / age_d[late, None], axis=0)
    return Growth(coefficients[:, 0], coefficients[:, 1], coefficients[:, 2], bias, int(age_d.shape[0]))


def _nonnegative_fit(columns: Floats, values: Floats) -> Floats:
    """Least squares without negative coefficients: the best of all subsets of the few columns."""
    count = columns.shape[1]
    best, least = np.zeros(count), float(values @ values)
    for subset in range(1, 2**count):
        chosen = [k for k in range(count) if subset >> k & 1]
        solved = np.linalg.lstsq(columns[:, chosen], values, rcond=None)[0]
        rest = values - columns[:, chosen] @ solved
        if np.all(solved >= 0.0) and float(rest @ rest) < least:
            least = float(rest @ rest)
            best = np.zeros(count)
            best[chosen] = solved
    return best


def _history_floor(newest: ElementTable, default: AssumedCovariance) -> Floats:
    """Floor (1, 3): of precise orbits in low orbits, else the published error at the epoch."""
    perigee_km = float(orbit_shapes(newest).perigee_km[0])
    if float(newest.eccentricity[0]) >= FLOHRER_ECCENTRICITY or perigee_km >= LEO_PERIGEE_KM:
        return default.floor_km
    return np.array([LOW_FLOOR_KM if perigee_km < LOW_PERIGEE_KM else HIGH_FLOOR_KM])
