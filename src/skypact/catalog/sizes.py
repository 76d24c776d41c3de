"""How large an object is taken to be where nobody told."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.catalog.operators import ObjectKind

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

DEFAULT_RADIUS_M = {
    ObjectKind.PAYLOAD: 3.0,
    ObjectKind.ROCKET_BODY: 4.0,
    ObjectKind.DEBRIS: 0.3,
    ObjectKind.UNKNOWN: 1.0,
}
"""Hard-body radius by kind, rounded up from NASA CARA's estimates of 2024-11-01 (HBRMassEstimates): three
quarters of the debris are below 0.19 m and of the rocket bodies below 4.2 m; of the few payloads listed the
smallest quarter, where most of today's satellites belong, is below 2.4 m."""
DEFAULT_SOURCE = "default by kind"


def filled_radii_m(known_m: Floats, sources: Texts, kinds: Texts) -> tuple[Floats, Texts]:
    """Return radii and where they are from, with defaults where ``known_m`` is NaN; all of shape (n,)."""
    missing = ~np.isfinite(known_m)
    radii, words = known_m.copy(), sources.copy()
    radii[missing] = [DEFAULT_RADIUS_M[kind] for kind in kinds[missing]]
    words[missing] = DEFAULT_SOURCE
    return radii, words
