"""Frames against astropy, published worked examples, and the laws of rotations."""

from __future__ import annotations

import warnings

import erfa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skypact.astro.constants import ARCSEC_RAD, EARTH_ROTATION_RAD_S
from skypact.astro.frames import Frame, celestial_to_intermediate, frame_named, rotation
from skypact.astro.timescales import (
    format_utc_array,
    parse_utc,
    split_jd,
    tai_ns_to_tt_ns,
)
from skypact.errors import FrameError
from skypact.node.desk.earth_orientation import packaged_earth_orientation
from tests.astro.orientation_cases import astropy_orientation, constant_orientation

MM_KM = 1e-6
EPOCHS = st.integers(parse_utc("1972-01-01"), parse_utc("2026-01-01"))
PAIRS = [(a, b) for a in Frame for b in Frame if a is not b]


def random_states(count: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Epochs 1990 to 2026, positions from low to geostationary orbit, velocities up to escape."""
    rng = np.random.default_rng(seed)
    epochs = rng.integers(parse_utc("1990-01-01"), parse_utc("2026-11-01"), count)
    direction = rng.normal(size=(count, 3))
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    position = direction * rng.uniform(6500.0, 42164.0, count)[:, None]
    return epochs, position, rng.normal(size=(count, 3)) * 4.0


@pytest.mark.parametrize(
    ("source", "target"),
    [(Frame.TEME, Frame.ITRF), (Frame.TEME, Frame.GCRF), (Frame.ITRF, Frame.GCRF), (Frame.GCRF, Frame.TEME)],
)
def test_positions_equal_astropy_to_the_hundredth_of_a_millimeter(source, target):
    """Same Earth orientation on both sides; velocities to 0.5 mm/s: astropy differentiates precession too."""
    from astropy import units as u
    from astropy.coordinates import GCRS, ITRS, TEME, CartesianDifferential, CartesianRepresentation
    from astropy.time import Time

    theirs = {Frame.TEME: TEME, Frame.GCRF: GCRS, Frame.ITRF: ITRS}
    epochs, position, velocity = random_states(150)
    orientation = astropy_orientation()
    times = Time([t[:-1] for t in format_utc_array(epochs, decimals=9)], scale="utc")
    state = CartesianRepresentation(
        *(position.T * u.km), differentials={"s": CartesianDifferential(*(velocity.T * u.km / u.s))}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # years before the last predictions are "dubious" to erfa
        result = theirs[source](state, obstime=times).transform_to(theirs[target](obstime=times)).cartesian
    ours_km, ours_km_s = rotation(source, target, epochs, orientation).apply(position, velocity)
    assert np.abs(ours_km - result.xyz.to_value("km").T).max() < 0.01 * MM_KM
    assert np.abs(ours_km_s - result.differentials["s"].d_xyz.to_value("km/s").T).max() < 0.5 * MM_KM


AIAA_EPOCH = parse_utc("2004-04-06T07:51:28.386009Z")
AIAA_ORIENTATION = constant_orientation(
    53101.0 + (7 * 3600 + 51 * 60 + 28.386009) / 86400,
    x_pole_arcsec=-0.140682,
    y_pole_arcsec=0.333309,
    ut1_minus_utc_s=-0.4399619,
    excess_day_s=0.0015563,
)
AIAA_TEME = ([5094.18016210, 6127.64465950, 6380.34453270], [-4.746131487, 0.785818041, 5.531931288])
AIAA_ITRF = ([-1033.4793830, 7901.2952754, 6380.3565958], [-3.225636520, -2.872451450, 5.531924446])
VALLADO_GCRF = ([5102.5089579, 6123.0114007, 6378.1369282], [-4.743220157, 0.790536497, 5.533755727])


def test_worked_example_of_vallado_2006():
    """AIAA 2006-6753, appendix C (TEME to ITRF), and Vallado, Fundamentals, example 3-15 (GCRF).

    The paper's figures hold to 8 mm (its UT1 has seven decimals); example 3-15 uses IAU-76/FK5: 1 cm.
    """
    for source, given_state, target, expected, tolerance_km in (
        (Frame.TEME, AIAA_TEME, Frame.ITRF, AIAA_ITRF, 1e-5),
        (Frame.ITRF, AIAA_ITRF, Frame.GCRF, VALLADO_GCRF, 2e-5),
        (Frame.TEME, AIAA_TEME, Frame.GCRF, VALLADO_GCRF, 2e-5),
    ):
        turn = rotation(source, target, np.array([AIAA_EPOCH]), AIAA_ORIENTATION)
        position, velocity = turn.apply(np.array([given_state[0]]), np.array([given_state[1]]))
        assert np.abs(position[0] - expected[0]).max() < tolerance_km
        assert np.abs(velocity[0] - expected[1]).max() < 1e-8


def test_celestial_to_terrestrial_matrix_of_the_sofa_cookbook():
    """SOFA Tools for Earth Attitude, section 5.5 (IAU 2006/2000A, CIO based), 2007-04-05T12:00 UTC."""
    expected = np.array(
        [
            [+0.973104317697535, +0.230363826239128, -0.000703163482198],
            [-0.230363800456037, +0.973104570632801, +0.000118545366625],
            [+0.000711560162668, +0.000046626403995, +0.999999745754024],
        ]
    )
    orientation = constant_orientation(
        54195.5,
        x_pole_arcsec=0.0349282,
        y_pole_arcsec=0.4833163,
        ut1_minus_utc_s=-0.072073685,
        dx_arcsec=0.0001750,
        dy_arcsec=-0.0002259,
    )
    turn = rotation(Frame.GCRF, Frame.ITRF, np.array([parse_utc("2007-04-05T12:00:00Z")]), orientation)
    assert np.abs(turn.matrix[0] - expected).max() < 2e-13


def test_frame_bias_is_that_of_the_iers_conventions():
    """IERS Conventions 2010, 5.4.4: pole offsets -16.617 and -6.8192 mas, equinox offset -14.6 mas."""
    matrix = rotation(Frame.GCRF, Frame.EME2000, np.array([0])).matrix[0]
    xi, eta, da = (np.array([-0.0166170, -0.0068192, -0.0146]) * ARCSEC_RAD).tolist()
    expected = np.array([[1.0, da, -xi], [-da, 1.0, -eta], [xi, eta, 1.0]])
    assert np.abs(matrix - expected).max() < 1e-12


def test_interpolated_precession_nutation_is_good_to_a_hundredth_of_a_millimeter_in_geo():
    epochs = np.random.default_rng(3).integers(parse_utc("1965-01-01"), parse_utc("2045-01-01"), 500)
    none = np.zeros(epochs.shape[0])
    exact = erfa.c2i06a(*split_jd(tai_ns_to_tt_ns(epochs)))
    error_rad = np.abs(celestial_to_intermediate(epochs, none, none) - exact).max()
    assert error_rad * 42164.0 < 0.01 * MM_KM


def test_result_does_not_depend_on_the_company_of_an_epoch():
    epochs, position, velocity = random_states(20)
    together = rotation(Frame.TEME, Frame.GCRF, epochs).apply(position, velocity)[0]
    for row in range(20):
        one = slice(row, row + 1)
        alone = rotation(Frame.TEME, Frame.GCRF, epochs[one]).apply(position[one], velocity[one])[0]
        assert np.array_equal(together[row], alone[0])


def test_velocity_in_itrf_is_the_derivative_of_the_position():
    """A straight line in GCRF seen from the rotating Earth; 0.06 mm/s of precession are neglected in LEO."""
    orientation = packaged_earth_orientation()
    start = parse_utc("2024-11-01T05:00:00Z")
    position, velocity = np.array([6800.0, 500.0, 1500.0]), np.array([-1.0, 7.2, 1.5])
    step_s = 0.5
    offsets = np.array([-step_s, 0.0, step_s])
    path = position + offsets[:, None] * velocity
    epochs = start + (offsets * 1e9).astype(np.int64)
    seen, speed = rotation(Frame.GCRF, Frame.ITRF, epochs, orientation).apply(path, np.tile(velocity, (3, 1)))
    slope = (seen[2] - seen[0]) / (2 * step_s)
    assert np.abs(slope - speed[1]).max() < 2e-7
    assert speed[1] @ speed[1] != pytest.approx(velocity @ velocity, rel=1e-2)


@pytest.mark.parametrize(("source", "target"), PAIRS)
@given(tai_ns=EPOCHS, numbers=hnp.arrays(float, 36, elements=st.floats(-10, 10)))
def test_state_and_covariance_there_and_back(source, target, tai_ns, numbers):
    """Equal to 1e-12 in every pair of frames, symmetric and no less positive than before."""
    root = numbers.reshape(6, 6) * np.array([1.0, 1.0, 1.0, 1e-3, 1e-3, 1e-3])[:, None]
    covariance = (root @ root.T)[None]
    orientation = packaged_earth_orientation()
    turn = rotation(source, target, np.array([tai_ns]), orientation)
    back = rotation(target, source, np.array([tai_ns]), orientation)
    position, velocity = np.array([[7000.0, -3000.0, 1000.0]]), np.array([[2.0, 6.0, -4.0]])
    there = turn.apply(position, velocity)
    again = back.apply(*there)
    assert np.abs(again[0] - position).max() < 1e-12 * 7700.0
    assert np.abs(again[1] - velocity).max() < 1e-12 * 7.5
    moved = turn.apply_covariance(covariance)
    scale = max(np.abs(covariance).max(), 1e-300)
    assert np.abs(back.apply_covariance(moved) - covariance).max() <= 1e-12 * scale
    assert np.array_equal(moved[0], moved[0].T)
    assert np.linalg.eigvalsh(moved[0]).min() >= -1e-13 * scale


def test_covariance_is_that_of_rotated_samples():
    rng = np.random.default_rng(7)
    epoch = np.array([AIAA_EPOCH])
    turn = rotation(Frame.TEME, Frame.ITRF, epoch, AIAA_ORIENTATION)
    samples = rng.multivariate_normal(np.zeros(6), np.diag([1.0, 4.0, 9.0, 1e-6, 4e-6, 9e-6]), 2000)
    repeated = rotation(Frame.TEME, Frame.ITRF, np.repeat(epoch, 2000), AIAA_ORIENTATION)
    moved = np.concatenate(repeated.apply(samples[:, :3], samples[:, 3:]), axis=1)
    before, after = np.cov(samples.T), np.cov(moved.T)
    assert np.allclose(turn.apply_covariance(before[None])[0], after, rtol=1e-9, atol=1e-12)


def test_every_detour_gives_the_same_rotation():
    epochs, position, velocity = random_states(30)
    orientation = packaged_earth_orientation()
    for a in Frame:
        for b in Frame:
            via = rotation(a, Frame.EME2000, epochs, orientation).then(
                rotation(Frame.EME2000, b, epochs, orientation)
            )
            straight = rotation(a, b, epochs, orientation)
            for one, other in zip(
                via.apply(position, velocity), straight.apply(position, velocity), strict=True
            ):
                assert np.abs(one - other).max() < 1e-10


def test_teme_to_gcrf_hardly_needs_measured_orientation():
    epochs, position, velocity = random_states(100)
    with_table = rotation(Frame.TEME, Frame.GCRF, epochs, packaged_earth_orientation())
    without = rotation(Frame.TEME, Frame.GCRF, epochs)
    difference_km = np.abs(
        with_table.apply(position, velocity)[0] - without.apply(position, velocity)[0]
    ).max()
    assert 0.0 < difference_km < 2e-4
    future = np.array([parse_utc("2090-01-01")])
    held = rotation(Frame.TEME, Frame.GCRF, future, packaged_earth_orientation())
    assert np.isfinite(held.matrix).all()


def test_itrf_without_orientation_is_refused():
    with pytest.raises(FrameError, match="needs a table of Earth orientation"):
        rotation(Frame.ITRF, Frame.GCRF, np.array([0]))
    with pytest.raises(FrameError, match="no Earth orientation for 2090"):
        rotation(Frame.ITRF, Frame.GCRF, np.array([parse_utc("2090-01-01")]), packaged_earth_orientation())


def test_around_the_moon_only_fixed_axes_exist():
    turn = rotation(Frame.EME2000, Frame.GCRF, np.array([0]), center="MOON")
    assert turn.matrix.shape == (1, 3, 3)
    for frame in (Frame.TEME, Frame.ITRF):
        with pytest.raises(FrameError, match="around MOON"):
            rotation(frame, Frame.GCRF, np.array([0]), packaged_earth_orientation(), center="MOON")


def test_spin_is_one_turn_a_day_about_the_pole():
    turn = rotation(Frame.GCRF, Frame.ITRF, np.array([0]), packaged_earth_orientation())
    assert np.linalg.norm(turn.spin_rad_s) == pytest.approx(EARTH_ROTATION_RAD_S, rel=1e-7)
    assert turn.spin_rad_s[0, 2] > 0
    assert rotation(Frame.TEME, Frame.GCRF, np.array([0])).spin_rad_s.any() == False  # noqa: E712


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("TEME", Frame.TEME), ("teme", Frame.TEME), ("GCRF", Frame.GCRF), ("ICRF", Frame.GCRF),
        ("EME2000", Frame.EME2000), ("J2000", Frame.EME2000), ("ITRF-97", Frame.ITRF),
        ("ITRF2014", Frame.ITRF), ("ITRF", Frame.ITRF), ("itrf2000", Frame.ITRF),
    ],
)  # fmt: skip
def test_names_of_frames_in_messages(name, frame):
    assert frame_named(name) is frame


@pytest.mark.parametrize("name", ["TOD", "MOD", "TDR", "GRC", "MCI", "ITRFX", "", "RTN"])
def test_frames_that_are_not_converted_are_named(name):
    with pytest.raises(FrameError, match=rf"a.oem:7: REF_FRAME: frame '{name}' is not converted"):
        frame_named(name, where="a.oem:7: REF_FRAME")
