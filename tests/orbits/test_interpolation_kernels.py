"""The interpolation kernels against exact rational polynomials and scipy, over odd knots and every edge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import KroghInterpolator

from skypact.orbits import interpolation_kernels as kernels
from tests.plain import interpolation_plain as plain

PLAIN = {kernels.HERMITE: plain.hermite, kernels.LAGRANGE: plain.lagrange}


def one_segment(times, position, velocity, method, start=None, stop=None) -> kernels.SampledArrays:
    """A segment whose polynomial goes through all of its knots."""
    n = len(times)
    return (
        np.asarray(times, dtype=float),
        np.asarray(position, dtype=float),
        np.asarray(velocity, dtype=float),
        np.zeros(n, dtype=np.int64),
        np.full(n, n, dtype=np.int64),
        np.array([0, n], dtype=np.int64),
        np.array([times[0] if start is None else start], dtype=float),
        np.array([times[-1] if stop is None else stop], dtype=float),
        np.array([method], dtype=np.int64),
    )


def motion(arrays: kernels.SampledArrays, time_s: float) -> np.ndarray:
    code, *values = kernels.sampled_motion(arrays, float(time_s))
    assert code == kernels.INSIDE
    return np.array(values)


@settings(max_examples=30, deadline=None)
@given(
    method=st.sampled_from([kernels.HERMITE, kernels.LAGRANGE]),
    gaps=st.lists(st.floats(20.0, 90.0), min_size=1, max_size=5),
    part=st.floats(0.0, 1.0),
    seed=st.integers(0, 2**32 - 1),
)
def test_kernel_equals_the_exact_polynomial(method, gaps, part, seed):
    rng = np.random.default_rng(seed)
    times = np.concatenate([[0.0], np.cumsum(gaps)])
    position, velocity = rng.normal(size=(len(times), 3)) * 7e3, rng.normal(size=(len(times), 3)) * 7.0
    time_s = float(min(part * times[-1], times[-1]))
    exact = PLAIN[method](times, position, velocity, time_s)
    ours = motion(one_segment(times, position, velocity, method), time_s)
    scale = np.repeat(
        [np.abs(exact[:3]).max() + 7e3, np.abs(exact[3:6]).max() + 300, np.abs(exact[6:]).max() + 10], 3
    )
    assert np.abs((ours - exact) / scale).max() < 1e-11


def test_hermite_equals_scipy():
    rng = np.random.default_rng(5)
    times = np.array([0.0, 50.0, 120.0, 170.0])
    position, velocity = rng.normal(size=(4, 3)), rng.normal(size=(4, 3)) / 60.0
    doubled = np.repeat(times, 2)
    values = np.stack([position, velocity], axis=1).reshape(8, 3)
    reference = KroghInterpolator(doubled, values)
    arrays = one_segment(times, position, velocity, kernels.HERMITE)
    for time_s in np.linspace(0.0, 170.0, 23):
        expected = reference.derivatives(time_s, 3).ravel()
        assert motion(arrays, time_s) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("method", [kernels.HERMITE, kernels.LAGRANGE])
def test_knots_are_met_exactly(method):
    rng = np.random.default_rng(6)
    times = np.array([0.0, 60.0, 125.0, 180.0, 240.0])
    position, velocity = rng.normal(size=(5, 3)) * 7e3, rng.normal(size=(5, 3))
    arrays = one_segment(times, position, velocity, method)
    for row, time_s in enumerate(times):
        values = motion(arrays, time_s)
        assert np.array_equal(values[:3], position[row])
        assert values[3:6] == pytest.approx(velocity[row], rel=1e-12)


def test_times_outside_the_usable_span_give_nan():
    rng = np.random.default_rng(7)
    arrays = one_segment(
        np.arange(4) * 60.0, rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), 0, 30.0, 150.0
    )
    out = np.empty((6, 9))
    count = kernels.sampled_motions(arrays, np.array([29.999, 30.0, 150.0, 150.001, np.nan, np.inf]), out)
    assert count == 4
    assert np.isnan(out[[0, 3, 4, 5]]).all()
    assert np.isfinite(out[[1, 2]]).all()
    assert kernels.sampled_state(arrays, 0.0)[0] == kernels.OUTSIDE
    assert kernels.sampled_state(arrays, 31.0)[1:] == kernels.sampled_motion(arrays, 31.0)[1:7]


def test_no_times_give_no_states():
    arrays = one_segment(np.arange(2) * 60.0, np.ones((2, 3)), np.ones((2, 3)), 0)
    assert kernels.sampled_motions(arrays, np.empty(0), np.empty((0, 9))) == 0


def test_a_shared_boundary_belongs_to_the_later_segment():
    """A burn between two segments: both have a knot at 60 s, with different velocities."""
    times = np.array([0.0, 60.0, 60.0, 120.0])
    position = np.array([[0.0, 0, 0], [60.0, 0, 0], [60.0, 0, 0], [180.0, 0, 0]])
    velocity = np.array([[1.0, 0, 0], [1.0, 0, 0], [2.0, 0, 0], [2.0, 0, 0]])
    arrays = (
        times, position, velocity, np.array([0, 0, 2, 2]), np.array([2, 2, 2, 2]), np.array([0, 2, 4]),
        np.array([0.0, 60.0]), np.array([60.0, 120.0]), np.array([0, 0]),
    )  # fmt: skip
    assert motion(arrays, np.nextafter(60.0, 0.0))[3] == pytest.approx(1.0)
    assert motion(arrays, 60.0)[3] == pytest.approx(2.0)
    assert motion(arrays, 90.0)[0] == pytest.approx(120.0)
    gap = (*arrays[:6], np.array([0.0, 80.0]), np.array([60.0, 120.0]), arrays[8])
    assert kernels.sampled_motion(gap, 70.0)[0] == kernels.OUTSIDE


def test_search_finds_the_last_value_not_above():
    values = np.array([0.0, 1.0, 1.0, 3.0])
    found = [kernels.last_at_or_before(values, 0, 4, t) for t in (-1.0, 0.0, 0.5, 1.0, 3.0, 9.0)]
    assert found == [-1, 0, 0, 2, 3, 3]
    assert kernels.last_at_or_before(values, 2, 4, 0.5) == 1
