"""What a conjunction data message says, as values: two objects at their closest approach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.formats.fields import Field

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DensitySensitivity:
    """How the state at closest approach follows errors of the atmosphere forecast (the "DCP" lines).

    Two objects in the same atmosphere err together; with these, the cross-correlation of their covariances
    can be taken out (Casali et al., "Effect of cross-correlation of orbital error on probability of collision
    determination", AAS 18-272, 2018).
    """

    sigma: float
    """Standard deviation of the relative density forecast error (no unit)."""
    position_m: Floats
    """Change of position per unit of relative density error, RTN, shape (3,)."""
    velocity_m_s: Floats
    """Change of velocity per unit of relative density error, RTN, shape (3,)."""


@dataclass(frozen=True, eq=False)
class CdmObject:
    """One of the two objects of a conjunction, at the time of closest approach.

    Every value that stands in a keyword is an attribute here or stays in ``fields`` as text. ``None`` means
    that the message leaves it open (absent, empty or ``NaN``). Times are TAI ns.
    """

    designator: str
    """Catalog number as written."""
    object_name: str
    object_id: str
    """International designator; empty where there is none."""
    ref_frame: str
    """Frame of the state: GCRF, EME2000 or ITRF, as written."""
    position_km: Floats
    """Shape (3,)."""
    velocity_km_s: Floats
    """Shape (3,)."""
    covariance_rtn_m2: Floats | None
    """Covariance of position and velocity in the object's own RTN, shape (6, 6), symmetric, m, m/s."""
    norad: int | None = None
    """Catalog number where the designator is one of the public catalog; what is written is the designator."""
    catalog_name: str = "SATCAT"
    maneuverable: str = "N/A"
    orbit_center: str = "EARTH"
    ephemeris_name: str = "NONE"
    covariance_method: str = "CALCULATED"
    object_type: str = ""
    operator_organization: str = ""
    time_lastob_start_tai_ns: int | None = None
    time_lastob_end_tai_ns: int | None = None
    recommended_od_span_d: float | None = None
    actual_od_span_d: float | None = None
    obs_available: int | None = None
    obs_used: int | None = None
    tracks_available: int | None = None
    tracks_used: int | None = None
    residuals_accepted_percent: float | None = None
    weighted_rms: float | None = None
    area_pc_m2: float | None = None
    mass_kg: float | None = None
    cd_area_over_mass_m2_kg: float | None = None
    cr_area_over_mass_m2_kg: float | None = None
    sedr_w_kg: float | None = None
    """Specific energy dissipation rate, W/kg."""
    hbr_m: float | None = None
    """Hard-body radius of this object alone, where the message has one."""
    hbr_source: str = ""
    """Which keyword or comment ``hbr_m`` was read from; empty where there is none."""
    dcp: DensitySensitivity | None = None
    fields: tuple[Field, ...] = ()
    """Metadata and data of this object as received, comments in place, from ``OBJECT`` on."""


@dataclass(frozen=True, eq=False)
class Cdm:
    """A conjunction data message (CCSDS 508.0-B-1, and the draft of version 2.0). Times are TAI ns."""

    creation_tai_ns: int
    originator: str
    message_id: str
    tca_tai_ns: int
    miss_distance_m: float
    objects: tuple[CdmObject, CdmObject]
    """OBJECT1 and OBJECT2, in this order."""
    relative_speed_m_s: float | None = None
    relative_position_rtn_m: Floats | None = None
    """Object 2 minus object 1 in the RTN frame of object 1, shape (3,)."""
    relative_velocity_rtn_m_s: Floats | None = None
    """Object 2 minus object 1 in the RTN frame of object 1, shape (3,)."""
    collision_probability: float | None = None
    collision_probability_method: str | None = None
    hbr_m: float | None = None
    """Combined hard-body radius: the sum of both objects."""
    hbr_source: str = ""
    """Which keyword or comment ``hbr_m`` was read from; empty where there is none."""
    message_for: str = ""
    conjunction_id: str = ""
    version: str = "1.0"
    fields: tuple[Field, ...] = ()
    """Header and relative metadata as received, comments in place."""


@dataclass(frozen=True)
class CdmSummary:
    """One row of a list of conjunctions without states, as Space-Track's ``cdm_public`` gives it.

    It tells the history of miss distance and probability; no probability can be computed from it.
    """

    cdm_id: str
    created_tai_ns: int
    tca_tai_ns: int
    miss_distance_m: float
    collision_probability: float | None
    norad_1: int | None
    norad_2: int | None
    name_1: str = ""
    name_2: str = ""
    object_type_1: str = ""
    object_type_2: str = ""
    rcs_1: str = ""
    rcs_2: str = ""
    exclusion_radius_1_m: float | None = None
    exclusion_radius_2_m: float | None = None
    emergency_reportable: bool = False
    line: int = 0
