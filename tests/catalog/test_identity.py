"""The digest of an element set: the same numbers give the same digest, whatever the names."""

from __future__ import annotations

import struct
from dataclasses import replace
from hashlib import blake2b

import numpy as np
import pytest

from skypact.catalog.identity import digest_text, element_digests
from tests.catalog.tables import make_table


def test_the_digest_is_blake2b_of_the_documented_bytes() -> None:
    table = make_table([5, 799_500_124], eccentricity=0.1)
    digests = element_digests(table)
    for k in range(2):
        content = struct.pack("<qq", int(table.norad[k]), int(table.epoch_tai_ns[k])) + struct.pack(
            "<9d",
            table.mean_motion_rev_d[k],
            table.eccentricity[k],
            table.inclination_deg[k],
            table.raan_deg[k],
            table.arg_perigee_deg[k],
            table.mean_anomaly_deg[k],
            table.bstar_per_er[k],
            table.mean_motion_dot_rev_d2[k],
            table.mean_motion_ddot_rev_d3[k],
        )
        assert digest_text(int(digests[k])) == blake2b(content, digest_size=8).hexdigest()


def test_names_and_counters_do_not_matter_and_minus_zero_is_zero() -> None:
    table = make_table([5, 6, 7])
    other = replace(
        table,
        object_name=np.array(["A", "B", "C"], dtype=object),
        element_set_no=table.element_set_no + 1,
        rev_at_epoch=table.rev_at_epoch + 1,
        mean_motion_ddot_rev_d3=-np.zeros(3),
    )
    assert (element_digests(table) == element_digests(other)).all()


@pytest.mark.parametrize(
    "column",
    [
        "norad",
        "epoch_tai_ns",
        "mean_motion_rev_d",
        "eccentricity",
        "inclination_deg",
        "raan_deg",
        "arg_perigee_deg",
        "mean_anomaly_deg",
        "bstar_per_er",
        "mean_motion_dot_rev_d2",
        "mean_motion_ddot_rev_d3",
    ],
)
def test_the_least_change_of_any_number_changes_the_digest(column: str) -> None:
    table = make_table([5])
    old = getattr(table, column)
    new = old + 1 if old.dtype == np.int64 else np.nextafter(old, np.inf)
    assert element_digests(table)[0] != element_digests(replace(table, **{column: new}))[0]


def test_no_element_sets_have_no_digests() -> None:
    assert element_digests(make_table([])).shape == (0,)
