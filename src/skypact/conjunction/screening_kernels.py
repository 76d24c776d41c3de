"""The search for pairs that come close: polynomials, cells, sort and the tests of one step.

Method: every object is a quintic polynomial between knots. Time goes in steps; at mid-step each object has a
direction cell and a *swept radial interval*, the range of its distance from the Earth's center during the
step, widened by half the threshold. Two objects that meet in the step have directions within the angle that
both can sweep and radial intervals that overlap; those pairs take a test of linear relative motion, and what
survives is refined on the true trajectories by :mod:`skypact.conjunction.refinement`.

Arrays over objects are cut in blocks of ``BLOCK`` (the last one filled with absent objects): inner loops have
a fixed length and few base pointers, which is what lets LLVM vectorize them. Float32 (0.5 m in LEO, 4 m in
GEO) is used to find pairs, never to time them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.lanes_kernels import LANES, append_overlaps, fetch_ahead
from skypact.orbits.jit import fast_kernel, kernel

BLOCK = 32
POWERS = 18
ROWS = 12
MU = 398600.8
"""km^3/s^2, WGS-72, as SGP4."""
J2_FACTOR_KM2 = 1.5 * 1.082616e-3 * 6378.135**2
PLACE_BITS = 20
POSITION_MASK = (1 << PLACE_BITS) - 1
GROUP = 1 << (31 - PLACE_BITS)
"""A pair of neighbors is one int32: 11 bits for the place of the first in its group, 20 for the other."""

ABSENT_KM = 1e30
"""Taken from the half width of an absent object: its interval turns inside out and meets nothing."""

FAR, MINIMUM, SLOW = 0, 1, 2
"""What :func:`verdict` says of a pair: nothing, a minimum in this step, or close and slow."""

AHEAD = 15
"""Pairs ahead of which records are fetched: the third-level cache takes as long as judging ten pairs."""

LATE_S = 3.0
"""A minimum counts this far outside its step: polynomials may be a kilometer wrong at 0.3 km/s."""

X, Y, Z, VX, VY, VZ, HALF, RATE, LOW, HIGH, QUANTUM, DIAMOND = range(12)
"""Rows of a block of states; the first eight make the record of an object."""


class Cells(NamedTuple):
    """The division of the sphere and the ranges to search (see :class:`sphere_cells.SphereCells`)."""

    quantum_scale: NDArray[np.float32]
    quantum_base: NDArray[np.int32]
    half_offset: NDArray[np.int32]
    half_first: NDArray[np.int32]
    half_stop: NDArray[np.int32]
    full_offset: NDArray[np.int32]
    full_first: NDArray[np.int32]
    full_stop: NDArray[np.int32]


class Sorted(NamedTuple):
    """One step's objects in the order of their cells; work space reused for all steps of a job."""

    fast: NDArray[np.int32]
    """Number of objects faster than the ordinary rate, then their positions: (n + 1,)."""
    cell: NDArray[np.int32]
    """Cell of each object, in the order of the objects."""
    start: NDArray[np.int32]
    """First position of each cell, and the end: (cells + 1,)."""
    fill: NDArray[np.int32]
    order: NDArray[np.int32]
    """Object at each position."""
    record: NDArray[np.float32]
    """(n, 8) in sorted order: position km, velocity km/s, half width km, angular rate rad/s."""
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    """Swept radial interval, sorted; readable ``LANES`` past the end."""
    pairs: NDArray[np.int32]
    """Overlapping pairs: place in the group shifted by ``PLACE_BITS``, plus the partner's position."""
    group_begin: NDArray[np.int32]
    group_end: NDArray[np.int32]
    """Position of the first object of each group, and number of pairs up to the end of the group."""


@fast_kernel
def hermite_blocks(
    knots0: NDArray[np.float64],
    knots1: NDArray[np.float64],
    span_s: float,
    mu: float,
    j2_factor_km2: float,
    work: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Make the quintic of each object and axis between two knots, in powers of t / span_s.

    ``knots0`` and ``knots1`` have shape (6, n), n a multiple of ``BLOCK``: x y z vx vy vz in km and km/s.
    ``work`` has 16 * BLOCK elements, ``out`` n * 18: a block of 18 rows of ``BLOCK`` after the other, power k
    of axis c in row 3 k + c. Accelerations are those of two bodies and J2.
    """
    square = span_s * span_s
    for block in range(knots0.shape[1] // BLOCK):
        at, base = block * BLOCK, block * POWERS * BLOCK
        for row in range(6):
            for k in range(BLOCK):
                work[row * BLOCK + k] = knots0[row, at + k]
            for k in range(BLOCK):
                work[(6 + row) * BLOCK + k] = knots1[row, at + k]
        for end in range(2):
            w = end * 6 * BLOCK
            for k in range(BLOCK):
                z = work[w + 2 * BLOCK + k]
                q = 1.0 / (work[w + k] * work[w + k] + work[w + BLOCK + k] * work[w + BLOCK + k] + z * z)
                g = -mu * q * np.sqrt(q) * square
                j = j2_factor_km2 * q
                s = 1.0 - 5.0 * j * z * z * q
                work[(12 + end) * BLOCK + k] = g * (s + j)
                work[(14 + end) * BLOCK + k] = g * (s + 3.0 * j)
        for axis in range(3):
            w, o = axis * BLOCK, base + axis * BLOCK
            g = (14 if axis == 2 else 12) * BLOCK
            for k in range(BLOCK):
                p0, v0 = work[w + k], work[w + 3 * BLOCK + k] * span_s
                p1, v1 = work[w + 6 * BLOCK + k], work[w + 9 * BLOCK + k] * span_s
                a0, a1 = p0 * work[g + k], p1 * work[g + BLOCK + k]
                c2 = 0.5 * a0
                dp = p1 - p0 - v0 - c2
                dv = v1 - v0 - a0
                da = a1 - a0
                out[o + k] = p0
                out[o + 3 * BLOCK + k] = v0
                out[o + 6 * BLOCK + k] = c2
                out[o + 9 * BLOCK + k] = 10.0 * dp - 4.0 * dv + 0.5 * da
                out[o + 12 * BLOCK + k] = -15.0 * dp + 7.0 * dv - da
                out[o + 15 * BLOCK + k] = 6.0 * dp - 3.0 * dv + 0.5 * da


@fast_kernel
def evaluate_blocks(
    c: NDArray[np.float32],
    half_width_km: NDArray[np.float32],
    u: np.float32,
    span_s: np.float32,
    step_s: np.float32,
    mu: np.float32,
    quanta: np.float32,
    out: NDArray[np.float32],
) -> None:
    """Evaluate all objects at fraction ``u`` of their polynomials: state, radial interval, cell coordinates.

    ``c`` are the polynomials of :func:`hermite_blocks`. ``half_width_km``, (n,), is half the threshold plus
    the object's own padding, minus ``ABSENT_KM`` where the object does not exist in this step. ``out`` has
    n * 12 elements, a block of the rows ``X`` to ``DIAMOND`` after the other.
    """
    one, two, tiny = np.float32(1), np.float32(2), np.float32(1e-30)
    inverse_s = one / span_s
    half_s = np.float32(0.5) * step_s
    eighth_s2 = np.float32(0.125) * step_s * step_s
    u2, u3, u4, u5 = u * two, u * np.float32(3), u * np.float32(4), u * np.float32(5)
    half_quanta = np.float32(0.5) * quanta
    for block in range(half_width_km.shape[0] // BLOCK):
        at, b, o = block * BLOCK, block * POWERS * BLOCK, block * ROWS * BLOCK
        for k in range(BLOCK):
            x = c[b + 0 * BLOCK + k] + u * (
                c[b + 3 * BLOCK + k]
                + u
                * (
                    c[b + 6 * BLOCK + k]
                    + u * (c[b + 9 * BLOCK + k] + u * (c[b + 12 * BLOCK + k] + u * c[b + 15 * BLOCK + k]))
                )
            )
            y = c[b + 1 * BLOCK + k] + u * (
                c[b + 4 * BLOCK + k]
                + u
                * (
                    c[b + 7 * BLOCK + k]
                    + u * (c[b + 10 * BLOCK + k] + u * (c[b + 13 * BLOCK + k] + u * c[b + 16 * BLOCK + k]))
                )
            )
            z = c[b + 2 * BLOCK + k] + u * (
                c[b + 5 * BLOCK + k]
                + u
                * (
                    c[b + 8 * BLOCK + k]
                    + u * (c[b + 11 * BLOCK + k] + u * (c[b + 14 * BLOCK + k] + u * c[b + 17 * BLOCK + k]))
                )
            )
            vx = (
                c[b + 3 * BLOCK + k]
                + u2 * c[b + 6 * BLOCK + k]
                + u
                * (
                    u3 * c[b + 9 * BLOCK + k]
                    + u * (u4 * c[b + 12 * BLOCK + k] + u * u5 * c[b + 15 * BLOCK + k])
                )
            )
            vy = (
                c[b + 4 * BLOCK + k]
                + u2 * c[b + 7 * BLOCK + k]
                + u
                * (
                    u3 * c[b + 10 * BLOCK + k]
                    + u * (u4 * c[b + 13 * BLOCK + k] + u * u5 * c[b + 16 * BLOCK + k])
                )
            )
            vz = (
                c[b + 5 * BLOCK + k]
                + u2 * c[b + 8 * BLOCK + k]
                + u
                * (
                    u3 * c[b + 11 * BLOCK + k]
                    + u * (u4 * c[b + 14 * BLOCK + k] + u * u5 * c[b + 17 * BLOCK + k])
                )
            )
            vx *= inverse_s
            vy *= inverse_s
            vz *= inverse_s
            rho2 = x * x + y * y
            r2 = rho2 + z * z
            inverse_r = one / np.sqrt(r2)
            r = r2 * inverse_r
            vr = (x * vx + y * vy + z * vz) * inverse_r
            across2 = abs(vx * vx + vy * vy + vz * vz - vr * vr)
            ar = (across2 - mu * inverse_r) * inverse_r
            reach = abs(vr) * half_s + abs(ar) * eighth_s2 + half_width_km[at + k]
            out[o + X * BLOCK + k] = x
            out[o + Y * BLOCK + k] = y
            out[o + Z * BLOCK + k] = z
            out[o + VX * BLOCK + k] = vx
            out[o + VY * BLOCK + k] = vy
            out[o + VZ * BLOCK + k] = vz
            out[o + HALF * BLOCK + k] = half_width_km[at + k]
            out[o + RATE * BLOCK + k] = np.sqrt(across2) * inverse_r
            out[o + LOW * BLOCK + k] = r - reach
            out[o + HIGH * BLOCK + k] = r + reach
            out[o + QUANTUM * BLOCK + k] = (z / (abs(z) + np.sqrt(rho2)) + one) * half_quanta
            f = y / (abs(x) + abs(y) + tiny)
            out[o + DIAMOND * BLOCK + k] = (f if x >= 0 else two - f) + one


@kernel
def sort_by_cell(states: NDArray[np.float32], cells: Cells, fast_rad_s: np.float32, into: Sorted) -> None:
    """Sort the objects of ``states`` (see :func:`evaluate_blocks`) by their cell: a counting sort."""
    start, fill, cell = into.start, into.fill, into.cell
    count = start.shape[0] - 1
    into.fast[0] = 0
    for k in range(count):
        fill[k] = 0
    for block in range(into.order.shape[0] // BLOCK):
        o = block * ROWS * BLOCK
        for k in range(BLOCK):
            height, diamond = states[o + QUANTUM * BLOCK + k], states[o + DIAMOND * BLOCK + k]
            key = np.int32(0)
            if height >= 0 and diamond >= 0:  # not a state beyond float32, which overlaps with nothing
                quantum = np.uint32(height)
                key = cells.quantum_base[quantum] + np.int32(diamond * cells.quantum_scale[quantum])
            cell[block * BLOCK + k] = key
            fill[key] += 1
    total = 0
    for k in range(count):
        start[k] = total
        total += fill[k]
        fill[k] = start[k]
    start[count] = total
    for block in range(into.order.shape[0] // BLOCK):
        o = block * ROWS * BLOCK
        for k in range(BLOCK):
            i = block * BLOCK + k
            at = fill[cell[i]]
            fill[cell[i]] = at + 1
            into.order[at] = i
            into.low[at] = states[o + LOW * BLOCK + k]
            into.high[at] = states[o + HIGH * BLOCK + k]
            for row in range(8):
                into.record[at, row] = states[o + row * BLOCK + k]
            if states[o + RATE * BLOCK + k] > fast_rad_s:
                into.fast[0] += 1
                into.fast[into.fast[0]] = at


@kernel
def list_overlaps(cells: Cells, tables: Sorted, from_at: int) -> tuple[int, int]:
    """List the pairs of neighbors whose radial intervals overlap, each once, from a sorted position on.

    The objects of a cell make a group (more than one where there are many). Stops before the lists could
    overflow; returns (groups, position to go on from). The loop over the objects of a group is the innermost
    one: it is long and even, so the processor guesses its branches right, and there is one store for each
    sixteen tests.
    """
    start, low, high = tables.start, tables.low, tables.high
    count = start.shape[0] - 1
    room = tables.pairs.shape[0] - LANES
    found, groups = 0, 0
    cell = int(np.searchsorted(start, from_at, side="right")) - 1
    while cell < count:
        first_range, last_range = cells.half_offset[cell], cells.half_offset[cell + 1]
        worst = 1
        for k in range(first_range, last_range):
            worst += start[cells.half_stop[k]] - start[cells.half_first[k]]
        begin = max(from_at, int(start[cell]))
        cell += 1
        while begin < start[cell]:
            fitting = (room - found) // worst
            if fitting == 0 or groups == tables.group_begin.shape[0]:
                return groups, begin
            end = min(begin + min(GROUP, fitting), int(start[cell]))
            for k in range(first_range, last_range):
                j = int(start[cells.half_first[k]])
                stop = int(start[cells.half_stop[k]])
                own = 1 if k == first_range else 0
                while j < stop:
                    found = append_overlaps(
                        low, high, j, stop, begin, end, own, PLACE_BITS, tables.pairs, found
                    )
                    j += LANES
            tables.group_begin[groups] = begin
            tables.group_end[groups] = found
            groups += 1
            begin = end
    return groups, int(start[count])


@kernel
def list_wide_overlaps(cells: Cells, tables: Sorted, from_fast: int) -> tuple[int, int]:
    """List for the fast objects all partners within the wide angle.

    Returns (groups, fast object to go on from). Their pairs with neighbors are listed by
    :func:`list_overlaps` as well.
    """
    start, low, high = tables.start, tables.low, tables.high
    room = tables.pairs.shape[0] - LANES - start[start.shape[0] - 1]
    found, groups = 0, 0
    for number in range(from_fast, tables.fast[0]):
        if found > room or groups == tables.group_begin.shape[0]:
            return groups, number
        at = int(tables.fast[1 + number])
        cell = tables.cell[tables.order[at]]
        for k in range(cells.full_offset[cell], cells.full_offset[cell + 1]):
            j = int(start[cells.full_first[k]])
            stop = int(start[cells.full_stop[k]])
            while j < stop:
                found = append_overlaps(low, high, j, stop, at, at + 1, 0, PLACE_BITS, tables.pairs, found)
                j += LANES
        tables.group_begin[groups] = at
        tables.group_end[groups] = found
        groups += 1
    return groups, int(tables.fast[0])


@kernel
def verdict(
    a: np.float32,
    b: np.float32,
    c: np.float32,
    limit2: np.float32,
    half_s: np.float32,
    slow_km2_s2: np.float32,
    edge: int,
) -> int:
    """Judge linear relative motion in a step by its squared speed, position times velocity, squared distance.

    Returns ``FAR``, ``MINIMUM`` or ``SLOW``; units km and s, the middle of the step is time 0. ``edge`` bit 1
    (bit 2) marks the first (last) step of the window, where being close at its edge counts.
    """
    late_s = half_s + np.float32(LATE_S)
    if (c - limit2) * a > b * b and c > limit2:
        return FAR
    if a > slow_km2_s2 and abs(b) <= a * late_s:
        return MINIMUM
    t = min(max(-b / a, -late_s), late_s) if a > 0 else np.float32(0.0)
    if c + t * (np.float32(2.0) * b + a * t) > limit2:
        return FAR
    if a <= slow_km2_s2:
        return SLOW
    return MINIMUM if (edge & 1 and b > 0) or (edge & 2 and b < 0) else FAR


@kernel
def judge_pairs(
    tables: Sorted,
    groups: int,
    half_s: np.float32,
    slow_km2_s2: np.float32,
    edge: int,
    found_pairs: NDArray[np.int32],
    found: int,
) -> int:
    """Test the listed pairs by linear relative motion; append (object, object, kind), return the new count.

    A count above the rows of ``found_pairs`` says how much room was needed: nothing was written past it.
    Pairs slower than the root of ``slow_km2_s2`` are kept whenever they are close in the step; ``edge`` is
    explained at :func:`verdict`.
    """
    record = tables.record
    late_s = half_s + np.float32(LATE_S)
    at_edge = np.float32(ABSENT_KM if edge else 0.0)
    for group in range(groups):
        for at in range(tables.group_end[group - 1] if group > 0 else 0, tables.group_end[group]):
            packed = tables.pairs[at]
            fetch_ahead(record, tables.pairs[at + AHEAD] & POSITION_MASK)
            i, j = tables.group_begin[group] + (packed >> PLACE_BITS), packed & POSITION_MASK
            dx, dy, dz = record[j, X] - record[i, X], record[j, Y] - record[i, Y], record[j, Z] - record[i, Z]
            ux = record[j, VX] - record[i, VX]
            uy = record[j, VY] - record[i, VY]
            uz = record[j, VZ] - record[i, VZ]
            a = ux * ux + uy * uy + uz * uz
            b = dx * ux + dy * uy + dz * uz
            c = dx * dx + dy * dy + dz * dz
            limit = record[i, HALF] + record[j, HALF]
            limit2 = limit * limit
            # one number and one rare branch: nearly all pairs fail, at tests that cannot be guessed
            far = min((c - limit2) * a - b * b, c - limit2)
            untimely = min(abs(b) - a * late_s, a - slow_km2_s2) - at_edge
            if max(far, untimely) <= 0 and i != j:
                kind = verdict(a, b, c, limit2, half_s, slow_km2_s2, edge)
                if kind == FAR:
                    continue
                if found < found_pairs.shape[0]:
                    found_pairs[found, 0] = tables.order[i]
                    found_pairs[found, 1] = tables.order[j]
                    found_pairs[found, 2] = kind
                found += 1
    return found
