"""RTN and TNW: their definition, and covariances turned there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skypact.astro.local_axes import (
    LocalAxes,
    covariance_from_local,
    covariance_to_local,
    local_axes_named,
    local_matrix,
)
from skypact.errors import FrameError

VECTORS = hnp.arrays(float, (1, 3), elements=st.floats(-1e4, 1e4))


def test_axes_of_a_circular_orbit_in_the_equator():
    position, velocity = np.array([[7000.0, 0.0, 0.0]]), np.array([[0.0, 7.5, 0.0]])
    assert local_matrix(position, velocity, LocalAxes.RTN)[0] == pytest.approx(np.eye(3))
    tnw = [[0, 1, 0], [-1, 0, 0], [0, 0, 1]]
    assert local_matrix(position, velocity, LocalAxes.TNW)[0] == pytest.approx(np.array(tnw))


def test_transverse_is_not_tangential_off_the_apsides():
    position, velocity = np.array([[7000.0, 0.0, 0.0]]), np.array([[1.0, 7.0, 0.0]])
    rtn = local_matrix(position, velocity, LocalAxes.RTN)[0]
    tnw = local_matrix(position, velocity, LocalAxes.TNW)[0]
    assert rtn[1] @ position[0] == pytest.approx(0.0)
    assert tnw[0] @ velocity[0] == pytest.approx(np.linalg.norm(velocity))
    assert abs(rtn[1] @ velocity[0] - np.linalg.norm(velocity)) > 0.05


@given(VECTORS, VECTORS, st.sampled_from(LocalAxes), st.sampled_from([3, 6]), st.integers(0, 2**32 - 1))
def test_covariance_there_and_back(position, velocity, axes, size, seed):
    try:
        matrix = local_matrix(position, velocity, axes)
    except FrameError:
        return
    assert np.abs(matrix[0] @ matrix[0].T - np.eye(3)).max() < 1e-3 * 1e-9 + 1e-11
    assert np.linalg.det(matrix[0]) == pytest.approx(1.0)
    root = np.random.default_rng(seed).normal(size=(1, size, size))
    covariance = root @ root.transpose(0, 2, 1)
    local = covariance_to_local(covariance, matrix)
    assert np.array_equal(local[0], local[0].T)
    assert np.linalg.eigvalsh(local[0]).min() > -1e-12
    assert np.trace(local[0]) == pytest.approx(np.trace(covariance[0]))
    assert np.abs(covariance_from_local(local, matrix) - covariance).max() < 1e-11


def test_position_and_velocity_are_turned_by_the_same_matrix():
    position, velocity = np.array([[7000.0, 100.0, -50.0]]), np.array([[0.3, 7.0, 2.0]])
    matrix = local_matrix(position, velocity)
    along = np.zeros((1, 6, 6))
    along[0, :3, :3] = np.outer(velocity, velocity)
    along[0, 3:, 3:] = np.outer(position, position)
    local = covariance_to_local(along, matrix)
    assert local[0, 3, 3] == pytest.approx(float(np.sum(position**2)))
    assert local[0, 0, 0] == pytest.approx((matrix[0, 0] @ velocity[0]) ** 2)


@pytest.mark.parametrize(
    "velocity", [[7.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1e-165, 1e-165, 0.0], [np.nan, 1.0, 1.0]]
)
def test_state_without_orbital_plane_is_refused(velocity):
    with pytest.raises(FrameError, match="state 1 has no orbital plane"):
        local_matrix(np.array([[7000.0, 0, 0]] * 2), np.array([[0, 7.5, 0], velocity]))


def test_names_in_messages():
    assert {local_axes_named(n) for n in ("RTN", "rsw", "RIC", "QSW", "UVW", "RTN_INERTIAL")} == {
        LocalAxes.RTN
    }
    assert local_axes_named("TNW") is LocalAxes.TNW
    assert local_axes_named("EME2000") is None
