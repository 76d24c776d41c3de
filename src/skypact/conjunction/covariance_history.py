"""How far an object's own element sets disagree: the raw material of an assumed covariance.

Older element sets are propagated to each newer one and differenced over one revolution, in the RTN axes of
the newer. Steps of the differences that stand out show maneuvers (or bad sets); pairs across them are left
out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.astro.local_axes import local_matrix
from skypact.astro.timescales import NS_PER_DAY
from skypact.formats.elements import ElementTable
from skypact.orbits.sgp4 import Sgp4Models, propagate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SPAN_D = 60.0
"""History used before the newest set: long enough for robust statistics, short enough for today's drag."""
AGE_MAX_D = 7.0
"""Oldest set compared with a newer one: the longest prediction of a week's screening."""
POINTS = 12
"""Points over one revolution: at the epochs alone, which lie at the node, radial errors look too large and
along-track ones too small."""
DUPLICATE_D = 0.02
"""Sets closer together are corrections of each other: only the last is kept."""
LAGS = (2, 3)
"""Sets back whose prediction is tested for maneuvers: one back is too noisy, more blur the date."""
MANEUVER_SCORE = 5.0
"""Robust standard deviations of the along-track step per day that make a maneuver (F1 0.67 over seven
satellites with known burns within two days; physics reference of the project)."""
SCORE_PERCENTILE = 25.0
"""Percentile over the windows that contain a gap: one quiet window clears it."""
MAD_TO_SIGMA = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
SETS_MIN = 8
"""Fewer sets say nothing about steps that stand out."""


@dataclass(frozen=True, eq=False)
class HistoryDifferences:
    """Differences of an object's element sets, older minus newer, one row for each pair and point."""

    epoch_tai_ns: Ints
    """Epochs of the sets used, ascending, shape (m,)."""
    older: Ints
    """Row of the older set among the epochs, shape (n,)."""
    newer: Ints
    age_d: Floats
    """Age of the older set at the point, shape (n,)."""
    difference_km: Floats
    """RTN of the newer set, shape (n, 3)."""
    at_epoch: NDArray[np.bool_]
    """Whether the point is the epoch of the newer set."""

    def without_gaps(self, gaps: Ints) -> HistoryDifferences:
        """Leave out pairs across the gaps that end at the epochs ``gaps``."""
        spanning = np.zeros(self.older.shape, dtype=np.bool_)
        for gap in gaps:
            spanning |= (self.older < gap) & (self.newer >= gap)
        keep = ~spanning
        return HistoryDifferences(
            self.epoch_tai_ns,
            self.older[keep],
            self.newer[keep],
            self.age_d[keep],
            self.difference_km[keep],
            self.at_epoch[keep],
        )


def history_differences(history: ElementTable) -> HistoryDifferences:
    """Difference the last :data:`SPAN_D` days of one object's element sets.

    Parameters
    ----------
    history
        Element sets of one object, any order; sets that SGP4 refuses are left out.
    """
    epochs = history.epoch_tai_ns
    order = np.argsort(epochs, kind="stable")
    recent = order[epochs[order] > epochs.max() - int(SPAN_D * NS_PER_DAY)]
    spaced = np.append(np.diff(epochs[recent]) > DUPLICATE_D * NS_PER_DAY, True)
    table = history.take(recent[spaced[: recent.shape[0]]])
    models = Sgp4Models.from_elements(table)
    table, models = table.take(models.init_error == 0), models.take(models.init_error == 0)
    parts = [_against(table, models, row) for row in range(1, len(table))]
    parts = [p for p in parts if p is not None]
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return HistoryDifferences(
            table.epoch_tai_ns, none, none, np.zeros(0), np.zeros((0, 3)), np.zeros(0, dtype=np.bool_)
        )
    joined = [np.concatenate([p[k] for p in parts if p is not None]) for k in range(5)]
    return HistoryDifferences(table.epoch_tai_ns, *joined)


def _against(
    table: ElementTable, models: Sgp4Models, row: int
) -> tuple[Ints, Ints, Floats, Floats, NDArray[np.bool_]] | None:
    """Difference all older sets within :data:`AGE_MAX_D` from the set in ``row``, over its revolution."""
    epochs = table.epoch_tai_ns
    first = int(np.searchsorted(epochs, epochs[row] - int(AGE_MAX_D * NS_PER_DAY)))
    older = np.arange(first, row)
    if not older.size:
        return None
    period_ns = NS_PER_DAY / float(table.mean_motion_rev_d[row])
    steps = np.arange(POINTS) - POINTS // 2
    times = epochs[row] + (steps * period_ns / POINTS).astype(np.int64)
    states = propagate(models.take(np.append(older, row)), times)
    position, velocity = states.position_km[-1], states.velocity_km_s[-1]
    if np.any(states.error[-1]):
        return None
    matrix = local_matrix(position, velocity)
    difference = np.einsum("pij,npj->npi", matrix, states.position_km[:-1] - position[None])
    age_d = (times[None, :] - epochs[older][:, None]) / NS_PER_DAY
    good = states.error[:-1] == 0
    shape = good.shape
    return (
        np.broadcast_to(older[:, None], shape)[good],
        np.full(int(good.sum()), row),
        age_d[good],
        difference[good],
        np.broadcast_to(steps == 0, shape)[good],
    )


def maneuver_gaps(differences: HistoryDifferences) -> tuple[Ints, int | None]:
    """Find the gaps between element sets in which the orbit changed by more than its usual noise.

    The along-track step per day of the sets two and three back is scored by its median absolute deviation
    over the history; the score of a gap is the lower quartile over the windows that contain it, and the
    geometric mean of both lags.

    Returns
    -------
    The gaps, each by the row of the set that ends it; and the one of the last maneuver (the highest score of
    the last run of neighboring gaps), ``None`` without any.
    """
    count = differences.epoch_tai_ns.shape[0]
    if count < SETS_MIN:
        return np.zeros(0, dtype=np.int64), None
    score = np.ones(count)
    for lag in LAGS:
        score *= _gap_scores(differences, lag, count)
    score = np.sqrt(score)
    gaps = np.flatnonzero(score > MANEUVER_SCORE)
    if not gaps.size:
        return gaps, None
    run_start = int(np.flatnonzero(np.diff(gaps, prepend=gaps[0] - 2) > 1)[-1])
    last_run = gaps[run_start:]
    return gaps, int(last_run[np.argmax(score[last_run])])


def _gap_scores(differences: HistoryDifferences, lag: int, count: int) -> Floats:
    """Score of every gap (by the row that ends it) from the steps of one lag; zero where none is known."""
    rows = differences.at_epoch & (differences.newer - differences.older == lag)
    step = np.full(count, np.nan)
    step[differences.newer[rows]] = differences.difference_km[rows, 1] / differences.age_d[rows]
    known = np.isfinite(step)
    if known.sum() < SETS_MIN - max(LAGS):
        return np.zeros(count)
    center = np.median(step[known])
    scatter = MAD_TO_SIGMA * np.median(np.abs(step[known] - center))
    z = np.abs(step - center) / max(float(scatter), SCATTER_MIN_KM_D)
    windows = np.full((count, lag), np.nan)
    for k in range(lag):
        windows[: count - k, k] = z[k:]
    score = np.zeros(count)
    some = np.isfinite(windows).any(axis=1)
    score[some] = np.nanpercentile(windows[some], SCORE_PERCENTILE, axis=1)
    return score


SCATTER_MIN_KM_D = 0.01
"""Least scatter of the step: below it, digits of the element sets decide."""
