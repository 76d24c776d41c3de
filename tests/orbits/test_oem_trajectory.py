"""Trajectories from ephemeris messages: whose, how interpolated, which frame, which covariance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skypact.astro.frames import Frame, rotation
from skypact.astro.local_axes import LocalAxes, covariance_to_local, local_matrix
from skypact.astro.timescales import parse_utc
from skypact.errors import FrameError, UnsupportedError
from skypact.formats.fields import COMMENT, Field
from skypact.formats.oem_values import Oem, OemSegment
from skypact.node.desk.earth_orientation import packaged_earth_orientation
from skypact.orbits.interpolation_kernels import HERMITE, LAGRANGE
from skypact.orbits.oem_trajectory import identity_of, trajectories_from_oem
from skypact.orbits.trajectory import ObjectIdentity, Status
from tests.plain.two_body_plain import two_body

START = parse_utc("2024-11-01T00:00:00Z")
TIMES = START + np.arange(0, 3000, 60) * 1_000_000_000


def segment(**changes) -> OemSegment:
    position, velocity, _ = two_body((TIMES - START) / 1e9, 6778.0, 0.001)
    plain = OemSegment(
        object_name="ISS",
        object_id="1998-067-A",
        center_name="Earth",
        ref_frame="EME2000",
        time_system="UTC",
        start_ns=int(TIMES[0]),
        stop_ns=int(TIMES[-1]),
        epoch_ns=TIMES,
        position_km=position,
        velocity_km_s=velocity,
    )
    return replace(plain, **changes)


def covariance(count: int, seed: int = 2) -> np.ndarray:
    root = (
        np.random.default_rng(seed).normal(size=(count, 6, 6))
        * np.array([1, 5, 1, 5e-3, 1e-3, 1e-3])[:, None]
    )
    return root @ root.transpose(0, 2, 1)


@pytest.mark.parametrize(
    ("object_id", "expected"),
    [
        ("1998-067-A", ObjectIdentity(None, "ISS", "1998-067A")),
        ("1998-067A", ObjectIdentity(None, "ISS", "1998-067A")),
        ("25544", ObjectIdentity(25544, "ISS")),
        ("799500123", ObjectIdentity(799500123, "ISS")),
        ("CASSINI", ObjectIdentity(None, "ISS", "CASSINI")),
        ("", ObjectIdentity(None, "ISS", "")),
    ],
)
def test_object_id_is_a_number_or_a_designator(object_id, expected):
    assert identity_of(object_id, "ISS") == expected


def test_a_comment_of_skypact_gives_the_number_that_oem_has_no_keyword_for():
    comment = Field(COMMENT, "NORAD_CAT_ID = 799500123", block="metadata")
    (found,) = trajectories_from_oem(Oem((segment(object_id="2024-001A", fields=(comment,)),)))
    assert (found.identity.norad, found.identity.designator) == (799500123, "2024-001A")
    (found,) = trajectories_from_oem(Oem((segment(object_id="45000", fields=(comment,)),)))
    assert found.identity.norad == 45000


def test_message_gives_one_trajectory_for_each_object_and_center():
    oem = Oem(
        (
            segment(),
            segment(object_id="25545", object_name="OTHER"),
            segment(center_name="MOON"),
            segment(
                start_ns=int(TIMES[-1]), epoch_ns=TIMES + 2_940_000_000_000, stop_ns=int(TIMES[-1]) + 10**13
            ),
        )
    )
    found = trajectories_from_oem(oem, status=Status.CANDIDATE)
    assert [(str(t.identity), t.center, len(t.segments)) for t in found] == [
        ("ISS", "EARTH", 2), ("25545 OTHER", "EARTH", 1), ("ISS", "MOON", 1),
    ]  # fmt: skip
    assert {t.status for t in found} == {Status.CANDIDATE}
    assert found[0].frame is Frame.EME2000


@pytest.mark.parametrize(
    ("interpolation", "degree", "method", "knots", "note"),
    [
        ("HERMITE", 5, HERMITE, 3, ""),
        ("Lagrange", 7, LAGRANGE, 8, ""),
        ("linear", None, LAGRANGE, 2, ""),
        ("", None, HERMITE, 4, ""),
        ("HERMITE", None, HERMITE, 4, ""),
        ("CHEBYSHEV", 12, HERMITE, 4, "CHEBYSHEV is not known"),
    ],
)
def test_interpolation_is_the_one_the_sender_states(interpolation, degree, method, knots, note):
    oem = Oem((segment(interpolation=interpolation, interpolation_degree=degree),))
    found = trajectories_from_oem(oem)[0]
    assert found.segments[0].method == method
    assert int(found.arrays[4][20]) == knots
    assert note in " ".join(found.notes)
    assert bool(found.notes) == bool(note)


def test_usable_span_binds():
    used = segment(useable_start_ns=int(TIMES[5]), useable_stop_ns=int(TIMES[-5]))
    found = trajectories_from_oem(Oem((used,)))[0]
    assert (found.start_tai_ns, found.stop_tai_ns) == (TIMES[5], TIMES[-5])


def test_segments_of_different_frames_meet_in_gcrf():
    orientation = packaged_earth_orientation()
    whole = trajectories_from_oem(Oem((segment(),)))[0]
    late = whole.states(TIMES[20:], Frame.ITRF, orientation)
    fixed = segment(
        ref_frame="ITRF2014", start_ns=int(TIMES[20]), epoch_ns=TIMES[20:],
        position_km=late.position_km, velocity_km_s=late.velocity_km_s,
    )  # fmt: skip
    mixed = Oem((segment(stop_ns=int(TIMES[20])), fixed))
    found = trajectories_from_oem(mixed, orientation=orientation)[0]
    assert found.frame is Frame.GCRF
    middle = TIMES[:-1] + 30_000_000_000
    difference = found.states(middle).position_km - whole.states(middle, Frame.GCRF).position_km
    assert np.abs(difference).max() < 1e-7
    with pytest.raises(FrameError, match="Earth orientation"):
        trajectories_from_oem(mixed)


@pytest.mark.parametrize("name", ["RTN", "TNW", "EME2000", "", "GCRF", "ITRF2014"])
def test_covariance_comes_back_in_the_frame_it_was_given_in(name):
    orientation = packaged_earth_orientation()
    given = covariance(3)
    at = TIMES[[3, 10, 30]]
    oem = Oem((segment(covariance_epoch_ns=at, covariance_km2=given, covariance_frames=(name,) * 3),))
    found = trajectories_from_oem(oem, orientation=orientation)[0]
    states = found.states(at)
    if name in ("RTN", "TNW"):
        axes = local_matrix(states.position_km, states.velocity_km_s, LocalAxes(name))
        back = covariance_to_local(states.covariance, axes)
    else:
        frame = {"": Frame.EME2000, "EME2000": Frame.EME2000, "GCRF": Frame.GCRF, "ITRF2014": Frame.ITRF}[
            name
        ]
        back = rotation(found.frame, frame, at, orientation).apply_covariance(states.covariance)
    assert np.abs(back - given).max() < 1e-12 * np.abs(given).max()


def test_covariance_that_cannot_be_used_is_noted():
    given = covariance(2)
    oem = Oem(
        (
            segment(
                covariance_epoch_ns=np.array([TIMES[0] - 1, TIMES[3]]),
                covariance_km2=given,
                covariance_frames=("RTN", "LVLH"),
            ),
        )
    )
    found = trajectories_from_oem(oem)[0]
    assert found.states(TIMES[:4]).covariance is None
    assert "1 covariances lie outside the usable span" in found.notes[0]
    assert "1 covariances in LVLH are not used" in found.notes[1]


def test_earth_fixed_states_with_covariance_are_turned_to_gcrf():
    orientation = packaged_earth_orientation()
    fixed = trajectories_from_oem(Oem((segment(),)))[0].states(TIMES, Frame.ITRF, orientation)
    given = covariance(1)
    oem = Oem(
        (
            segment(
                ref_frame="ITRF", position_km=fixed.position_km, velocity_km_s=fixed.velocity_km_s,
                covariance_epoch_ns=TIMES[:1], covariance_km2=given, covariance_frames=("",),
            ),
        )
    )  # fmt: skip
    found = trajectories_from_oem(oem, orientation=orientation)[0]
    assert found.frame is Frame.GCRF
    back = found.states(TIMES[:1], Frame.ITRF, orientation).covariance
    assert np.abs(back - given).max() < 1e-11 * np.abs(given).max()


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"ref_frame": "TOD"}, FrameError, "ISS: REF_FRAME: frame 'TOD' is not converted"),
        ({"time_system": "MRT"}, UnsupportedError, "time system MRT"),
        ({"ref_frame": "TEME", "center_name": "MOON"}, None, ""),
    ],
)
def test_what_cannot_be_placed_is_refused_by_name(changes, error, match):
    oem = Oem((segment(**changes),))
    if error is None:  # nothing has to be turned as long as the frame is kept
        assert trajectories_from_oem(oem)[0].center == "MOON"
        return
    with pytest.raises(error, match=match):
        trajectories_from_oem(oem)
