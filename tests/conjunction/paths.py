"""Ephemerides for the tests of screening, sampled from paths that are known exactly."""

from __future__ import annotations

import numpy as np

from skypact.astro.constants import EARTH
from skypact.astro.frames import Frame
from skypact.astro.timescales import NS_PER_S
from skypact.orbits.sampled import SampledSegment, SampledTrajectory
from skypact.orbits.trajectory import ObjectIdentity
from tests.plain.screening_plain import Path


def sampled(
    number: int,
    start_tai_ns: int,
    *parts: tuple[float, float, Path],
    step_s: float = 30.0,
    frame: Frame = Frame.TEME,
    center: str = EARTH,
) -> SampledTrajectory:
    """Return an ephemeris with one segment for each part (first s, last s, path)."""
    segments = []
    for first_s, last_s, path in parts:
        time_s = np.append(np.arange(first_s, last_s - 1e-3, step_s), last_s)
        states = path(time_s)
        epochs = start_tai_ns + np.round(time_s * NS_PER_S).astype(np.int64)
        segments.append(SampledSegment(epochs, states[:, :3], states[:, 3:], int(epochs[0]), int(epochs[-1])))
    return SampledTrajectory.from_segments(ObjectIdentity(number), segments, frame, center=center)
