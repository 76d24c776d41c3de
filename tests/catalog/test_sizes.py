"""Radii are what somebody told, else a default that says so."""

from __future__ import annotations

import numpy as np

from skypact.catalog.operators import ObjectKind
from skypact.catalog.sizes import DEFAULT_RADIUS_M, DEFAULT_SOURCE, filled_radii_m


def test_what_is_known_stays_and_the_rest_is_filled_by_kind() -> None:
    known = np.array([7.5, np.nan, np.nan, np.nan, np.nan])
    sources = np.array(["owner kr.kasi", "", "", "", ""], dtype=object)
    kinds = np.array([ObjectKind.DEBRIS, *ObjectKind], dtype=object)
    radii, words = filled_radii_m(known, sources, kinds)
    assert radii.tolist() == [7.5, *(DEFAULT_RADIUS_M[kind] for kind in ObjectKind)]
    assert words.tolist() == ["owner kr.kasi", *[DEFAULT_SOURCE] * 4]
    assert np.isnan(known[1])  # the input is not changed
