"""Which element set of an object to use at a time: one stated rule, and the reason with every choice.

Of the element sets of one object, in this order of preference:

1. a *fit to the operator's ephemeris* (supplemental GP, known by its RMS) of at most
   :data:`FIT_RMS_LIMIT_KM`, from the last :data:`FIT_FRESH_D` days: the one with the lowest RMS;
2. an ordinary set (GP): the newest epoch;
3. a fit that is older or worse than that: the newest epoch;
4. a set whose epoch lies more than :data:`FUTURE_D` days ahead: the nearest.

Equal epochs are decided by the name of the source, so that every node chooses alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_DAY

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

FIT_RMS_LIMIT_KM = 1.0
"""Largest RMS of a fit that is preferred: an ordinary set of a quiet low orbit is about 0.6 to 1 km off
(measured against precise orbits of Sentinel-3A and TOPEX), a worse fit gains nothing."""

FIT_FRESH_D = 3.0
"""Oldest epoch of a fit that is preferred: operators publish 72 h of ephemeris, beyond that the fit has
no data."""

FUTURE_D = 7.0
"""Epochs further ahead are taken for errors; real catalogs hold sets up to 2.6 days ahead."""

_RMS_UNIT_KM = 1e-9


class Choice(StrEnum):
    """Why an element set was chosen."""

    ONLY = "only set"
    NEWEST = "newest epoch"
    FIT = "best fit to the operator's ephemeris"
    POOR_FIT = "old or poor fit, nothing better"
    FUTURE = "epoch in the future, nothing earlier"


_OF_RANK = (Choice.FIT, Choice.NEWEST, Choice.POOR_FIT, Choice.FUTURE)


@dataclass(frozen=True, eq=False)
class Selection:
    """The chosen row for each object, in the order of catalog numbers; columns of shape (objects,)."""

    rows: Ints
    candidates: Ints
    """How many element sets there were to choose from."""
    choice: Texts


def select_best(
    norad: Ints, epoch_tai_ns: Ints, fit_rms_km: Floats, source: Texts, *, at_tai_ns: int
) -> Selection:
    """Choose one element set for each object by the rule of this module.

    Parameters
    ----------
    norad, epoch_tai_ns
        Catalog number and epoch of each candidate, shape (n,).
    fit_rms_km
        RMS of the fit in km, NaN for ordinary sets, shape (n,).
    source
        Name of the source of each candidate, shape (n,).
    at_tai_ns
        The time at which the elements are to be used.
    """
    age_d = (at_tai_ns - epoch_tai_ns) / NS_PER_DAY
    is_fit = np.isfinite(fit_rms_km)
    with np.errstate(invalid="ignore"):
        good_fit = is_fit & (fit_rms_km <= FIT_RMS_LIMIT_KM) & (age_d <= FIT_FRESH_D)
    rank = np.where(good_fit, 0, np.where(is_fit, 2, 1))
    rank = np.where(age_d < -FUTURE_D, 3, rank)
    rms = np.where(good_fit, fit_rms_km, 0.0)
    preference = np.where(rank == 0, np.rint(rms / _RMS_UNIT_KM).astype(np.int64), -epoch_tai_ns)
    preference = np.where(rank == 3, epoch_tai_ns, preference)
    source_rank = np.unique(source.astype(str), return_inverse=True)[1]
    order = np.lexsort((-epoch_tai_ns, source_rank, preference, rank, norad))
    numbers = norad[order]
    first = np.flatnonzero(np.diff(numbers, prepend=numbers[:1] - 1))
    candidates = np.diff(first, append=len(numbers))
    rows = order[first]
    choice = np.array(_OF_RANK, dtype=object)[rank[rows]]
    choice[(candidates == 1) & (rank[rows] == 1)] = Choice.ONLY
    return Selection(rows.astype(np.int64), candidates.astype(np.int64), choice)
