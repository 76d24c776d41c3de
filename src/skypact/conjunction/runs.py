"""Spans of time in which pairs are followed: joined from steps, cut to where both objects exist, sampled."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.bodies import Bodies, Floats, Ints

Flags = NDArray[np.bool_]

EXISTENCE_S = 60.0
"""How densely is looked for the time at which an element set stops giving states."""
BISECTIONS = 30
"""Halvings of ``EXISTENCE_S``: down to the resolution of the time."""
BREAK_S = 1e-6
"""How far before a break between two segments of an ephemeris its earlier side is sampled."""


class Runs(NamedTuple):
    """Spans of time in which a pair may be close; arrays of shape (k,)."""

    row_1: Ints
    row_2: Ints
    begin_s: Floats
    end_s: Floats

    first_s: Floats
    """Begin and end of the time within the window in which both objects exist without a gap."""
    last_s: Floats

    def take(self, rows: NDArray[np.intp] | Flags | slice) -> Runs:
        """Return the runs of an index, a boolean array or a slice."""
        columns: list[Any] = [column[rows] for column in self]
        return Runs(*columns)

    def divided(self, size: int) -> list[Runs]:
        """Return the runs in parts of at most ``size``, at least one part."""
        return [self.take(slice(k, k + size)) for k in range(0, max(1, self.row_1.shape[0]), size)]


def whole_runs(row_1: Ints, row_2: Ints, begin_s: Floats, end_s: Floats, window_s: float) -> Runs:
    """Return runs cut to the window, those outside left out; both objects are taken to exist throughout."""
    begin_s = np.maximum(begin_s, 0.0)
    end_s = np.minimum(end_s, window_s)
    inside = begin_s <= end_s
    ends = np.zeros(int(inside.sum())), np.full(int(inside.sum()), window_s)
    return Runs(row_1[inside], row_2[inside], begin_s[inside], end_s[inside], *ends)


def runs_of_steps(
    row_1: Ints, row_2: Ints, step: Ints, step_s: float, window_s: float, *, wider_s: float = 0.0
) -> Runs:
    """Join the steps in which pairs were seen close to runs, widened by a step (and more) on both sides."""
    middle_s = (step.astype(np.float64) + 0.5) * step_s
    reach_s = 1.5 * step_s + wider_s
    return joined(whole_runs(row_1, row_2, middle_s - reach_s, middle_s + reach_s, window_s))


def joined(runs: Runs) -> Runs:
    """Join the runs of a pair that overlap or touch; the result is sorted by pair and time."""
    if not runs.row_1.size:
        return runs
    runs = runs.take(np.lexsort((runs.begin_s, runs.row_2, runs.row_1)))
    other = (np.diff(runs.row_1) != 0) | (np.diff(runs.row_2) != 0)
    count = runs.row_1.shape[0]
    base = np.concatenate([[0], np.cumsum(other)]) * count
    by_end = np.argsort(runs.end_s)
    rank = np.empty(count, dtype=np.int64)
    rank[by_end] = np.arange(count)
    reached = runs.end_s[by_end[np.maximum.accumulate(base + rank) - base]]  # the latest end so far, by pair
    new = np.ones(count, dtype=np.bool_)
    new[1:] = other | (runs.begin_s[1:] > reached[:-1])
    first = np.flatnonzero(new)
    last = np.append(first[1:], count) - 1
    return runs.take(first)._replace(end_s=reached[last])


def existing(bodies: Bodies, runs: Runs, failing: Flags, window_s: float) -> Runs:
    """Cut runs to the times at which both objects exist; a gap makes two runs of one.

    Ephemerides have their spans; of element sets only those ``failing``, (n,), stop giving states somewhere.
    """
    count = len(bodies.models)
    rows = runs.row_1, runs.row_2
    limited = (rows[0] >= count) | (rows[1] >= count) | failing[rows[0]] | failing[rows[1]]
    if not limited.any():
        return runs

    @cache
    def spans(row: int) -> list[tuple[float, float]]:
        if row >= count:
            return _spans_of_ephemeris(bodies, row)
        return _spans_of_elements(bodies, row, window_s) if failing[row] else [(0.0, window_s)]

    parts: list[tuple[int, int, float, float, float, float]] = []
    for i, j, begin, end in zip(*(column[limited].tolist() for column in runs[:4]), strict=True):
        for first_i, last_i in spans(i):
            for first_j, last_j in spans(j):
                first, last = max(first_i, first_j, 0.0), min(last_i, last_j, window_s)
                if max(begin, first) < min(end, last):
                    parts.append((i, j, max(begin, first), min(end, last), first, last))
    cut = np.array(parts, dtype=np.float64).reshape(-1, 6).T
    both = [
        np.concatenate([whole[~limited], part.astype(whole.dtype)])
        for whole, part in zip(runs, cut, strict=True)
    ]
    return Runs(*both)


def _spans_of_ephemeris(bodies: Bodies, row: int) -> list[tuple[float, float]]:
    """Return the spans of an ephemeris in seconds after the reference; those that touch are joined."""
    result: list[tuple[float, float]] = []
    for first, last in bodies.seconds(bodies.sampled[row - len(bodies.models)].spans_tai_ns).tolist():
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def _spans_of_elements(bodies: Bodies, row: int, window_s: float) -> list[tuple[float, float]]:
    """Return the times within the window at which SGP4 gives no error."""
    time_s = np.linspace(0.0, window_s, max(2, int(np.ceil(window_s / EXISTENCE_S)) + 1))

    def is_there(at_s: Floats) -> Flags:
        return bodies.states(np.full(at_s.shape[0], row), at_s)[1]

    there = is_there(time_s)
    change = np.flatnonzero(there[1:] != there[:-1])
    low, high = time_s[change], time_s[change + 1]
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        same = is_there(middle) == there[change]
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    edges = np.where(there[change], low, high).tolist()
    edges = [0.0, *edges] if there[0] else edges
    edges = [*edges, window_s] if there[-1] else edges
    return list(zip(edges[::2], edges[1::2], strict=True))


def sample_times(bodies: Bodies, runs: Runs, step_s: float, parts_min: int = 1) -> tuple[Ints, Floats]:
    """Return run and time of samples at most ``step_s`` apart, both ends of each run included.

    Where an ephemeris passes from one segment to the next (a burn), both sides of the break are sampled.
    """
    parts = np.maximum(parts_min, np.ceil((runs.end_s - runs.begin_s) / step_s)).astype(np.int64)
    run = np.repeat(np.arange(parts.shape[0]), parts + 1)
    place = np.arange(run.shape[0]) - np.repeat(np.cumsum(parts + 1) - parts - 1, parts + 1)
    time_s = runs.begin_s[run] + (runs.end_s - runs.begin_s)[run] * place / parts[run]
    time_s = np.where(place == parts[run], runs.end_s[run], time_s)  # beyond it there may be no state
    extra = _breaks(bodies, runs)
    if extra[0].size:
        run, time_s = np.concatenate([run, extra[0]]), np.concatenate([time_s, extra[1]])
        order = np.lexsort((time_s, run))
        run, time_s = run[order], time_s[order]
    return run, time_s


def _breaks(bodies: Bodies, runs: Runs) -> tuple[Ints, Floats]:
    """Return run and time of both sides of all breaks between segments of an ephemeris, inside the runs."""
    count = len(bodies.models)
    found: list[tuple[int, float]] = []
    for k in np.flatnonzero((runs.row_1 >= count) | (runs.row_2 >= count)):
        for row in (int(runs.row_1[k]), int(runs.row_2[k])):
            if row >= count:
                inner = bodies.seconds(bodies.sampled[row - count].spans_tai_ns[1:, 0])
                inner = inner[(inner - BREAK_S > runs.begin_s[k]) & (inner < runs.end_s[k])]
                found += [(int(k), t) for at in inner.tolist() for t in (at - BREAK_S, at)]
    if not found:
        return np.empty(0, dtype=np.int64), np.empty(0)
    columns = np.array(found, dtype=np.float64).T
    return columns[0].astype(np.int64), columns[1]
