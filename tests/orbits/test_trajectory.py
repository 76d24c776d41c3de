"""Definitive, candidate and hypothetical trajectories, and who an object is."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.astro.frames import Frame
from skypact.errors import UsageError
from skypact.orbits.sampled import SampledSegment, SampledTrajectory
from skypact.orbits.trajectory import (
    ObjectIdentity,
    Status,
    Trajectory,
    require_same_status,
    weakest_status,
)


def of_status(status: Status, norad: int = 1) -> Trajectory:
    epochs = np.array([0, 60_000_000_000])
    one = SampledSegment(epochs, np.ones((2, 3)), np.ones((2, 3)), 0, int(epochs[1]))
    return SampledTrajectory.from_segments(ObjectIdentity(norad), [one], Frame.GCRF, status=status)


def test_a_set_of_one_status_passes():
    assert require_same_status([of_status(Status.CANDIDATE)] * 3) is Status.CANDIDATE
    assert require_same_status([]) is Status.DEFINITIVE


def test_statuses_are_never_mixed_in_one_set():
    with pytest.raises(UsageError, match=r"definitive \(1\) and candidate \(7\)"):
        require_same_status([of_status(Status.DEFINITIVE), of_status(Status.CANDIDATE, 7)])


def test_a_result_is_as_real_as_the_least_real_trajectory():
    d, c, h = (of_status(s) for s in Status)
    assert weakest_status([d, d]) is Status.DEFINITIVE
    assert weakest_status([d, c]) is Status.CANDIDATE
    assert weakest_status([h, c, d]) is Status.HYPOTHETICAL


@pytest.mark.parametrize(
    ("identity", "text"),
    [
        (ObjectIdentity(25544, "ISS (ZARYA)", "1998-067A"), "25544 ISS (ZARYA)"),
        (ObjectIdentity(25544, "25544"), "25544"),
        (ObjectIdentity(None, "", "1998-067A"), "1998-067A"),
        (ObjectIdentity(None), "an object"),
    ],
)
def test_objects_are_called_by_number_and_name(identity, text):
    assert str(identity) == text
