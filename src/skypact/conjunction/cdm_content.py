"""A CDM made from two element sets: complete by the standard, and never to be taken for a real one.

Element sets carry no covariance and no observations, so the message says wherever a reader may look that it
is not from an orbit determination: ``COVARIANCE_METHOD = DEFAULT`` for both objects, the node as originator,
comments with the data mode, with each element set and with the source of each assumed covariance. No field of
the orbit determination is filled in.

States are in GCRF (which CCSDS 508.0-B-1 allows beside EME2000 and ITRF). The standard demands a covariance
of velocity too; it is made from that of position by the motion on a circular orbit of angular rate n: an
error along the track is one in time, so the radial velocity is off by -n times it; at equal energy an error
in height makes the transverse velocity off by -n times it; out of the plane both swing with the same n. A
tenth of each comes on top as an independent part, which keeps the matrix positive definite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact import __version__
from skypact.astro.constants import EARTH
from skypact.astro.frames import Frame
from skypact.astro.local_axes import local_matrix
from skypact.astro.timescales import NS_PER_DAY, format_utc
from skypact.conjunction.cdm_mode import MARK
from skypact.formats.cdm_keywords import RTN
from skypact.formats.cdm_values import Cdm, CdmObject
from skypact.formats.cdm_write import time_text
from skypact.formats.fields import COMMENT, Field
from skypact.records import DataMode

Floats = NDArray[np.float64]

ASSUMED = "DEFAULT"
"""COVARIANCE_METHOD of a covariance that nobody estimated."""
NOT_REAL = "MADE FROM ELEMENT SETS BY SGP4, NOT FROM AN ORBIT DETERMINATION: NOT FOR MANEUVER DECISIONS"
"""First thing that a reader of such a message sees."""
INDEPENDENT_PART = 0.1
"""Independent part of the velocity errors, over the part that follows from the position errors."""
M_PER_KM = 1e3
_KINDS = {"payload": "PAYLOAD", "rocket body": "ROCKET BODY", "debris": "DEBRIS"}


@dataclass(frozen=True, eq=False)
class ElementSide:
    """One object of a conjunction as its element set tells it, at the TCA.

    Attributes
    ----------
    kind
        Word of :class:`skypact.catalog.operators.ObjectKind`.
    operator
        Who flies it; empty where that is not known.
    maneuverable
        None where nobody said.
    epoch_tai_ns, set_name
        Epoch of the element set, and which it is: source and number in the node.
    position_km, velocity_km_s
        Shape (3,), GCRF.
    covariance_rtn_km2
        Assumed, of position, shape (3, 3).
    covariance_source
        Where it is from, in words; begins with ``assumed``.
    """

    norad: int
    object_name: str
    object_id: str
    kind: str
    operator: str
    maneuverable: bool | None
    epoch_tai_ns: int
    set_name: str
    position_km: Floats
    velocity_km_s: Floats
    covariance_rtn_km2: Floats
    covariance_source: str


@dataclass(frozen=True)
class MessageHead:
    """Who says it, when, and about which screening.

    Attributes
    ----------
    originator
        Identity of the node.
    screening
        What was screened, in words.
    hbr_m, hbr_source
        Combined hard-body radius and where it is from.
    pc, pc_method
        Probability with the covariances of the message; None where there is none.
    """

    message_id: str
    originator: str
    creation_tai_ns: int
    tca_tai_ns: int
    data_mode: DataMode
    screening: str
    hbr_m: float
    hbr_source: str
    pc: float | None = None
    pc_method: str = ""
    start_tai_ns: int | None = None
    stop_tai_ns: int | None = None


def velocity_completed(covariance_rtn_km2: Floats, position_km: Floats, velocity_km_s: Floats) -> Floats:
    """Return the covariance (6, 6) of position and velocity in RTN that goes with one of position (3, 3).

    The velocity part is assumed as the head of this module tells; km**2, km**2/s, km**2/s**2.
    """
    rate_rad_s = float(np.linalg.norm(np.cross(position_km, velocity_km_s)) / (position_km @ position_km))
    follows = np.zeros((3, 3))
    follows[0, 1] = follows[1, 0] = -rate_rad_s
    own = np.diag(np.array([INDEPENDENT_PART, INDEPENDENT_PART, 1.0]) * rate_rad_s)
    mixed = covariance_rtn_km2[:, [1, 0, 2]][[1, 0, 2], :]
    full = np.empty((6, 6))
    full[:3, :3] = covariance_rtn_km2
    full[3:, :3] = follows @ covariance_rtn_km2
    full[:3, 3:] = full[3:, :3].T
    full[3:, 3:] = follows @ covariance_rtn_km2 @ follows.T + own @ mixed @ own.T
    return full


def cdm_of_elements(first: ElementSide, second: ElementSide, head: MessageHead) -> Cdm:
    """Make the message of a conjunction of two element sets; ``first`` is OBJECT1."""
    matrix = local_matrix(first.position_km[None, :], first.velocity_km_s[None, :])[0]
    position = second.position_km - first.position_km
    velocity = second.velocity_km_s - first.velocity_km_s
    return Cdm(
        creation_tai_ns=head.creation_tai_ns,
        originator=head.originator,
        message_id=head.message_id,
        tca_tai_ns=head.tca_tai_ns,
        miss_distance_m=float(np.linalg.norm(position)) * M_PER_KM,
        objects=(_object(first, head.tca_tai_ns), _object(second, head.tca_tai_ns)),
        relative_speed_m_s=float(np.linalg.norm(velocity)) * M_PER_KM,
        relative_position_rtn_m=matrix @ position * M_PER_KM,
        relative_velocity_rtn_m_s=matrix @ velocity * M_PER_KM,
        collision_probability=head.pc,
        collision_probability_method=head.pc_method.upper() if head.pc is not None else None,
        hbr_m=head.hbr_m,
        hbr_source="COMMENT HBR",
        fields=tuple(_head_fields(head)),
    )


def _head_fields(head: MessageHead) -> list[Field]:
    comments = [
        f"{MARK}{head.data_mode}",
        NOT_REAL,
        f"MADE BY skypact {__version__}",
        f"SCREENING: {head.screening}",
    ]
    told = "WITH THE ASSUMED COVARIANCES BELOW" if head.pc is not None else "NONE"
    fields = [
        *(Field(COMMENT, text, block="header") for text in comments),
        Field("CREATION_DATE", time_text(head.creation_tai_ns), block="header"),
        Field(COMMENT, f"COLLISION PROBABILITY: {told}", block="relativeMetadataData"),
        Field(COMMENT, f"HARD-BODY RADIUS: {head.hbr_source}", block="relativeMetadataData"),
        Field("TCA", time_text(head.tca_tai_ns), block="relativeMetadataData"),
    ]
    for key, value in (("START_SCREEN_PERIOD", head.start_tai_ns), ("STOP_SCREEN_PERIOD", head.stop_tai_ns)):
        if value is not None:
            fields.append(Field(key, time_text(value), block="relativeMetadataData"))
    return fields


def _object(side: ElementSide, tca_tai_ns: int) -> CdmObject:
    covariance = velocity_completed(side.covariance_rtn_km2, side.position_km, side.velocity_km_s)
    age_d = (tca_tai_ns - side.epoch_tai_ns) / NS_PER_DAY
    epoch = format_utc(side.epoch_tai_ns, decimals=6)
    can = side.maneuverable
    return CdmObject(
        designator=str(side.norad),
        object_name=side.object_name or "UNKNOWN",
        object_id=side.object_id,
        ref_frame=Frame.GCRF.value,
        position_km=side.position_km,
        velocity_km_s=side.velocity_km_s,
        covariance_rtn_m2=covariance * M_PER_KM**2,
        norad=side.norad,
        maneuverable="N/A" if can is None else "YES" if can else "NO",
        orbit_center=EARTH,
        covariance_method=ASSUMED,
        object_type=_KINDS.get(side.kind, "UNKNOWN"),
        operator_organization=side.operator,
        fields=(
            Field("OBJECT", "OBJECT1", block="metadata"),
            Field("ORBIT_CENTER", EARTH, block="metadata"),
            Field(COMMENT, f"ELEMENT SET: {side.set_name}, EPOCH {epoch}", block="stateVector"),
            Field(COMMENT, f"AGE OF THE ELEMENT SET AT TCA: {age_d:.3f} d", block="stateVector"),
            Field(COMMENT, f"COVARIANCE: {side.covariance_source}", block=RTN),
            Field(COMMENT, "VELOCITY TERMS: from the position terms by circular motion", block=RTN),
        ),
    )
