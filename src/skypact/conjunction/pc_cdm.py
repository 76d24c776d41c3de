"""From a conjunction data message to the encounter that the methods of :mod:`.pc` take."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from skypact.astro.earth import EarthOrientation
from skypact.astro.frames import Frame, frame_named
from skypact.astro.states import StateTable
from skypact.conjunction.pc_geometry import DensityError, EncounterStates, ObjectState
from skypact.errors import FormatError, InputError, UsageError
from skypact.formats.cdm_values import Cdm, CdmObject

Floats = NDArray[np.float64]

KM_PER_M = 1e-3


def encounter_of_cdm(
    cdm: Cdm,
    hbr_m: float | None = None,
    *,
    orientation: Callable[[], EarthOrientation] | None = None,
    where: str = "",
) -> EncounterStates:
    """Bring both objects of a message into one inertial frame.

    The frame is that of the states where they share an inertial one, else GCRF.

    Parameters
    ----------
    hbr_m
        Combined hard-body radius; by default that of the message.
    orientation
        Gives the Earth orientation; called only where states must be turned, needed where one is in ITRF.
    where
        Name of the message for errors.

    Returns
    -------
    The encounter; an object without covariance (:func:`lacking_covariances`) has zeros there.

    Raises
    ------
    UsageError
        If neither ``hbr_m`` nor the message tells a radius.
    FormatError
        For a covariance that cannot be one.
    FrameError
        For a frame that skypact does not convert.
    """
    hbr_m = cdm.hbr_m if hbr_m is None else hbr_m
    if hbr_m is None:
        raise UsageError("the message has no hard-body radius", where=where, remedy="give one")
    frames = [frame_named(item.ref_frame, where=where) for item in cdm.objects]
    inertial = frames[0] if frames[0] is frames[1] and frames[0] is not Frame.ITRF else Frame.GCRF
    states = []
    for number, (item, frame) in enumerate(zip(cdm.objects, frames, strict=True), 1):
        position_km, velocity_km_s = _turned(item, frame, inertial, cdm.tca_tai_ns, orientation)
        covariance = np.zeros((6, 6)) if item.covariance_rtn_m2 is None else item.covariance_rtn_m2
        density = None
        if item.dcp is not None:
            vector = np.concatenate([item.dcp.position_m, item.dcp.velocity_m_s]) * KM_PER_M
            density = DensityError(item.dcp.sigma, vector)
        try:
            state = ObjectState.from_rtn(
                position_km, velocity_km_s, covariance * KM_PER_M**2, density=density
            )
        except InputError as error:
            place = f"{where}: OBJECT{number}" if where else f"OBJECT{number}"
            raise FormatError(error.what, where=place, remedy=error.remedy) from error
        states.append(state)
    return EncounterStates(states[0], states[1], hbr_m * KM_PER_M)


def lacking_covariances(cdm: Cdm) -> list[str]:
    """Say which objects have no covariance: without both no probability means anything."""
    return [
        f"object {n} has no covariance"
        for n, item in enumerate(cdm.objects, 1)
        if item.covariance_rtn_m2 is None
    ]


def _turned(
    item: CdmObject,
    frame: Frame,
    target: Frame,
    tca_tai_ns: int,
    orientation: Callable[[], EarthOrientation] | None,
) -> tuple[Floats, Floats]:
    """Position and velocity of one object in an inertial frame."""
    if frame is target:
        return item.position_km, item.velocity_km_s
    state = StateTable(
        epoch_tai_ns=np.array([tca_tai_ns], dtype=np.int64),
        position_km=item.position_km[None, :],
        velocity_km_s=item.velocity_km_s[None, :],
        frame=frame,
        center=item.orbit_center,
    ).to_frame(target, None if orientation is None else orientation())
    return state.position_km[0], state.velocity_km_s[0]
