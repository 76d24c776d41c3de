"""Passages through a box around an object: entry, exit, and the nearest point between.

The box lies in RTN axes of the first object of a pair (radial, in-track = normal x radial, cross-track) and
is given by its half sizes. An event is a time interval in which the second object is inside; the minimum of
the distance may lie outside of the box, and one pass by the object may enter a flat box twice, because in
turning axes even a straight fast pass is a curve (at 10 km/s it leaves the line by 0.5 km over 70 km).

Nothing is missed: whoever is in the box is within its half diagonal D of the object. So at some time of the
stay within D the distance has a minimum below D, or the stay is cut by the edge of the window or of an
ephemeris; each of these makes a candidate of the search with the threshold D. A pass that is fast at its
minimum (v >= 0.3 km/s and 0.0035 D / s, see :mod:`pair_search`) leaves D within 1.1 D / v at any height,
because gravity bends relative motion on the scale of 1 / n >= 600 s only (n: angular rate); it is followed
for :data:`STAY_FACTOR` D / v to both sides. Slow pairs are candidates in every step in which they are slow
and within D, and are followed as far beyond. Within what is followed, samples are so dense that each
coordinate turns at most once between two of them; the turning points are found, and between them every
coordinate is monotone, so entry and exit are single zeros.

Accuracy: entry and exit within 1e-6 s of the trajectories' own; a graze of less than 0.1 m may be missed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.bodies import Bodies, Floats, Ints
from skypact.conjunction.brackets import bracketed_roots
from skypact.conjunction.encounters import KIND_NUMBER, EncounterKind
from skypact.conjunction.refinement import approach
from skypact.conjunction.runs import Runs, sample_times
from skypact.conjunction.slow_pairs import Found

SAMPLE_S = 30.0
"""Coordinates of slow pairs have periods of half an orbit and more: between samples they bend one way, but
for wiggles of 0.1 m."""
PARTS_MIN = 4
"""Samples of a fast pass: over its few seconds coordinates are nearly parabolas."""
STAY_FACTOR = 1.5
BEND_SHARE = 0.25
"""A coordinate leaves the line between two samples by at most this share of (change of its rate) x (time): a
parabola by 1/8."""
SLACK_SHARE = 1e-3
"""Added to that, as a share of the box's half diagonal; it only decides what is looked at closely."""
JOIN_S = 1e-5
"""A stay outside the box shorter than this is rounding."""
AXES = 3


class Motion(NamedTuple):
    """Relative motion in RTN axes of the first objects; arrays over (m,) pairs, each at its own time."""

    place_km: Floats
    """Shape (m, 3)."""
    rate_km_s: Floats
    """Change of ``place_km`` in the turning axes, shape (m, 3)."""
    closing: Floats
    """Half the change of the squared distance, km^2/s."""
    slope: Floats
    exists: NDArray[np.bool_]

    @property
    def distance_km(self) -> Floats:
        """Return the distance, (m,)."""
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", self.place_km, self.place_km)))


def half_diagonal_km(half_km: Floats) -> Floats:
    """Return the largest distance within boxes of half sizes (..., 3)."""
    return np.asarray(np.sqrt(np.sum(np.square(half_km), axis=-1)))


def box_motion(bodies: Bodies, rows_1: Ints, rows_2: Ints, time_s: Floats) -> Motion:
    """Evaluate the relative motion of each pair at its own time.

    The axes turn by the angular momentum over the squared radius; what tilts the orbit's plane (J2: 1e-6
    rad/s) is left out of the rates, which only place the turning points.
    """
    now = approach(bodies, rows_1, rows_2, time_s)
    position, velocity = now.first[:, :3], now.first[:, 3:]
    square = np.einsum("ij,ij->i", position, position)
    momentum = np.cross(position, velocity)
    size = np.sqrt(np.einsum("ij,ij->i", momentum, momentum))
    radial = position / np.sqrt(square)[:, None]
    normal = momentum / size[:, None]
    axes = np.stack([radial, np.cross(normal, radial), normal], axis=1)
    place = np.einsum("mij,mj->mi", axes, now.difference[:, :3])
    rate = np.einsum("mij,mj->mi", axes, now.difference[:, 3:])
    turn = size / square
    rate[:, 0] += turn * place[:, 1]
    rate[:, 1] -= turn * place[:, 0]
    return Motion(place, rate, now.closing, now.slope, now.exists)


def box_passages(bodies: Bodies, runs: Runs, half_km: Floats) -> Found:
    """Find all stays inside the boxes during ``runs``, which must not overlap for a pair.

    Parameters
    ----------
    half_km
        Half sizes of the box of each object, shape (n, 3): radial, in-track, cross-track; above 0.

    Returns
    -------
    Found
        Rows of kind ``volume``: entry and exit (or where the run begins and ends), and as time that of the
        nearest point between them.
    """
    run, left_s, right_s = _monotone_pieces(bodies, runs, half_km)
    row_1, row_2 = runs.row_1[run], runs.row_2[run]
    size = half_km[row_1]
    begin = box_motion(bodies, row_1, row_2, left_s)
    end = box_motion(bodies, row_1, row_2, right_s)
    beyond = (begin.place_km > size) & (end.place_km > size) | (begin.place_km < -size) & (
        end.place_km < -size
    )
    near = np.flatnonzero(begin.exists & end.exists & ~beyond.any(axis=1))
    run, row_1, row_2, size = run[near], row_1[near], row_2[near], size[near]
    left_s, right_s = left_s[near], right_s[near]
    enter_s = _crossings(bodies, row_1, row_2, size, begin.place_km[near], (left_s, right_s), left_s)
    leave_s = _crossings(bodies, row_1, row_2, size, end.place_km[near], (left_s, right_s), right_s)
    start_s, stop_s = enter_s.max(axis=1), leave_s.min(axis=1)
    inside = start_s <= stop_s
    return _stays(bodies, runs, run[inside], start_s[inside], stop_s[inside])


def _monotone_pieces(bodies: Bodies, runs: Runs, half_km: Floats) -> tuple[Ints, Floats, Floats]:
    """Cut runs at all turning points of the coordinates and of the distance; leave out what is far away.

    Returns run, begin and end of each piece, in the order of time.
    """
    run, time_s = sample_times(bodies, runs, SAMPLE_S, PARTS_MIN)
    now = box_motion(bodies, runs.row_1[run], runs.row_2[run], time_s)
    size = half_km[runs.row_1[run]]
    span_s = np.diff(time_s)[:, None]
    bend = np.abs(np.diff(now.rate_km_s, axis=0)) * span_s * BEND_SHARE
    slack = bend + SLACK_SHARE * half_diagonal_km(size)[:-1, None]
    low = np.minimum(now.place_km[:-1], now.place_km[1:]) - slack
    high = np.maximum(now.place_km[:-1], now.place_km[1:]) + slack
    near = ((low <= size[:-1]) & (high >= -size[:-1])).all(axis=1)
    k = np.flatnonzero(near & (run[1:] == run[:-1]) & (span_s[:, 0] > 0))
    if not k.size:
        return np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)
    turning = np.column_stack([now.rate_km_s, now.closing])
    signs = np.sign(turning)
    place, kind = np.nonzero(signs[k] != signs[k + 1])
    begin = k[place]
    pair = runs.row_1[run[begin]], runs.row_2[run[begin]]

    def value_slope(at: NDArray[np.intp], at_s: Floats) -> tuple[Floats, Floats]:
        there = box_motion(bodies, pair[0][at], pair[1][at], at_s)
        values = np.column_stack([there.rate_km_s, there.closing])[np.arange(at.shape[0]), kind[at]]
        return values, np.where(kind[at] == AXES, there.slope, np.nan)

    roots = bracketed_roots(value_slope, time_s[begin], time_s[begin + 1])
    first = np.concatenate([k, begin])
    left_s = np.concatenate([time_s[k], roots])
    order = np.lexsort((left_s, first))
    first, left_s = first[order], left_s[order]
    right_s = np.append(left_s[1:], 0.0)
    last = np.append(first[1:] != first[:-1], True)
    right_s[last] = time_s[first[last] + 1]
    return run[first], left_s, right_s


def _crossings(
    bodies: Bodies,
    row_1: Ints,
    row_2: Ints,
    size_km: Floats,
    place_km: Floats,
    piece_s: tuple[Floats, Floats],
    edge_s: Floats,
) -> Floats:
    """Return for each axis, (m, 3), where a piece passes the face of the box that lies before its edge.

    That is the edge of the piece itself where the coordinate ``place_km`` is within the box there.
    """
    times_s = np.repeat(edge_s[:, None], AXES, axis=1)
    piece, axis = np.nonzero(np.abs(place_km) > size_km)
    face_km = np.copysign(size_km[piece, axis], place_km[piece, axis])

    def value_slope(at: NDArray[np.intp], at_s: Floats) -> tuple[Floats, Floats]:
        there = box_motion(bodies, row_1[piece[at]], row_2[piece[at]], at_s)
        each = np.arange(at.shape[0])
        return there.place_km[each, axis[at]] - face_km[at], there.rate_km_s[each, axis[at]]

    times_s[piece, axis] = bracketed_roots(value_slope, piece_s[0][piece], piece_s[1][piece])
    return times_s


def _stays(bodies: Bodies, runs: Runs, run: Ints, start_s: Floats, stop_s: Floats) -> Found:
    """Join the pieces of a stay, and find its nearest point: an end of a piece, for they are monotone."""
    new = np.ones(run.shape[0], dtype=np.bool_)
    new[1:] = (np.diff(run) != 0) | (start_s[1:] - stop_s[:-1] > JOIN_S)
    stay = np.cumsum(new) - 1
    row_1, row_2 = runs.row_1[run], runs.row_2[run]
    time_s = np.concatenate([start_s, stop_s])
    distance = approach(bodies, np.tile(row_1, 2), np.tile(row_2, 2), time_s).distance_km
    order = np.lexsort((time_s, distance, np.tile(stay, 2)))
    nearest = order[np.unique(np.tile(stay, 2)[order], return_index=True)[1]]
    first = np.flatnonzero(new)
    last = np.append(first[1:], run.shape[0])[: first.shape[0]] - 1
    kind = np.full(first.shape[0], KIND_NUMBER[EncounterKind.VOLUME], dtype=np.uint8)
    return Found(row_1[first], row_2[first], time_s[nearest], start_s[first], stop_s[last], kind)
