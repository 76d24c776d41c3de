"""The twin of our SGP4: PyPI ``sgp4`` (Vallado's own C++, by B. Rhodes), and element tables as it reads them.

It is independent of our kernels and of our readers: numbers are cut from the lines here, by column.
"""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import sgp4
from sgp4 import omm
from sgp4.api import Satrec, SatrecArray

from skypact.astro.timescales import NS_PER_DAY, tai_ns_to_utc_jd, utc_ns_to_tai_ns
from skypact.formats.elements import ElementTable

VERIFICATION = Path(sgp4.__file__).parent
"""Folder with SGP4-VER.TLE and tcppver.out of AIAA 2006-6753."""


@dataclass(frozen=True)
class Twin:
    """One object as the sgp4 package has it, and its elements in the units of the message."""

    satellite: Satrec
    elements: tuple[float, ...]
    """Mean motion, eccentricity, inclination, node, perigee, mean anomaly, BSTAR."""

    @staticmethod
    def of_tle(first: str, second: str) -> Twin:
        satellite = Satrec.twoline2rv(first[:69], second[:69])
        elements = (
            float(second[52:63]),
            float("0." + second[26:33].replace(" ", "0")),
            *(float(second[a:b]) for a, b in ((8, 16), (17, 25), (34, 42), (43, 51))),
            satellite.bstar,  # its product of mantissa and power of ten is off by a last bit
        )
        return Twin(satellite, elements)

    @staticmethod
    def of_omm(fields: dict[str, str]) -> Twin:
        satellite = Satrec()
        omm.initialize(satellite, fields)
        names = (
            "MEAN_MOTION", "ECCENTRICITY", "INCLINATION", "RA_OF_ASC_NODE", "ARG_OF_PERICENTER",
            "MEAN_ANOMALY", "BSTAR",
        )  # fmt: skip
        return Twin(satellite, tuple(float(fields[name]) for name in names))


def read_catalog(path: Path, every: int = 1) -> list[Twin]:
    """Read every so manieth object of a gzipped catalog (OMM CSV, or TLE with or without names)."""
    text = gzip.decompress(path.read_bytes()).decode("utf-8-sig", errors="replace")
    if ".csv" in path.name:
        return [Twin.of_omm(fields) for fields in list(csv.DictReader(io.StringIO(text)))[::every]]
    lines = [line.rstrip() for line in text.splitlines()]
    pairs = [(a, b) for a, b in pairwise(lines) if a.startswith("1 ") and b.startswith("2 ")]
    return [Twin.of_tle(a, b) for a, b in pairs[::every]]


def epoch_utc_ns(satellite: Satrec) -> int:
    """Return the epoch that the sgp4 package counts minutes from."""
    half_days = round((satellite.jdsatepoch - 2451545.0) * 2.0)
    return half_days * (NS_PER_DAY // 2) + round(satellite.jdsatepochF * NS_PER_DAY)


def elements_of(twins: list[Twin]) -> ElementTable:
    """Return the elements as our table."""
    n = len(twins)
    columns = np.array([twin.elements for twin in twins], dtype=np.float64).reshape(n, 7).T
    utc_ns = np.array([epoch_utc_ns(twin.satellite) for twin in twins], dtype=np.int64)
    texts = np.full(n, "", dtype=object)
    zeros, ints = np.zeros(n), np.zeros(n, dtype=np.int64)
    return ElementTable(
        norad=np.array([twin.satellite.satnum for twin in twins], dtype=np.int64),
        epoch_tai_ns=utc_ns_to_tai_ns(utc_ns),
        mean_motion_rev_d=columns[0],
        eccentricity=columns[1],
        inclination_deg=columns[2],
        raan_deg=columns[3],
        arg_perigee_deg=columns[4],
        mean_anomaly_deg=columns[5],
        bstar_per_er=columns[6],
        mean_motion_dot_rev_d2=zeros,
        mean_motion_ddot_rev_d3=zeros,
        object_name=texts,
        object_id=texts,
        classification=texts,
        ephemeris_type=ints,
        element_set_no=ints,
        rev_at_epoch=ints,
        line=ints,
    )


def propagate_plain(twins: list[Twin], tai_ns: Any) -> tuple[Any, Any, Any]:
    """Return error (n, m), position_km and velocity_km_s (n, m, 3) by the sgp4 package."""
    jd, fraction = tai_ns_to_utc_jd(tai_ns)
    return SatrecArray([twin.satellite for twin in twins]).sgp4(jd, fraction)
