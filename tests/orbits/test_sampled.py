"""Sampled trajectories: accuracy against closed-form and real orbits, spans, segments, covariance, frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.astro.frames import Frame
from skypact.astro.local_axes import covariance_to_local, local_matrix
from skypact.astro.timescales import parse_utc
from skypact.errors import FormatError, FrameError, PropagationError
from skypact.formats.oem import read_oem
from skypact.formats.reading import RawInput
from skypact.node.desk.earth_orientation import packaged_earth_orientation
from skypact.orbits.interpolation_kernels import HERMITE, LAGRANGE
from skypact.orbits.oem_trajectory import trajectories_from_oem
from skypact.orbits.sampled import (
    NOISE_GROWTH_MAX,
    SampledSegment,
    SampledTrajectory,
    interpolation_windows,
    knots_of_degree,
)
from skypact.orbits.trajectory import ObjectIdentity, quintic_knots
from tests.plain.two_body_plain import two_body

START = parse_utc("2024-11-01T00:00:00Z")
ISS = ObjectIdentity(25544, "ISS", "1998-067A")
MM_KM = 1e-6


def segment(times_s: np.ndarray, *, semi_major_km=6778.0, eccentricity=0.001, **changes) -> SampledSegment:
    position, velocity, _ = two_body(np.asarray(times_s, dtype=float), semi_major_km, eccentricity)
    epochs = START + np.round(np.asarray(times_s) * 1e9).astype(np.int64)
    return replace(SampledSegment(epochs, position, velocity, int(epochs[0]), int(epochs[-1])), **changes)


def trajectory(*segments: SampledSegment, **options) -> SampledTrajectory:
    return SampledTrajectory.from_segments(ISS, segments, options.pop("frame", Frame.GCRF), **options)


def largest_errors(step_s: float, edge_knots: int = 0, **orbit) -> tuple[float, float, float]:
    """Largest error of position, velocity, acceleration at 3,000 random times, km and s."""
    method, degree = orbit.pop("method", HERMITE), orbit.pop("degree", None)
    times = np.arange(0.0, 40_000.0, step_s)
    sampled = trajectory(segment(times, method=method, degree=degree, **orbit))
    at_s = np.random.default_rng(8).uniform(times[edge_knots], times[-1 - edge_knots], 3000)
    at_s = np.round(at_s * 1e9) / 1e9
    motions = sampled.motions(START + np.round(at_s * 1e9).astype(np.int64))
    truth = two_body(at_s, orbit.get("semi_major_km", 6778.0), orbit.get("eccentricity", 0.001))
    return tuple(np.abs(motions[:, 3 * k : 3 * k + 3] - truth[k]).max() for k in range(3))


@pytest.mark.parametrize(
    ("step_s", "edge_knots", "options", "position_mm", "velocity_mm_s"),
    [
        (60, 0, {}, 0.001, 1e-5),
        (240, 5, {}, 2.5, 0.03),
        (240, 0, {}, 10.0, 0.3),
        (60, 0, {"semi_major_km": 26_000.0, "eccentricity": 0.74}, 0.2, 0.01),
        (300, 0, {"semi_major_km": 42_164.0, "eccentricity": 0.001}, 0.001, 1e-5),
        (60, 5, {"method": LAGRANGE}, 0.001, 1e-5),
        (240, 5, {"method": LAGRANGE}, 5.0, 0.01),
        (240, 5, {"degree": 11}, 0.01, 1e-3),
    ],
)
def test_two_body_orbits_are_met(step_s, edge_knots, options, position_mm, velocity_mm_s):
    position, velocity, acceleration = largest_errors(step_s, edge_knots, **options)
    assert position < position_mm * MM_KM
    assert velocity < velocity_mm_s * MM_KM
    assert acceleration < 1e-7


def iss_segments(shared_data, name="2021-12-08"):
    path = shared_data / "orbits" / "iss_oem" / f"ISS.OEM_J2K_EPH_{name}.xml.gz"
    return read_oem(RawInput(path.name, path.read_bytes()))[0]


def test_every_second_state_of_nasa_is_found_from_the_others(shared_data):
    """8 minutes between knots; the file itself has 4, where the error is some hundred times smaller."""
    full = trajectories_from_oem(iss_segments(shared_data))[0].segments[0]
    even = np.flatnonzero(np.diff(full.epoch_tai_ns) == 240_000_000_000)[:2000:2]
    kept = SampledSegment(
        full.epoch_tai_ns[even], full.position_km[even], full.velocity_km_s[even],
        int(full.epoch_tai_ns[even[0]]), int(full.epoch_tai_ns[even[-1]]),
    )  # fmt: skip
    left_out = even[3:-3] + 1
    states = trajectory(kept, frame=Frame.EME2000).states(full.epoch_tai_ns[left_out])
    error_m = 1000 * np.linalg.norm(states.position_km - full.position_km[left_out], axis=1)
    assert np.median(error_m) < 0.6
    assert error_m.max() < 2.5


def test_burns_sampled_densely_do_not_spoil_the_intervals_beside_them(shared_data):
    """The file of 2021-08-13 has states every 2 s in a burn, a pair 0.185 s apart, else every 4 minutes."""
    iss = trajectories_from_oem(iss_segments(shared_data, "2021-08-13"))[0]
    knots = iss.segments[0].epoch_tai_ns
    dense = np.flatnonzero(np.diff(knots) < 20_000_000_000)
    around = np.arange(max(dense[0] - 6, 0), dense[-1] + 6)
    times = np.concatenate([np.linspace(knots[k], knots[k + 1], 9).astype(np.int64) for k in around])
    motions = iss.motions(times)
    two_body_km_s2 = 398600.4418 / np.linalg.norm(motions[:, :3], axis=1) ** 2
    assert np.abs(np.linalg.norm(motions[:, 6:], axis=1) / two_body_km_s2 - 1.0).max() < 0.02


@given(st.lists(st.sampled_from([0.2, 2.0, 12.0, 60.0, 240.0, 900.0]), min_size=1, max_size=25),
       st.integers(2, 8), st.sampled_from([HERMITE, LAGRANGE]))  # fmt: skip
def test_windows_hold_their_interval_and_never_amplify_rounding(gaps, count, method):
    knots = np.concatenate([[0.0], np.cumsum(gaps)])
    first, used = interpolation_windows(knots, count, method)
    left = np.arange(len(knots))
    left[-1] -= 1
    assert (first >= 0).all()
    assert (first + used <= len(knots)).all()
    assert (first <= left).all()
    assert (left + 1 < first + used).all()
    assert (used <= max(count, 2)).all()
    noise = np.random.default_rng(1).uniform(-1.0, 1.0, (len(knots), 3))
    still = np.zeros_like(noise)
    base = replace(
        segment(knots), position_km=noise, velocity_km_s=still, method=method, degree=2 * count - 1
    )
    middle = (base.epoch_tai_ns[:-1] + base.epoch_tai_ns[1:]) // 2
    if method == HERMITE:
        assert np.abs(trajectory(base).motions(middle)[:, :3]).max() <= NOISE_GROWTH_MAX * 1.001


def test_even_spacing_uses_centered_windows_of_the_stated_degree():
    first, used = interpolation_windows(np.arange(20) * 60.0, 4, HERMITE)
    assert (used == 4).all()
    assert first.tolist() == [0, 0, *range(1, 16), 16, 16, 16]
    assert [knots_of_degree(HERMITE, d) for d in (None, 1, 3, 7, 8, 99)] == [4, 2, 2, 4, 5, 13]
    assert [knots_of_degree(LAGRANGE, d) for d in (None, 1, 5, 0)] == [10, 2, 6, 2]


def test_outside_the_span_is_an_error_that_names_object_epoch_and_span():
    sampled = trajectory(segment(np.arange(10) * 60.0))
    inside = np.array([START, START + 540_000_000_000])
    assert len(sampled.states(inside)) == 2
    with pytest.raises(PropagationError) as caught:
        sampled.states(np.array([START, START - 1]))
    message = str(caught.value)
    assert "25544 ISS has no states at 2024-10-31T23:59:59" in message.replace(
        "00:00:00.000Z;", "23:59:59"
    ) or ("25544 ISS has no states at 2024-11-01T00:00:00.000Z" in message)
    assert "covers 2024-11-01T00:00:00.000Z to 2024-11-01T00:09:00.000Z" in message
    assert np.isnan(sampled.motions(np.array([START - 1]))).all()


def test_usable_span_is_shorter_than_the_states():
    whole = segment(np.arange(10) * 60.0)
    used = replace(whole, start_tai_ns=START + 120_000_000_000, stop_tai_ns=START + 480_000_000_000)
    sampled = trajectory(used)
    assert (sampled.start_tai_ns, sampled.stop_tai_ns) == (used.start_tai_ns, used.stop_tai_ns)
    with pytest.raises(PropagationError):
        sampled.states(np.array([START + 60_000_000_000]))
    wide = trajectory(replace(whole, start_tai_ns=START - 10**12, stop_tai_ns=START + 10**13))
    assert (wide.start_tai_ns, wide.stop_tai_ns) == (START, START + 540_000_000_000)


def test_segments_are_put_in_order_and_gaps_stay_gaps():
    late, early = segment(np.arange(20, 30) * 60.0), segment(np.arange(10) * 60.0)
    sampled = trajectory(late, early)
    assert sampled.start_tai_ns == START
    assert sampled.coverage.count(" to ") == 2
    with pytest.raises(PropagationError, match=r"2024-11-01T00:09:00.000Z, 2024-11-01T00:20:00.000Z to"):
        sampled.states(np.array([START + 900_000_000_000]))
    position, velocity = sampled.inertial_states(np.array([START, START + 900_000_000_000]))
    assert np.isfinite(position[0]).all()
    assert np.isnan(velocity[1]).all()
    touching = trajectory(early, segment(np.arange(9, 20) * 60.0))
    assert touching.coverage == "2024-11-01T00:00:00.000Z to 2024-11-01T00:19:00.000Z"


def test_polynomials_never_reach_across_a_maneuver_between_segments():
    before = segment(np.arange(10) * 60.0)
    after = segment(np.arange(9, 19) * 60.0, semi_major_km=6878.0)
    sampled = trajectory(before, after)
    middle = np.array([START + 530_000_000_000, START + 550_000_000_000])
    expected = [two_body(np.array([530.0]), 6778.0, 0.001)[0], two_body(np.array([550.0]), 6878.0, 0.001)[0]]
    assert np.abs(sampled.states(middle).position_km - np.concatenate(expected)).max() < 1e-8


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"epoch_tai_ns": np.full(4, START)}, "state 2 of a segment, 2024-11-01T00:00:00.000Z, is not later"),
        ({"position_km": np.full((4, 3), np.nan)}, "not a finite number"),
        ({"start_tai_ns": START + 10**15}, "usable span begins"),
    ],
)
def test_segments_that_cannot_be_interpolated_are_refused(changes, match):
    with pytest.raises(FormatError, match=match) as caught:
        trajectory(replace(segment(np.arange(4) * 60.0), **changes))
    assert caught.value.where == "25544 ISS"


def test_too_few_states_are_refused_or_used_with_a_note():
    with pytest.raises(FormatError, match="less than two states"):
        trajectory(segment(np.array([0.0])))
    with pytest.raises(FormatError, match="without states"):
        trajectory()
    sampled = trajectory(segment(np.array([0.0, 60.0])))
    assert "2 states cannot be interpolated with 4 knots" in sampled.notes[0]
    truth = two_body(np.array([30.0]), 6778.0, 0.001)[0]
    assert np.abs(sampled.states(np.array([START + 30_000_000_000])).position_km - truth).max() < 1e-3


def with_covariance(sizes_km: list[float], at_s: list[float]) -> SampledTrajectory:
    rng = np.random.default_rng(3)
    matrices = []
    for size in sizes_km:
        root = rng.normal(size=(6, 6)) * np.array([1, 5, 1, 5e-3, 1e-3, 1e-3])[:, None] * size
        matrices.append(root @ root.T)
    epochs = START + (np.array(at_s) * 1e9).astype(np.int64)
    base = segment(np.arange(0, 6000, 60.0))
    return trajectory(replace(base, covariance_epoch_tai_ns=epochs, covariance_rtn=np.array(matrices)))


def rtn_covariance(sampled: SampledTrajectory, at_s: float) -> np.ndarray:
    states = sampled.states(np.array([START + round(at_s * 1e9)]))
    return covariance_to_local(states.covariance, local_matrix(states.position_km, states.velocity_km_s))[0]


@settings(max_examples=25, deadline=None)
@given(st.floats(600.0, 3000.0))
def test_covariance_between_two_is_their_weighted_mean_in_rtn_and_stays_positive(at_s):
    sampled = with_covariance([0.1, 0.3], [600.0, 3000.0])
    first, last = sampled.segments[0].covariance_rtn
    part = (round(at_s * 1e9) / 1e9 - 600.0) / 2400.0
    assert rtn_covariance(sampled, at_s) == pytest.approx(
        (1 - part) * first + part * last, rel=1e-9, abs=1e-12
    )
    covariance = sampled.states(np.array([START + round(at_s * 1e9)])).covariance[0]
    assert np.array_equal(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0.0


def test_covariance_is_unknown_outside_the_ones_given():
    sampled = with_covariance([0.1, 0.3], [600.0, 3000.0])
    covariance = sampled.states(START + np.array([0, 600, 3000, 3060]) * 1_000_000_000).covariance
    assert np.isnan(covariance[[0, 3]]).all()
    assert np.isfinite(covariance[[1, 2]]).all()
    only_one = with_covariance([0.2], [600.0])
    assert rtn_covariance(only_one, 600.0) == pytest.approx(only_one.segments[0].covariance_rtn[0])
    assert trajectory(segment(np.arange(5) * 60.0)).states(np.array([START])).covariance is None


def test_frames_of_a_trajectory_and_of_its_states_agree():
    orientation = packaged_earth_orientation()
    gcrf = trajectory(segment(np.arange(0, 6000, 60.0)))
    times = START + np.array([601, 2222, 5001]) * 1_000_000_000
    teme = gcrf.in_frame(Frame.TEME)
    assert teme.frame is Frame.TEME
    assert np.abs(teme.states(times).position_km - gcrf.states(times, Frame.TEME).position_km).max() < MM_KM
    earth_fixed = gcrf.states(times, Frame.ITRF, orientation)
    assert earth_fixed.frame is Frame.ITRF
    again = earth_fixed.to_frame(Frame.GCRF, orientation)
    assert np.abs(again.position_km - gcrf.states(times).position_km).max() < 1e-8
    with pytest.raises(FrameError, match="Earth orientation"):
        gcrf.states(times, Frame.ITRF)
    with pytest.raises(FrameError, match="inertial"):
        gcrf.in_frame(Frame.ITRF, orientation)
    assert np.abs(gcrf.motions(times, Frame.TEME) - teme.motions(times)).max() == 0.0


def test_an_earth_fixed_ephemeris_is_the_same_orbit():
    orientation = packaged_earth_orientation()
    gcrf = trajectory(segment(np.arange(0, 6000, 60.0)))
    knots = gcrf.states(gcrf.segments[0].epoch_tai_ns, Frame.ITRF, orientation)
    fixed = trajectory(
        replace(gcrf.segments[0], position_km=knots.position_km, velocity_km_s=knots.velocity_km_s),
        frame=Frame.ITRF,
    )
    times = START + np.array([633, 2222, 5001]) * 1_000_000_000
    back = fixed.states(times, Frame.GCRF, orientation)
    assert np.abs(back.position_km - gcrf.states(times).position_km).max() < MM_KM
    assert np.abs(fixed.motions(times, Frame.GCRF, orientation)[:, :3] - back.position_km).max() < MM_KM


def test_lunar_ephemeris_stays_around_the_moon():
    lunar = trajectory(segment(np.arange(10) * 60.0), frame=Frame.EME2000, center="MOON")
    states = lunar.states(np.array([START]), Frame.GCRF)
    assert (states.center, states.frame) == ("MOON", Frame.GCRF)
    with pytest.raises(FrameError, match="around MOON"):
        lunar.states(np.array([START]), Frame.TEME)


def test_knots_for_screening_are_nan_outside_the_span():
    sampled = trajectory(segment(np.arange(0, 3000, 60.0)))
    knots = quintic_knots(sampled, START - 120_000_000_000, 60.0, 5, Frame.GCRF)
    assert knots.shape == (5, 9)
    assert np.isnan(knots[:2]).all()
    truth = np.concatenate(two_body(np.array([0.0, 60.0, 120.0]), 6778.0, 0.001), axis=1)
    assert np.abs(knots[2:, :6] - truth[:, :6]).max() < 1e-9
    assert np.abs(knots[2:, 6:] - truth[:, 6:]).max() < 1e-9
