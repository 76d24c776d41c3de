"""When two element sets are the same one: a digest of the numbers, whatever the notation they came in."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from skypact.formats.elements import ElementTable

DIGEST_BYTES = 8
"""Length of a digest: among 10**9 sets of *one object and epoch* two would agree by chance once in 40
runs."""


def element_digests(table: ElementTable) -> NDArray[np.int64]:
    """Return a digest of each element set, shape (n,), that depends on its numbers only.

    The digest is BLAKE2b (8 bytes, read as little-endian int64) over 88 bytes: catalog number and epoch
    (TAI ns) as little-endian int64, then mean motion, eccentricity, inclination, right ascension, argument of
    perigee, mean anomaly, B*, and the two derivatives of the mean motion as little-endian float64, -0 as
    0, in the units of :class:`~skypact.formats.elements.ElementTable`. Names, classification, element set and
    revolution numbers are left out: providers differ in them for one and the same set of elements.
    """
    record = np.empty(len(table), dtype=[("key", "<i8", (2,)), ("elements", "<f8", (9,))], order="C")
    record["key"][:, 0] = table.norad
    record["key"][:, 1] = table.epoch_tai_ns
    columns = (
        table.mean_motion_rev_d,
        table.eccentricity,
        table.inclination_deg,
        table.raan_deg,
        table.arg_perigee_deg,
        table.mean_anomaly_deg,
        table.bstar_per_er,
        table.mean_motion_dot_rev_d2,
        table.mean_motion_ddot_rev_d3,
    )
    for k, column in enumerate(columns):
        record["elements"][:, k] = column + 0.0
    content, width = record.tobytes(), record.dtype.itemsize
    digests = [
        blake2b(content[start : start + width], digest_size=DIGEST_BYTES).digest()
        for start in range(0, len(content), width)
    ]
    return np.frombuffer(b"".join(digests), dtype="<i8").astype(np.int64)


def digest_text(digest: int) -> str:
    """Write a digest as people see it: 16 hexadecimal digits."""
    return digest.to_bytes(DIGEST_BYTES, "little", signed=True).hex()
