"""What is different between two screenings: which conjunctions are new, gone, closer or farther."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_S

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SAME_TCA_S = 20.0 * 60.0
"""Two solutions of one pair are of one conjunction if their TCAs are this near: a quarter of the shortest
revolution, and far more than what a new element set shifts an encounter by."""
MOVED_KM = 0.1
MOVED_PORTION = 0.1
"""A miss distance has changed if by more than 100 m and by more than a tenth: less is the noise of element
sets."""

SAME, NEW, CLOSER, FARTHER, AHEAD = 0, 1, 2, 3, 4
WORDS = ("same", "new", "closer", "farther", "ahead")
"""Words for the codes above."""


@dataclass(frozen=True, eq=False)
class Passages:
    """Conjunctions of one screening, columns of shape (n,); the order of the two objects does not matter."""

    norad_1: Ints
    norad_2: Ints
    tca_tai_ns: Ints
    miss_km: Floats

    def __len__(self) -> int:
        return int(self.miss_km.shape[0])

    def pair_keys(self) -> Ints:
        """Return one number for each pair of objects, whatever their order."""
        low, high = np.minimum(self.norad_1, self.norad_2), np.maximum(self.norad_1, self.norad_2)
        return np.asarray(low * 1_000_000_000 + high, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Comparison:
    """The conjunctions of now against those of before.

    Attributes
    ----------
    change
        Shape (n,): ``SAME``, ``NEW``, ``CLOSER`` or ``FARTHER`` of each conjunction of now; ``AHEAD`` where
        the window before did not reach it.
    before
        Shape (n,): its row in the screening before, -1 where it is new.
    gone
        Rows of before that are no more, though their time is still ahead.
    """

    change: Ints
    before: Ints
    gone: Ints


def compare(
    now: Passages, before: Passages, *, window_tai_ns: tuple[int, int], stop_before_tai_ns: int
) -> Comparison:
    """Match two screenings of the same kind.

    Each conjunction of now takes the nearest in time of the same pair that is within :data:`SAME_TCA_S` and
    not taken by a nearer one. What lay outside ``window_tai_ns`` (start and stop of the new window) is not
    gone: it is over or was not looked for. What comes after ``stop_before_tai_ns`` (the end of the window
    before) is not new but ahead.
    """
    mine, theirs, gap_ns = _possible(now, before)
    match = np.full(len(now), -1, dtype=np.int64)
    alone = (np.bincount(mine, minlength=1)[mine] == 1) & (np.bincount(theirs, minlength=1)[theirs] == 1)
    match[mine[alone]] = theirs[alone]
    contested = np.flatnonzero(~alone)
    taken: set[int] = set()
    for edge in contested[np.lexsort((theirs[contested], mine[contested], gap_ns[contested]))].tolist():
        row, other = int(mine[edge]), int(theirs[edge])
        if match[row] < 0 and other not in taken:
            match[row] = other
            taken.add(other)
    change = np.where(now.tca_tai_ns > stop_before_tai_ns, AHEAD, NEW).astype(np.int64)
    known = match >= 0
    step = now.miss_km[known] - before.miss_km[match[known]]
    moved = (np.abs(step) > MOVED_KM) & (np.abs(step) > MOVED_PORTION * before.miss_km[match[known]])
    change[known] = np.where(~moved, SAME, np.where(step < 0.0, CLOSER, FARTHER))
    start, stop = window_tai_ns
    free = np.ones(len(before), dtype=np.bool_)
    free[match[known]] = False
    gone = np.flatnonzero(free & (before.tca_tai_ns >= start) & (before.tca_tai_ns <= stop))
    return Comparison(change, match, gone.astype(np.int64))


def _possible(now: Passages, before: Passages) -> tuple[Ints, Ints, Ints]:
    """Return every row of now and of before that may be one conjunction, and the nanoseconds between."""
    keys = before.pair_keys()
    order = np.argsort(keys, kind="stable")
    wanted = now.pair_keys()
    low = np.searchsorted(keys[order], wanted, "left")
    counts = np.searchsorted(keys[order], wanted, "right") - low
    mine = np.repeat(np.arange(len(now)), counts)
    within = np.arange(mine.shape[0]) - np.repeat(np.cumsum(counts) - counts, counts)
    theirs = order[np.repeat(low, counts) + within]
    gap_ns = np.abs(before.tca_tai_ns[theirs] - now.tca_tai_ns[mine])
    near = gap_ns <= SAME_TCA_S * NS_PER_S
    return mine[near], theirs[near], gap_ns[near]
