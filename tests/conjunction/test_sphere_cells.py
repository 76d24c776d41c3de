"""Directions within the angle meet: once in the half search, from both sides in the full one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.conjunction.sphere_cells import QUANTA, sphere_cells

ANGLE_RAD, WIDE_RAD = 0.0712, 0.107


def cell_of(table, direction):
    """Find the cell as the kernels do, in float32."""
    x, y, z = (np.float32(v) for v in direction)
    w = z / (abs(z) + np.sqrt(x * x + y * y))
    quantum = int((w + np.float32(1)) * np.float32(QUANTA / 2))
    f = y / (abs(x) + abs(y) + np.float32(1e-30))
    diamond = (f if x >= 0 else np.float32(2) - f) + np.float32(1)
    return int(table.quantum_base[quantum]) + int(diamond * table.quantum_scale[quantum])


def looks_at(offset, first, stop, cell, other):
    return sum(int(first[k] <= other < stop[k]) for k in range(offset[cell], offset[cell + 1]))


def near_pair(z, longitude, bearing, angle):
    """Return two unit vectors ``angle`` apart."""
    rho = np.sqrt(max(0.0, 1 - z * z))
    a = np.array([rho * np.cos(longitude), rho * np.sin(longitude), z])
    helper = np.array([0.0, 0.0, 1.0]) if rho > 0.1 else np.array([1.0, 0.0, 0.0])
    east = np.cross(helper, a)
    east /= np.linalg.norm(east)
    north = np.cross(a, east)
    return a, np.cos(angle) * a + np.sin(angle) * (np.cos(bearing) * east + np.sin(bearing) * north)


@pytest.mark.parametrize(("bands", "cells"), [(1.0, 2.0), (1.0, 4.0), (2.0, 2.0), (0.5, 1.0)])
@given(
    z=st.one_of(st.floats(-1, 1), st.floats(0.99, 1.0), st.floats(-1e-3, 1e-3)),
    longitude=st.floats(-np.pi, np.pi),
    bearing=st.floats(-np.pi, np.pi),
    part=st.floats(0.0, 1.0),
)
@settings(max_examples=400, deadline=None)
def test_directions_within_the_angle_meet_once(bands, cells, z, longitude, bearing, part):
    table = sphere_cells(ANGLE_RAD, WIDE_RAD, bands_per_angle=bands, cells_per_angle=cells)
    half = table.half_offset, table.half_first, table.half_stop
    full = table.full_offset, table.full_first, table.full_stop
    a, b = near_pair(z, longitude, bearing, part * ANGLE_RAD)
    one, other = cell_of(table, a), cell_of(table, b)
    if one == other:
        assert looks_at(*half, one, one) == 1
    else:
        assert looks_at(*half, one, other) + looks_at(*half, other, one) == 1
    a, b = near_pair(z, longitude, bearing, part * WIDE_RAD)
    assert looks_at(*full, cell_of(table, a), cell_of(table, b)) == 1


def test_every_cell_searches_itself_first_and_ranges_are_sound():
    table = sphere_cells(ANGLE_RAD, WIDE_RAD, bands_per_angle=1.0, cells_per_angle=2.0)
    starts = table.half_offset[:-1]
    assert np.array_equal(table.half_first[starts], np.arange(table.count))
    for first, stop in ((table.half_first, table.half_stop), (table.full_first, table.full_stop)):
        assert (first < stop).all()
        assert first.min() >= 0
        assert stop.max() <= table.count
