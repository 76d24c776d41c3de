"""Every keyword of the CDM: block, kind of value, unit, whether it is demanded; in the order of the standard.

Sources: CCSDS 508.0-B-1 (June 2013, with corrigenda), tables 3-1 to 3-4; keywords new in version 2.0 as the
draft 508.0-P-1.1 (March 2024) is publicly described. ``M`` marks what version 1.0 demands.
"""

from __future__ import annotations

from typing import NamedTuple

TEXT, NUMBER, COUNT, TIME, NUMBERS = "text", "number", "count", "time", "numbers"

_TABLE = """
header
CCSDS_CDM_VERS text M
CLASSIFICATION text
CREATION_DATE time M
ORIGINATOR text M
MESSAGE_FOR text
MESSAGE_ID text M

relativeMetadataData
CONJUNCTION_ID text
TCA time M
MISS_DISTANCE number M m
MAHALANOBIS_DISTANCE number
RELATIVE_SPEED number - m/s
relativeStateVector
RELATIVE_POSITION_R number - m
RELATIVE_POSITION_T number - m
RELATIVE_POSITION_N number - m
RELATIVE_VELOCITY_R number - m/s
RELATIVE_VELOCITY_T number - m/s
RELATIVE_VELOCITY_N number - m/s
relativeMetadataData
APPROACH_ANGLE number - deg
START_SCREEN_PERIOD time
STOP_SCREEN_PERIOD time
SCREEN_TYPE text
SCREEN_VOLUME_FRAME text
SCREEN_VOLUME_SHAPE text
SCREEN_VOLUME_RADIUS number - m
SCREEN_VOLUME_X number - m
SCREEN_VOLUME_Y number - m
SCREEN_VOLUME_Z number - m
SCREEN_ENTRY_TIME time
SCREEN_EXIT_TIME time
SCREEN_PC_THRESHOLD number
COLLISION_PERCENTILE numbers
COLLISION_PROBABILITY number
COLLISION_PROBABILITY_METHOD text
COLLISION_MAX_PROBABILITY number
COLLISION_MAX_PC_METHOD text
SEFI_COLLISION_PROBABILITY number
SEFI_COLLISION_PROBABILITY_METHOD text
SEFI_FRAGMENTATION_MODEL text
PREVIOUS_MESSAGE_ID text
PREVIOUS_MESSAGE_EPOCH time
NEXT_MESSAGE_EPOCH time

metadata
OBJECT text M
OBJECT_DESIGNATOR text M
CATALOG_NAME text M
OBJECT_NAME text M
INTERNATIONAL_DESIGNATOR text M
OBJECT_TYPE text
OPS_STATUS text
OPERATOR_CONTACT_POSITION text
OPERATOR_ORGANIZATION text
OPERATOR_PHONE text
OPERATOR_EMAIL text
EPHEMERIS_NAME text M
ODM_MSG_LINK text
ADM_MSG_LINK text
OBS_BEFORE_NEXT_MESSAGE text
COVARIANCE_METHOD text M
COVARIANCE_SOURCE text
MANEUVERABLE text M
ORBIT_CENTER text
REF_FRAME text M
ALT_COV_TYPE text
ALT_COV_REF_FRAME text
GRAVITY_MODEL text
ATMOSPHERIC_MODEL text
N_BODY_PERTURBATIONS text
SOLAR_RAD_PRESSURE text
EARTH_TIDES text
INTRACK_THRUST text

odParameters
TIME_LASTOB_START time
TIME_LASTOB_END time
RECOMMENDED_OD_SPAN number - d
ACTUAL_OD_SPAN number - d
OBS_AVAILABLE count
OBS_USED count
TRACKS_AVAILABLE count
TRACKS_USED count
RESIDUALS_ACCEPTED number - %
WEIGHTED_RMS number
OD_EPOCH time

additionalParameters
AREA_PC number - m**2
AREA_PC_MIN number - m**2
AREA_PC_MAX number - m**2
AREA_DRG number - m**2
AREA_SRP number - m**2
OEB_PARENT_FRAME text
OEB_PARENT_FRAME_EPOCH time
OEB_Q1 number
OEB_Q2 number
OEB_Q3 number
OEB_QC number
OEB_MAX number - m
OEB_INT number - m
OEB_MIN number - m
AREA_ALONG_OEB_MAX number - m**2
AREA_ALONG_OEB_INT number - m**2
AREA_ALONG_OEB_MIN number - m**2
RCS number - m**2
RCS_MIN number - m**2
RCS_MAX number - m**2
VM_ABSOLUTE number
VM_APPARENT_MIN number
VM_APPARENT number
VM_APPARENT_MAX number
REFLECTANCE number
MASS number - kg
HBR number - m
CD_AREA_OVER_MASS number - m**2/kg
CR_AREA_OVER_MASS number - m**2/kg
THRUST_ACCELERATION number - m/s**2
SEDR number - W/kg
MIN_DV numbers - m/s
MAX_DV numbers - m/s
LEAD_TIME_REQD_BEFORE_TCA number - h
APOAPSIS_ALTITUDE number - km
PERIAPSIS_ALTITUDE number - km
INCLINATION number - deg
COV_CONFIDENCE number
COV_CONFIDENCE_METHOD text

stateVector
X number M km
Y number M km
Z number M km
X_DOT number M km/s
Y_DOT number M km/s
Z_DOT number M km/s

covarianceMatrix
xyzCovarianceMatrix
csig3eigvec3
CSIG3EIGVEC3 numbers

additionalCovMetadata
DENSITY_FORECAST_UNCERTAINTY number
CSCALE_FACTOR_MIN number
CSCALE_FACTOR number
CSCALE_FACTOR_MAX number
SCREENING_DATA_SOURCE text
DCP_SENSITIVITY_VECTOR_POSITION numbers - m
DCP_SENSITIVITY_VECTOR_VELOCITY numbers - m/s
"""

MESSAGE_BLOCKS = ("header", "relativeMetadataData", "relativeStateVector")
"""Blocks that speak of both objects; all others belong to one of them."""

RTN, XYZ, USER_DEFINED = "covarianceMatrix", "xyzCovarianceMatrix", "userDefinedParameters"
USER_DEFINED_PREFIX = "USER_DEFINED_"

_AXES = {
    RTN: ("R", "T", "N", "RDOT", "TDOT", "NDOT", "DRG", "SRP", "THR"),
    XYZ: ("X", "Y", "Z", "XDOT", "YDOT", "ZDOT", "DRG", "SRP", "THR"),
}
_AXIS_UNIT = ({"m": 1},) * 3 + ({"m": 1, "s": -1},) * 3 + ({"m": 2, "kg": -1},) * 2 + ({"m": 1, "s": -2},)
_STATE_SIZE = 6


class Keyword(NamedTuple):
    """What the standard says of one keyword."""

    block: str
    kind: str
    unit: str
    demanded: bool
    rank: int
    """Position in the order of the standard."""


def _product_unit(a: dict[str, int], b: dict[str, int]) -> str:
    """Write the product of two units as CCSDS does: ``m**2/s``, ``m**3/(kg*s)``."""
    powers = {name: a.get(name, 0) + b.get(name, 0) for name in ("m", "kg", "s")}
    above = f"m**{powers['m']}"
    below = [
        name if powers[name] == -1 else f"{name}**{-powers[name]}" for name in ("kg", "s") if powers[name]
    ]
    if not below:
        return above
    return f"{above}/({'*'.join(below)})" if len(below) > 1 else f"{above}/{below[0]}"


def _covariance(block: str) -> list[tuple[str, str, bool]]:
    """Return keyword, unit and whether it is demanded for the lower triangle of a 9 x 9 covariance."""
    axes = _AXES[block]
    return [
        (
            f"C{axes[i]}_{axes[j]}",
            _product_unit(_AXIS_UNIT[i], _AXIS_UNIT[j]),
            block == RTN and i < _STATE_SIZE,
        )
        for i in range(len(axes))
        for j in range(i + 1)
    ]


def _read_table() -> dict[tuple[str, str], Keyword]:
    """Return every keyword by (block, keyword)."""
    table: dict[tuple[str, str], Keyword] = {}
    block = ""
    for line in _TABLE.split("\n"):
        words = line.split()
        if len(words) == 1:
            block = words[0]
            if block in _AXES:
                for key, unit, demanded in _covariance(block):
                    table[block, key] = Keyword(block, NUMBER, unit, demanded, len(table))
        elif words:
            key, kind, *rest = words
            unit = rest[1] if len(rest) > 1 else ""
            table[block, key] = Keyword(block, kind, unit, rest[:1] == ["M"], len(table))
    return table


KEYWORDS = _read_table()
"""Every keyword by (block, keyword): some names occur in both covariance matrices."""

BLOCK_OF: dict[str, str] = {}
for _block, _key in KEYWORDS:
    BLOCK_OF.setdefault(_key, _block)

COVARIANCE_CELLS = {
    f"C{_AXES[RTN][i]}_{_AXES[RTN][j]}": (i, j) for i in range(_STATE_SIZE) for j in range(i + 1)
}
"""The 21 elements of the 6 x 6 RTN covariance with row and column."""

DEMANDED_OF_MESSAGE = tuple(k for (b, k), w in KEYWORDS.items() if w.demanded and b in MESSAGE_BLOCKS)
DEMANDED_OF_OBJECT = tuple(k for (b, k), w in KEYWORDS.items() if w.demanded and b not in MESSAGE_BLOCKS)

ATTRIBUTES_OF_MESSAGE: dict[str, tuple[str, int | None]] = {
    "CCSDS_CDM_VERS": ("version", None),
    "CREATION_DATE": ("creation_tai_ns", None),
    "ORIGINATOR": ("originator", None),
    "MESSAGE_FOR": ("message_for", None),
    "MESSAGE_ID": ("message_id", None),
    "CONJUNCTION_ID": ("conjunction_id", None),
    "TCA": ("tca_tai_ns", None),
    "MISS_DISTANCE": ("miss_distance_m", None),
    "RELATIVE_SPEED": ("relative_speed_m_s", None),
    "RELATIVE_POSITION_R": ("relative_position_rtn_m", 0),
    "RELATIVE_POSITION_T": ("relative_position_rtn_m", 1),
    "RELATIVE_POSITION_N": ("relative_position_rtn_m", 2),
    "RELATIVE_VELOCITY_R": ("relative_velocity_rtn_m_s", 0),
    "RELATIVE_VELOCITY_T": ("relative_velocity_rtn_m_s", 1),
    "RELATIVE_VELOCITY_N": ("relative_velocity_rtn_m_s", 2),
    "COLLISION_PROBABILITY": ("collision_probability", None),
    "COLLISION_PROBABILITY_METHOD": ("collision_probability_method", None),
}
"""Attribute of :class:`~skypact.formats.cdm_values.Cdm`, with the index in a vector, by keyword."""

ATTRIBUTES_OF_OBJECT: dict[str, tuple[str, int | None]] = {
    "OBJECT_DESIGNATOR": ("designator", None),
    "CATALOG_NAME": ("catalog_name", None),
    "OBJECT_NAME": ("object_name", None),
    "INTERNATIONAL_DESIGNATOR": ("object_id", None),
    "OBJECT_TYPE": ("object_type", None),
    "OPERATOR_ORGANIZATION": ("operator_organization", None),
    "EPHEMERIS_NAME": ("ephemeris_name", None),
    "COVARIANCE_METHOD": ("covariance_method", None),
    "MANEUVERABLE": ("maneuverable", None),
    "ORBIT_CENTER": ("orbit_center", None),
    "REF_FRAME": ("ref_frame", None),
    "TIME_LASTOB_START": ("time_lastob_start_tai_ns", None),
    "TIME_LASTOB_END": ("time_lastob_end_tai_ns", None),
    "RECOMMENDED_OD_SPAN": ("recommended_od_span_d", None),
    "ACTUAL_OD_SPAN": ("actual_od_span_d", None),
    "OBS_AVAILABLE": ("obs_available", None),
    "OBS_USED": ("obs_used", None),
    "TRACKS_AVAILABLE": ("tracks_available", None),
    "TRACKS_USED": ("tracks_used", None),
    "RESIDUALS_ACCEPTED": ("residuals_accepted_percent", None),
    "WEIGHTED_RMS": ("weighted_rms", None),
    "AREA_PC": ("area_pc_m2", None),
    "MASS": ("mass_kg", None),
    "CD_AREA_OVER_MASS": ("cd_area_over_mass_m2_kg", None),
    "CR_AREA_OVER_MASS": ("cr_area_over_mass_m2_kg", None),
    "SEDR": ("sedr_w_kg", None),
    "X": ("position_km", 0),
    "Y": ("position_km", 1),
    "Z": ("position_km", 2),
    "X_DOT": ("velocity_km_s", 0),
    "Y_DOT": ("velocity_km_s", 1),
    "Z_DOT": ("velocity_km_s", 2),
}
"""Attribute of :class:`~skypact.formats.cdm_values.CdmObject`, with the index in a vector, by keyword."""


def block_of(key: str, previous: str) -> str:
    """Return the block that a keyword belongs to, where the block of the keyword before it is known.

    Empty for unknown keywords; the drag, solar-pressure and thrust terms of the second covariance matrix
    bear the names of the first and are told apart by what stands before them.
    """
    if key.startswith(USER_DEFINED_PREFIX):
        return USER_DEFINED
    if (previous, key) in KEYWORDS:
        return previous
    return BLOCK_OF.get(key, "")
