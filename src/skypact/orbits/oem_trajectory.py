"""Trajectories from orbit ephemeris messages (CCSDS OEM): one for each object that a message holds."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import EARTH
from skypact.astro.earth import EarthOrientation
from skypact.astro.frames import Frame, frame_named, rotation
from skypact.astro.local_axes import covariance_to_local, local_axes_named, local_matrix
from skypact.errors import FrameError
from skypact.formats.fields import COMMENT
from skypact.formats.oem_values import Oem, OemSegment
from skypact.orbits.interpolation_kernels import HERMITE, LAGRANGE
from skypact.orbits.sampled import SampledSegment, SampledTrajectory
from skypact.orbits.trajectory import ObjectIdentity, Status

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_METHODS = {"HERMITE": (HERMITE, None), "LAGRANGE": (LAGRANGE, None), "LINEAR": (LAGRANGE, 1)}
"""INTERPOLATION as messages spell it, with the degree that the word alone means."""
_NUMBER_COMMENT = re.compile(r"NORAD_CAT_ID\s*=\s*([1-9]\d{0,8})", re.ASCII)
"""How skypact writes a catalog number, for which OEM has no keyword."""
_DESIGNATOR = re.compile(r"(\d{4})-?(\d{3})-?([A-Z]{0,3})")


def identity_of(object_id: str, object_name: str) -> ObjectIdentity:
    """Return what OBJECT_ID and OBJECT_NAME say: a number, an international designator, or neither."""
    text = object_id.strip().upper()
    if text.isdigit() and 0 < int(text) < 10**9:
        return ObjectIdentity(int(text), object_name)
    match = _DESIGNATOR.fullmatch(text)
    return ObjectIdentity(None, object_name, f"{match[1]}-{match[2]}{match[3]}" if match else object_id)


def trajectories_from_oem(
    oem: Oem, *, status: Status = Status.DEFINITIVE, orientation: EarthOrientation | None = None
) -> list[SampledTrajectory]:
    """Return one trajectory for each object and center of a message, in the order of first appearance.

    Segments stay in the frame of the message where all have the same inertial one; otherwise, and for ITRF
    with covariance, knots are turned to GCRF. Nothing is moved from one center to another.

    Parameters
    ----------
    orientation
        Needed where ITRF must be turned.

    Raises
    ------
    FormatError
        If states cannot be interpolated (one state only, epochs that do not increase).
    FrameError
        For a frame that is not converted, or ITRF without orientation.
    UnsupportedError
        For a time system that cannot be related to UTC.
    """
    groups: dict[tuple[str, str, str], list[OemSegment]] = {}
    for segment in oem.segments:
        key = (segment.object_id, segment.object_name, segment.center_name.strip().upper())
        groups.setdefault(key, []).append(segment)
    return [
        _trajectory(_identity(segments), center or EARTH, segments, status, orientation)
        for (_, _, center), segments in groups.items()
    ]


def _identity(segments: list[OemSegment]) -> ObjectIdentity:
    """Return what OBJECT_ID says, and the catalog number of our own comment where it is none."""
    identity = identity_of(segments[0].object_id, segments[0].object_name)
    numbers = {
        int(match[1])
        for segment in segments
        for field in segment.fields
        if field.key == COMMENT and (match := _NUMBER_COMMENT.fullmatch(field.text.strip()))
    }
    return (
        replace(identity, norad=numbers.pop()) if identity.norad is None and len(numbers) == 1 else identity
    )


def _trajectory(
    identity: ObjectIdentity,
    center: str,
    segments: list[OemSegment],
    status: Status,
    orientation: EarthOrientation | None,
) -> SampledTrajectory:
    """Bring the segments of one object into one frame and join them."""
    frames = [frame_named(s.ref_frame, where=f"{identity}: REF_FRAME") for s in segments]
    has_covariance = any(s.covariance_epoch_ns.size for s in segments)
    same = all(frame is frames[0] for frame in frames)
    target = frames[0] if same and not (frames[0] is Frame.ITRF and has_covariance) else Frame.GCRF
    notes: list[str] = []
    sampled = []
    for segment, frame in zip(segments, frames, strict=True):
        turn = rotation(frame, target, segment.epoch_tai_ns, orientation, center=center)
        position, velocity = turn.apply(segment.position_km, segment.velocity_km_s)
        start, stop = segment.useable_span_tai_ns
        method, degree = _interpolation(segment, notes)
        plain = SampledSegment(segment.epoch_tai_ns, position, velocity, start, stop, method, degree)
        if segment.covariance_epoch_ns.size:
            bare = SampledTrajectory.from_segments(identity, [plain], target, center=center)
            epochs, covariance = _covariance_rtn(segment, bare, orientation, notes)
            plain = SampledSegment(
                segment.epoch_tai_ns, position, velocity, start, stop, method, degree, epochs, covariance
            )
        sampled.append(plain)
    return SampledTrajectory.from_segments(
        identity, sampled, target, status=status, center=center, notes=tuple(dict.fromkeys(notes))
    )


def _interpolation(segment: OemSegment, notes: list[str]) -> tuple[int, int | None]:
    """Return method and degree that the sender states; the default, with a note, for an unknown method."""
    name = segment.interpolation.strip().upper()
    if name in _METHODS:
        method, degree = _METHODS[name]
        return method, segment.interpolation_degree if degree is None else degree
    if name:
        notes.append(f"interpolation {segment.interpolation} is not known: Hermite is used")
    return HERMITE, None


def _covariance_rtn(
    segment: OemSegment, states: SampledTrajectory, orientation: EarthOrientation | None, notes: list[str]
) -> tuple[Ints, Floats]:
    """Turn the covariances of a segment to RTN at their epochs; those that cannot be turned are noted."""
    epochs = segment.covariance_epoch_tai_ns
    inside = (epochs >= states.start_tai_ns) & (epochs <= states.stop_tai_ns)
    if not inside.all():
        notes.append(f"{int((~inside).sum())} covariances lie outside the usable span and are not used")
    frames = np.array([*segment.covariance_frames, *[""] * epochs.size][: epochs.size], dtype=object)
    rtn = np.full((epochs.size, 6, 6), np.nan)
    for name in dict.fromkeys(frames[inside].tolist()):
        rows = np.flatnonzero(inside & (frames == name))
        own = states.states(epochs[rows])
        to_rtn = local_matrix(own.position_km, own.velocity_km_s)
        covariance = segment.covariance_km2[rows]
        axes = local_axes_named(name)
        if axes is not None:
            back = np.swapaxes(local_matrix(own.position_km, own.velocity_km_s, axes), 1, 2)
            rtn[rows] = covariance_to_local(covariance, to_rtn @ back)
            continue
        try:
            frame = frame_named(name or segment.ref_frame)
            turn = rotation(frame, states.frame, epochs[rows], orientation, center=states.center)
        except FrameError as error:
            notes.append(f"{rows.size} covariances in {name} are not used: {error}")
            continue
        rtn[rows] = covariance_to_local(turn.apply_covariance(covariance), to_rtn)
    order = np.argsort(epochs, kind="stable")
    order = order[np.isfinite(rtn[order]).all(axis=(1, 2))]
    return epochs[order], rtn[order]
