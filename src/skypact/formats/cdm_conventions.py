"""What CDMs of version 1.0 tell in comments: hard-body radii and the sensitivity to the density forecast.

Version 1.0 has no keyword for the hard-body radius. Known ways, in the order of preference:

- ``HBR`` keyword of an object (version 2.0);
- ``COMMENT HBR = 15 [m]`` before the first object: the combined radius (NASA CARA, Alfano's cases);
- ``COMMENT Operator Hard Body Radius = 10.0 [m]`` of an object (Space-Track);
- ``COMMENT Exclusion Volume Radius = 5 [m]`` or ``EXCLUSION_VOLUME_RADIUS`` of an object (Space-Track, CARA),
  which Space-Track lists as ``SAT1_EXCL_VOL`` and uses for its own probability.

``SCREEN_VOLUME_*`` is the size of the screening volume, never a hard-body radius. A combined radius from two
objects is the sum of both; with one alone it stays open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from skypact.formats.cdm_values import DensitySensitivity
from skypact.formats.fields import COMMENT, Field, parse_number

_NUMBER = r"([+-]?[\d.]+(?:[eE][+-]?\d+)?)"
_HBR = re.compile(rf"HBR\s*[=:]\s*{_NUMBER}\s*(?:\[?\s*(k?m)\s*\]?)?\s*", re.IGNORECASE)
_OF_OBJECT = (
    ("HBR", _HBR),
    (
        "Operator Hard Body Radius",
        re.compile(
            rf"Operator[ _]Hard[ _]Body[ _]Radius\s*[=:]\s*{_NUMBER}\s*(?:\[?\s*(k?m)\s*\]?)?\s*", re.I
        ),
    ),
    (
        "Exclusion Volume Radius",
        re.compile(rf"Exclusion[ _]Volume[ _]Radius\s*[=:]\s*{_NUMBER}\s*(?:\[?\s*(k?m)\s*\]?)?\s*", re.I),
    ),
)
_DCP_SIGMA = re.compile(rf"DCP[ _]Density[ _]Forecast[ _]Uncertainty\s*=\s*{_NUMBER}", re.IGNORECASE)
_DCP_VECTOR = re.compile(
    r"DCP[ _]Sensitivity[ _]Vector[ _](?:RTN[ _])?(Pos|Vel)[a-z]*"
    rf"\s*=\s*{_NUMBER}[,\s]+{_NUMBER}[,\s]+{_NUMBER}",
    re.IGNORECASE,
)
_DCP_KEYWORDS = {
    "DCP_SENSITIVITY_VECTOR_POSITION": "pos",
    "DCP_SENSITIVITY_VECTOR_VELOCITY": "vel",
}
_VECTOR_LENGTH = 3


def _radius(match: re.Match[str]) -> float | None:
    value = parse_number(match.group(1))
    if value is None or value < 0:
        return None
    return value * 1000.0 if (match.group(2) or "m").lower() == "km" else value


def combined_radius(fields: Iterable[Field]) -> tuple[float | None, str]:
    """Return the combined hard-body radius in m of ``COMMENT HBR`` among ``fields``, and its name."""
    for field in fields:
        match = _HBR.fullmatch(field.text) if field.key == COMMENT else None
        radius = _radius(match) if match else None
        if radius is not None:
            return radius, "COMMENT HBR"
    return None, ""


def object_radius(fields: Iterable[Field]) -> tuple[float | None, str]:
    """Return the hard-body radius in m that one object's fields tell, and where it is from."""
    fields = list(fields)
    for field in fields:
        if field.key == "HBR":
            value = parse_number(field.text)
            if value is not None and value >= 0:
                return value, "HBR"
    for name, pattern in _OF_OBJECT:
        for field in fields:
            match = pattern.fullmatch(field.text) if field.key == COMMENT else None
            radius = _radius(match) if match else None
            if radius is not None:
                return radius, f"COMMENT {name}"
    return None, ""


def is_radius(field: Field) -> bool:
    """Say whether a field tells a hard-body radius in one of the known ways, other than exclusion volumes."""
    if field.key == COMMENT:
        return any(pattern.fullmatch(field.text) for _, pattern in _OF_OBJECT[:2])
    return field.key == "HBR"


def is_density_sensitivity(field: Field) -> bool:
    """Say whether a field is one of the three DCP values, as keyword or comment."""
    if field.key == COMMENT:
        return bool(_DCP_SIGMA.match(field.text) or _DCP_VECTOR.match(field.text))
    return field.key in _DCP_KEYWORDS or field.key == "DENSITY_FORECAST_UNCERTAINTY"


def sum_of_radii(
    radius_1_m: float | None, source_1: str, radius_2_m: float | None, source_2: str
) -> tuple[float | None, str]:
    """Return the combined radius of two objects in m and where it is from; open where one is missing."""
    if radius_1_m is None or radius_2_m is None:
        return None, ""
    source = source_1 if source_1 == source_2 else f"{source_1} and {source_2}"
    return radius_1_m + radius_2_m, f"{source}, sum of both objects"


def _three(text: str) -> tuple[float, ...] | None:
    numbers = [parse_number(word) for word in text.replace(",", " ").split()]
    values = tuple(n for n in numbers if n is not None)
    return values if len(values) == len(numbers) == _VECTOR_LENGTH else None


def density_sensitivity(fields: Iterable[Field]) -> DensitySensitivity | None:
    """Return the DCP values of one object (keywords of version 2.0, or comments); None unless complete."""
    sigma: float | None = None
    vectors: dict[str, tuple[float, ...] | None] = {}
    for field in fields:
        if field.key == "DENSITY_FORECAST_UNCERTAINTY":
            sigma = parse_number(field.text)
        elif field.key in _DCP_KEYWORDS:
            vectors[_DCP_KEYWORDS[field.key]] = _three(field.text)
        elif field.key == COMMENT:
            if match := _DCP_SIGMA.match(field.text):
                sigma = parse_number(match.group(1))
            elif match := _DCP_VECTOR.match(field.text):
                vectors[match.group(1).lower()] = _three(" ".join(match.groups()[1:]))
    position, velocity = vectors.get("pos"), vectors.get("vel")
    if sigma is None or position is None or velocity is None:
        return None
    return DensitySensitivity(sigma, np.array(position), np.array(velocity))
