"""Kernels of the search against their plain twins."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.conjunction import few_kernels
from skypact.conjunction import screening_kernels as kernels
from skypact.conjunction.pair_search import LANES, STEP_S
from skypact.conjunction.screening_kernels import ABSENT_KM, BLOCK, FAR, LATE_S, MINIMUM, POWERS, ROWS, SLOW
from skypact.conjunction.sphere_cells import QUANTA, sphere_cells
from tests.plain import search_plain as plain

SPAN_S = 300.0
N = 4 * BLOCK


def random_states(rng: np.random.Generator, n: int) -> np.ndarray:
    """States on random bound orbits, (n, 6)."""
    radius = rng.uniform(6500, 45000, n)
    direction = rng.normal(size=(n, 3))
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    across = np.cross(direction, rng.normal(size=(n, 3)))
    across /= np.linalg.norm(across, axis=1)[:, None]
    speed = np.sqrt(plain.MU / radius) * rng.uniform(0.8, 1.3, n)
    tilt = rng.uniform(-0.3, 0.3, n)[:, None]
    return np.concatenate(
        [direction * radius[:, None], speed[:, None] * (across * np.cos(tilt) + direction * np.sin(tilt))],
        axis=1,
    )


def moved(states: np.ndarray, span_s: float) -> np.ndarray:
    """Carry states by a fine Runge-Kutta integration of the twin's acceleration."""

    def rate(s):
        return np.concatenate([s[3:], plain.acceleration(s[:3])])

    out = states.copy()
    for row in out:
        h = span_s / 60
        for _ in range(60):
            a = rate(row)
            b = rate(row + h / 2 * a)
            c = rate(row + h / 2 * b)
            d = rate(row + h * c)
            row += h / 6 * (a + 2 * b + 2 * c + d)
    return out


@pytest.fixture(scope="module")
def arc():
    rng = np.random.default_rng(11)
    first = random_states(rng, N)
    return first, moved(first, SPAN_S)


def polynomials(arc):
    powers = np.empty(POWERS * N, dtype=np.float32)
    work = np.empty(16 * BLOCK)
    knots = [np.ascontiguousarray(s.T) for s in arc]
    kernels.hermite_blocks(*knots, SPAN_S, plain.MU, plain.J2_FACTOR_KM2, work, powers)
    return powers


@pytest.mark.parametrize("u", [0.1, 0.5, 0.9])
def test_blocks_hold_state_interval_and_cell_coordinates_of_the_twin(arc, u):
    half = np.full(N, 2.5, dtype=np.float32)
    blocks = np.empty(ROWS * N, dtype=np.float32)
    single = np.float32
    kernels.evaluate_blocks(
        polynomials(arc),
        half,
        single(u),
        single(SPAN_S),
        single(STEP_S),
        single(plain.MU),
        single(QUANTA),
        blocks,
    )
    rows = blocks.reshape(-1, ROWS, BLOCK).transpose(0, 2, 1).reshape(N, ROWS)
    for k in range(N):
        state = plain.quintic(arc[0][k], arc[1][k], SPAN_S, u)
        assert np.allclose(rows[k, :3], state[:3], atol=0.02)
        assert np.allclose(rows[k, 3:6], state[3:], atol=2e-5)
        assert np.allclose(
            rows[k, [kernels.LOW, kernels.HIGH]], plain.radial_interval(state, STEP_S, 2.5), atol=0.05
        )


def test_the_quintic_follows_the_true_arc(arc):
    middle = moved(arc[0], SPAN_S / 2)
    powers = np.empty(18)
    for k in range(N):
        few_kernels.quintic(arc[0][k], arc[1][k], SPAN_S, plain.MU, plain.J2_FACTOR_KM2, powers)
        table = powers.reshape(6, 3)
        position = sum(table[p] * 0.5**p for p in range(6))
        assert np.allclose(position, plain.quintic(arc[0][k], arc[1][k], SPAN_S, 0.5)[:3], atol=1e-6)
        assert np.linalg.norm(position - middle[k, :3]) < 0.5


def test_radial_range_holds_the_whole_arc(arc):
    for k in range(N):
        low, high = few_kernels.radial_range(arc[0][k], arc[1][k], SPAN_S, plain.MU)
        radii = [
            np.linalg.norm(plain.quintic(arc[0][k], arc[1][k], SPAN_S, u)[:3]) for u in np.linspace(0, 1, 11)
        ]
        assert low <= min(radii)
        assert max(radii) <= high


def sorted_step(states: np.ndarray, half_km: np.ndarray):
    """Sort states, (n, 6), as one step would."""
    n = states.shape[0]
    table = sphere_cells(0.0712, 0.107, bands_per_angle=1.0, cells_per_angle=2.0)
    cells = kernels.Cells(*(getattr(table, name) for name in kernels.Cells._fields))
    rows = np.empty((n, ROWS), dtype=np.float32)
    for k in range(n):
        x, y, z = states[k, :3]
        rho, f = np.hypot(x, y), y / (abs(x) + abs(y))
        low, high = plain.radial_interval(states[k], STEP_S, half_km[k])
        rate = np.linalg.norm(np.cross(states[k, :3], states[k, 3:])) / (states[k, :3] @ states[k, :3])
        diamond = (f if x >= 0 else 2 - f) + 1
        rows[k] = [*states[k], half_km[k], rate, low, high, (z / (abs(z) + rho) + 1) * QUANTA / 2, diamond]
    blocks = np.ascontiguousarray(rows.reshape(-1, BLOCK, ROWS).transpose(0, 2, 1)).ravel()
    groups = table.count + n // kernels.GROUP + 1
    ints = np.int32
    singles = np.float32
    space = kernels.Sorted(
        fast=np.empty(n + 1, ints),
        cell=np.empty(n, ints),
        start=np.empty(table.count + 1, ints),
        fill=np.empty(table.count, ints),
        order=np.empty(n, ints),
        record=np.empty((n, 8), singles),
        low=np.empty(n + LANES, singles),
        high=np.empty(n + LANES, singles),
        pairs=np.empty(8 * n + LANES, ints),
        group_begin=np.empty(groups, ints),
        group_end=np.empty(groups, ints),
    )
    kernels.sort_by_cell(blocks, cells, np.float32(1.17e-3), space)
    return cells, space, rows


def listed(kernel, cells, space, total):
    """All pairs that a listing kernel gives, as objects."""
    at, out = 0, []
    while at < total:
        groups, at = kernel(cells, space, at)
        end = 0
        for g in range(groups):
            for packed in space.pairs[end : space.group_end[g]]:
                i = space.group_begin[g] + (packed >> kernels.PLACE_BITS)
                j = packed & kernels.POSITION_MASK
                out.append(tuple(sorted((int(space.order[i]), int(space.order[j])))))
            end = space.group_end[g]
    return out


@pytest.mark.parametrize("crowd", [1.0, 0.05])
def test_listed_pairs_hold_all_neighbors_whose_intervals_overlap_once(crowd):
    rng = np.random.default_rng(3)
    states = random_states(rng, 8 * BLOCK)
    states[:, :3] *= (
        7000 * rng.uniform(1, 1 + 0.02 * crowd, len(states)) / np.linalg.norm(states[:, :3], axis=1)
    )[:, None]
    half = np.full(len(states), 2.5)
    half[5] = -ABSENT_KM
    cells, space, rows = sorted_step(states, half)
    pairs = listed(kernels.list_overlaps, cells, space, len(states))
    assert len(pairs) == len(set(pairs))
    assert all(i != j and 5 not in (i, j) for i, j in pairs)
    unit = states[:, :3] / np.linalg.norm(states[:, :3], axis=1)[:, None]
    got = set(pairs)
    for i in range(len(states)):
        for j in range(i):
            overlap = rows[i, 8] <= rows[j, 9] and rows[j, 8] <= rows[i, 9]
            near = unit[i] @ unit[j] >= np.cos(0.0712)
            if overlap and near and 5 not in (i, j):
                assert (j, i) in got
            if (j, i) in got:
                assert overlap
    wide = listed(kernels.list_wide_overlaps, cells, space, int(space.fast[0]))
    fast = {int(space.order[p]) for p in space.fast[1 : 1 + space.fast[0]]}
    assert fast == set(np.flatnonzero(rows[:, 7] > np.float32(1.17e-3)).tolist())
    assert all(fast & set(pair) for pair in wide)


def test_a_crowd_in_one_cell_is_listed_in_parts_without_loss():
    rng = np.random.default_rng(4)
    states = np.tile([7000.0, 100.0, 50.0, 0.0, 7.0, 2.0], (20 * BLOCK, 1)) + rng.normal(
        scale=1e-3, size=(20 * BLOCK, 6)
    )
    cells, space, _ = sorted_step(states, np.full(len(states), 2.5))
    pairs = listed(kernels.list_overlaps, cells, space, len(states))
    assert len(pairs) == len(set(pairs)) == len(states) * (len(states) - 1) // 2


def test_the_verdict_agrees_with_straight_motion():
    rng = np.random.default_rng(8)
    half_s, limit = STEP_S / 2, 5.3
    for _ in range(2000):
        difference = np.concatenate([rng.normal(scale=60, size=3), rng.normal(scale=4, size=3)])
        a, b, c = (
            difference[3:] @ difference[3:],
            difference[:3] @ difference[3:],
            difference[:3] @ difference[:3],
        )
        single = np.float32
        got = kernels.verdict(
            single(a), single(b), single(c), single(limit**2), single(half_s), single(0.09), 0
        )
        expected = plain.passes_close(difference, limit, half_s, LATE_S)
        margin = abs(c - b * b / a - limit**2) < 1e-2 or abs(abs(b / a) - half_s - LATE_S) < 1e-3
        assert margin or a <= 0.09 or got == (MINIMUM if expected else FAR)
    close_and_slow = kernels.verdict(*(np.float32(v) for v in (1e-6, 0.0, 4.0, 28.0, 30.0, 0.09)), 0)
    assert close_and_slow == SLOW


def test_a_pair_close_at_the_edge_of_the_window_counts_there_only():
    late = [np.float32(v) for v in (100.0, -4000.0, 160016.0, 28.0, 30.0, 0.09)]  # minimum 40 s ahead, 4 km
    assert kernels.verdict(*late, 0) == FAR
    assert kernels.verdict(*late, 1) == FAR
    near_end = [np.float32(v) for v in (1.0, -33.2, 33.2**2 + 1.0, 28.0, 30.0, 0.09)]
    assert kernels.verdict(*near_end, 0) == FAR
    assert kernels.verdict(*near_end, 2) == MINIMUM


def test_states_beyond_float32_do_no_harm():
    """SGP4 throws decayed objects out to any distance; they must neither crash nor meet anything."""
    rng = np.random.default_rng(6)
    states = random_states(rng, 2 * BLOCK)
    good_cells, good_space, _ = sorted_step(states, np.full(len(states), 2.5))
    before = set(listed(kernels.list_overlaps, good_cells, good_space, len(states)))
    states[7] = [1e25, -1e25, 1e25, 1e3, 1e3, 1e3]
    states[9] = [np.inf, np.nan, 0.0, 0.0, np.inf, 0.0]
    with np.errstate(all="ignore"):
        cells, space, _ = sorted_step(states, np.full(len(states), 2.5))
    after = set(listed(kernels.list_overlaps, cells, space, len(states)))
    assert after == {pair for pair in before if 7 not in pair and 9 not in pair}
