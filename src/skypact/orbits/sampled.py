"""Trajectories from sampled states: an operator's ephemeris with its interpolation, spans and covariance.

Each segment is interpolated by the method and degree that its sender states, by default a Hermite polynomial
of degree 7 through four knots, never across segments and never beyond the usable span. Largest errors
measured for a two-body orbit at 400 km (tests/orbits/test_sampled.py): 0.0001 mm for states every 60 s, 2 mm
every 240 s (5 mm in the first and last interval); for NASA's ephemerides of the ISS with every second state
left out (8 minutes between knots) 0.5 m median, 2 m largest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import EARTH
from skypact.astro.earth import EarthOrientation
from skypact.astro.frames import Frame, rotation
from skypact.astro.local_axes import covariance_from_local, local_matrix
from skypact.astro.states import StateTable
from skypact.astro.timescales import NS_PER_S, format_utc
from skypact.errors import FormatError, FrameError, PropagationError
from skypact.orbits.interpolation_kernels import (
    HERMITE,
    LAGRANGE,
    SampledArrays,
    sampled_motions,
)
from skypact.orbits.trajectory import ObjectIdentity, Status

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEGREE_DEFAULT = {HERMITE: 7, LAGRANGE: 9}
"""Degrees where the sender states none: 1 mm for low orbits sampled every 4 minutes and less."""
DEGREE_MAX = 25
"""Highest degree used; more knots only amplify the rounding of the file."""
NOISE_GROWTH_MAX = 100.0
"""Largest sum of the weights' sizes at mid-interval: by so much may the rounding of the states grow.
In the middle of evenly spaced knots it is below 2; knots crowded on one side (a burn sampled every 2 s beside
states every 4 minutes) reach 1e8, which turns micrometers of rounding into hundreds of meters."""


def interpolation_windows(knot_s: Floats, count: int, method: int) -> tuple[Ints, Ints]:
    """Choose, for each interval between neighboring knots, the knots of its polynomial.

    As many knots as asked for and as well centered as possible; shifted to one side, then fewer, where the
    spacing is so uneven that :data:`NOISE_GROWTH_MAX` would be exceeded.

    Returns
    -------
    Row of the first knot and number of knots, each of shape (n,); the last row repeats the one before.
    """
    n = knot_s.shape[0]
    left = np.arange(n - 1)
    first, used = left.copy(), np.full(n - 1, 2)
    open_rows = np.ones(n - 1, dtype=np.bool_)
    for m in range(min(count, n), 2, -1):
        for shift in sorted(range(-m, m + 1), key=abs):
            start = left - (m // 2 - 1) + shift
            rows = np.flatnonzero(
                open_rows & (start >= 0) & (start + m <= n) & (start <= left) & (start + m >= left + 2)
            )
            if rows.size == 0:
                continue
            knots = knot_s[start[rows, None] + np.arange(m)]
            middle = 0.5 * (knot_s[rows] + knot_s[rows + 1])
            good = rows[_noise_growth(knots, middle, method) <= NOISE_GROWTH_MAX]
            first[good], used[good], open_rows[good] = start[good], m, False
        if not open_rows.any():
            break
    return np.append(first, first[-1]), np.append(used, used[-1])


def _noise_growth(knots: Floats, at: Floats, method: int) -> Floats:
    """Return the sum of the sizes of the positions' weights, for polynomials (r, m) at one time each."""
    m = knots.shape[1]
    total = np.zeros(knots.shape[0])
    for i in range(m):
        others = np.arange(m) != i
        inverse = 1.0 / (knots[:, i : i + 1] - knots[:, others])
        base = np.prod((at[:, None] - knots[:, others]) * inverse, axis=1)
        if method == HERMITE:
            base = (1.0 - 2.0 * (at - knots[:, i]) * inverse.sum(axis=1)) * base**2
        total += np.abs(base)
    return total


@dataclass(frozen=True, eq=False)
class SampledSegment:
    """One arc of sampled states; epochs must increase, and states must be finite."""

    epoch_tai_ns: Ints
    """Shape (n,), n >= 2."""
    position_km: Floats
    velocity_km_s: Floats
    start_tai_ns: int
    """Usable span; cut to the span of the states."""
    stop_tai_ns: int
    method: int = HERMITE
    degree: int | None = None
    covariance_epoch_tai_ns: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Shape (c,), increasing."""
    covariance_rtn: Floats = field(default_factory=lambda: np.empty((0, 6, 6)))
    """Shape (c, 6, 6), RTN axes, km**2, km**2/s, km**2/s**2."""


@dataclass(frozen=True, eq=False)
class SampledTrajectory:
    """A sampled ephemeris of one object; see :class:`skypact.orbits.trajectory.Trajectory`."""

    identity: ObjectIdentity
    frame: Frame
    reference_tai_ns: int
    """Zero of all seconds in ``arrays``."""
    arrays: SampledArrays
    """For kernels: ``interpolation_kernels.sampled_state(arrays, time_s)``."""
    segments: tuple[SampledSegment, ...]
    status: Status = Status.DEFINITIVE
    center: str = EARTH
    notes: tuple[str, ...] = ()
    """What a reader should know: degrees lowered, covariances left out."""

    @staticmethod
    def from_segments(
        identity: ObjectIdentity,
        segments: Sequence[SampledSegment],
        frame: Frame,
        *,
        status: Status = Status.DEFINITIVE,
        center: str = EARTH,
        notes: tuple[str, ...] = (),
    ) -> SampledTrajectory:
        """Check the segments, put them in order of time and choose the knots of each interval.

        Raises
        ------
        FormatError
            If epochs do not increase, a state is not finite, or a segment has less than two states.
        """
        ordered = sorted(segments, key=lambda s: s.start_tai_ns)
        if not ordered:
            raise FormatError("an ephemeris without states", where=str(identity))
        said = list(notes)
        cut = [_checked(segment, identity, said) for segment in ordered]
        for k in range(len(cut) - 1):  # what two spans share belongs to the later one
            cut[k] = replace(cut[k], stop_tai_ns=min(cut[k].stop_tai_ns, cut[k + 1].start_tai_ns))
        reference = cut[0].start_tai_ns
        return SampledTrajectory(
            identity, frame, reference, _arrays(cut, reference), tuple(cut), status, center, tuple(said)
        )

    @property
    def start_tai_ns(self) -> int:
        """First usable epoch."""
        return self.segments[0].start_tai_ns

    @property
    def stop_tai_ns(self) -> int:
        """Last usable epoch."""
        return self.segments[-1].stop_tai_ns

    @property
    def spans_tai_ns(self) -> Ints:
        """Usable spans, shape (k, 2): first and last epoch of each, in order; neighbors may touch."""
        return np.array([(s.start_tai_ns, s.stop_tai_ns) for s in self.segments], dtype=np.int64)

    def seconds(self, tai_ns: Ints | int) -> Floats:
        """Return epochs as the kernels take them: seconds past the reference epoch."""
        return np.asarray((np.asarray(tai_ns, dtype=np.int64) - self.reference_tai_ns) / NS_PER_S)

    def states(
        self, tai_ns: Ints, frame: Frame | None = None, orientation: EarthOrientation | None = None
    ) -> StateTable:
        """Interpolate to epochs (m,) in the trajectory's frame, then turn to ``frame``.

        A covariance between two of the file is their mean weighted by time, taken in RTN axes: it is never
        less positive than the two, and never smaller than a growth of sigma linear in time would make it.
        Rows outside the span of the covariances are NaN.

        Raises
        ------
        PropagationError
            If an epoch lies outside the usable spans.
        FrameError
            As :meth:`skypact.astro.states.StateTable.to_frame`.
        """
        epochs = np.atleast_1d(np.asarray(tai_ns, dtype=np.int64))
        motions = np.empty((epochs.shape[0], 9))
        if sampled_motions(self.arrays, self.seconds(epochs), motions):
            outside = int(epochs[int(np.argmax(np.isnan(motions[:, 0])))])
            raise PropagationError(
                f"{self.identity} has no states at {format_utc(outside)}",
                remedy=f"its ephemeris covers {self.coverage}",
            )
        position, velocity = motions[:, :3].copy(), motions[:, 3:6].copy()
        covariance = None
        if any(segment.covariance_epoch_tai_ns.size for segment in self.segments):
            covariance = covariance_from_local(self._covariance_rtn(epochs), local_matrix(position, velocity))
        table = StateTable(epochs, position, velocity, self.frame, self.center, covariance)
        return table if frame is None else table.to_frame(frame, orientation)

    def motions(
        self, tai_ns: Ints, frame: Frame | None = None, orientation: EarthOrientation | None = None
    ) -> Floats:
        """Return position, velocity, acceleration (m, 9) in an inertial frame; NaN outside the spans."""
        turned = self if frame is None else self.in_frame(frame, orientation)
        epochs = np.atleast_1d(np.asarray(tai_ns, dtype=np.int64))
        result = np.empty((epochs.shape[0], 9))
        sampled_motions(turned.arrays, self.seconds(epochs), result)
        return result

    def inertial_states(self, tai_ns: Ints) -> tuple[Floats, Floats]:
        """Return positions and velocities (m, 3) in the trajectory's own frame; NaN outside the spans."""
        motions = self.motions(tai_ns)
        return motions[:, :3], motions[:, 3:6]

    def in_frame(self, frame: Frame, orientation: EarthOrientation | None = None) -> SampledTrajectory:
        """Return the trajectory with its knots turned to another inertial frame, for kernels.

        Raises
        ------
        FrameError
            For ITRF as target: interpolate first, then turn the states.
        """
        if frame is self.frame:
            return self
        if frame is Frame.ITRF:
            raise FrameError("an ephemeris is interpolated in an inertial frame", remedy="turn its states")
        turned = []
        for segment in self.segments:
            turn = rotation(self.frame, frame, segment.epoch_tai_ns, orientation, center=self.center)
            position, velocity = turn.apply(segment.position_km, segment.velocity_km_s)
            turned.append(replace(segment, position_km=position, velocity_km_s=velocity))
        knot_s, _, _, *rest = self.arrays
        positions = np.concatenate([s.position_km for s in turned])
        velocities = np.concatenate([s.velocity_km_s for s in turned])
        arrays = cast(SampledArrays, (knot_s, positions, velocities, *rest))
        return replace(self, frame=frame, arrays=arrays, segments=tuple(turned))

    @property
    def coverage(self) -> str:
        """The usable spans in words; touching ones are joined."""
        spans: list[list[int]] = []
        for segment in self.segments:
            if spans and segment.start_tai_ns <= spans[-1][1]:
                spans[-1][1] = segment.stop_tai_ns
            else:
                spans.append([segment.start_tai_ns, segment.stop_tai_ns])
        return ", ".join(f"{format_utc(a)} to {format_utc(b)}" for a, b in spans)

    def _covariance_rtn(self, tai_ns: Ints) -> Floats:
        """Return covariances (m, 6, 6) in RTN, NaN where none is known."""
        result = np.full((tai_ns.shape[0], 6, 6), np.nan)
        for segment in self.segments:
            epochs = segment.covariance_epoch_tai_ns
            if epochs.size == 0:
                continue
            start, stop = max(segment.start_tai_ns, epochs[0]), min(segment.stop_tai_ns, epochs[-1])
            rows = np.flatnonzero((tai_ns >= start) & (tai_ns <= stop))
            low = np.clip(np.searchsorted(epochs, tai_ns[rows], side="right") - 1, 0, epochs.size - 1)
            high = np.minimum(low + 1, epochs.size - 1)
            gap = np.maximum(epochs[high] - epochs[low], 1)
            part = ((tai_ns[rows] - epochs[low]) / gap)[:, None, None]
            result[rows] = (1.0 - part) * segment.covariance_rtn[low] + part * segment.covariance_rtn[high]
        return result


def _checked(segment: SampledSegment, identity: ObjectIdentity, notes: list[str]) -> SampledSegment:
    """Refuse states that cannot be interpolated; cut the usable span to the states."""
    epochs = segment.epoch_tai_ns
    if epochs.shape[0] < 2:
        raise FormatError("a segment with less than two states cannot be interpolated", where=str(identity))
    steps = np.diff(epochs)
    if not (steps > 0).all():
        row = int(np.argmin(steps > 0)) + 1
        raise FormatError(
            f"state {row + 1} of a segment, {format_utc(int(epochs[row]))}, is not later than the one before",
            where=str(identity),
        )
    if not (np.isfinite(segment.position_km).all() and np.isfinite(segment.velocity_km_s).all()):
        raise FormatError("a state is not a finite number", where=str(identity))
    count = knots_of_degree(segment.method, segment.degree)
    if count > epochs.shape[0]:
        notes.append(
            f"a segment of {epochs.shape[0]} states cannot be interpolated with {count} knots: all are used"
        )
    start, stop = max(segment.start_tai_ns, int(epochs[0])), min(segment.stop_tai_ns, int(epochs[-1]))
    if start > stop:
        raise FormatError(
            f"the usable span begins {format_utc(start)} and ends {format_utc(stop)}", where=str(identity)
        )
    return replace(segment, start_tai_ns=start, stop_tai_ns=stop)


def knots_of_degree(method: int, degree: int | None) -> int:
    """Return how many knots a polynomial of ``degree`` (default by method) goes through."""
    degree = min(DEGREE_DEFAULT[method] if degree is None else max(degree, 1), DEGREE_MAX)
    return max(2, degree // 2 + 1) if method == HERMITE else degree + 1


def _arrays(segments: Sequence[SampledSegment], reference_tai_ns: int) -> SampledArrays:
    """Join the segments for the kernels."""
    knots = [(s.epoch_tai_ns - reference_tai_ns) / NS_PER_S for s in segments]
    firsts = np.cumsum([0, *(k.shape[0] for k in knots)]).astype(np.int64)
    windows = [
        interpolation_windows(k, knots_of_degree(s.method, s.degree), s.method)
        for k, s in zip(knots, segments, strict=True)
    ]
    spans = np.array([(s.start_tai_ns, s.stop_tai_ns) for s in segments], dtype=np.int64)
    return (
        np.concatenate(knots),
        np.concatenate([s.position_km for s in segments]).astype(np.float64),
        np.concatenate([s.velocity_km_s for s in segments]).astype(np.float64),
        np.concatenate([f + a for (f, _), a in zip(windows, firsts[:-1], strict=True)]),
        np.concatenate([c for _, c in windows]),
        firsts,
        np.ascontiguousarray((spans[:, 0] - reference_tai_ns) / NS_PER_S),
        np.ascontiguousarray((spans[:, 1] - reference_tai_ns) / NS_PER_S),
        np.array([s.method for s in segments], dtype=np.int64),
    )
