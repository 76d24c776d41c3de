"""State tables: what belongs together, and what must not be brought together."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.astro.frames import Frame, rotation
from skypact.astro.states import StateTable, require_comparable
from skypact.astro.timescales import parse_utc
from skypact.errors import FrameError

START = parse_utc("2024-11-01T00:00:00Z")


def table(n: int = 3, frame: Frame = Frame.TEME, **changes) -> StateTable:
    rng = np.random.default_rng(11)
    root = rng.normal(size=(n, 6, 6))
    fields = {
        "epoch_tai_ns": START + np.arange(n, dtype=np.int64) * 60_000_000_000,
        "position_km": rng.normal(size=(n, 3)) * 7000.0,
        "velocity_km_s": rng.normal(size=(n, 3)) * 5.0,
        "frame": frame,
        "covariance": root @ root.transpose(0, 2, 1),
        **changes,
    }
    return StateTable(**fields)


def test_conversion_moves_position_velocity_and_covariance_together():
    states = table()
    moved = states.to_frame(Frame.GCRF)
    turn = rotation(Frame.TEME, Frame.GCRF, states.epoch_tai_ns)
    position, velocity = turn.apply(states.position_km, states.velocity_km_s)
    assert np.array_equal(moved.position_km, position)
    assert np.array_equal(moved.velocity_km_s, velocity)
    assert np.array_equal(moved.covariance, turn.apply_covariance(states.covariance))
    assert moved.frame is Frame.GCRF
    assert moved.to_frame(Frame.GCRF) is moved
    assert table(covariance=None).to_frame(Frame.GCRF).covariance is None


def test_row_without_covariance_stays_without():
    covariance = table().covariance.copy()
    covariance[1] = np.nan
    moved = table(covariance=covariance).to_frame(Frame.GCRF).covariance
    assert np.isnan(moved[1]).all()
    assert np.isfinite(moved[[0, 2]]).all()


def test_taking_rows_keeps_everything_else():
    states = table()
    last = states.take(np.array([2]))
    assert (len(last), last.frame, last.center) == (1, Frame.TEME, "EARTH")
    assert np.array_equal(last.covariance[0], states.covariance[2])
    assert len(states.take(np.array([True, False, True]))) == 2
    assert len(table(0)) == 0


def test_states_that_do_not_belong_together_are_refused():
    require_comparable(table(), table())
    with pytest.raises(FrameError, match="TEME and in GCRF"):
        require_comparable(table(), table(frame=Frame.GCRF))
    with pytest.raises(FrameError, match="around EARTH and around MOON"):
        require_comparable(table(), table(center="MOON"))
    with pytest.raises(FrameError, match="3 states against 2"):
        require_comparable(table(3), table(2))
    late = table().epoch_tai_ns.copy()
    late[2] += 1
    with pytest.raises(FrameError, match=r"row 2: .*00:02:00\.000000000Z and .*00:02:00\.000000001Z"):
        require_comparable(table(), table(epoch_tai_ns=late))


def test_lunar_states_are_not_turned_into_earth_frames():
    lunar = table(frame=Frame.EME2000, center="MOON")
    assert lunar.to_frame(Frame.GCRF).center == "MOON"
    with pytest.raises(FrameError, match="around MOON"):
        lunar.to_frame(Frame.TEME)


@pytest.mark.parametrize(
    "changes",
    [
        {"epoch_tai_ns": np.zeros(3)},
        {"position_km": np.zeros((2, 3))},
        {"velocity_km_s": np.zeros((3, 2))},
        {"covariance": np.zeros((3, 3, 3))},
    ],
)
def test_columns_of_wrong_shape_are_a_mistake_of_the_caller(changes):
    with pytest.raises(ValueError, match=r"shape|int64"):
        table(**changes)
