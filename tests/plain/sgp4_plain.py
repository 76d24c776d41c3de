"""The twin of our SGP4: PyPI ``sgp4`` (Vallado's own C++, by B. Rhodes), and element tables made from it.

It is independent of our kernels and of our readers: the elements are those that ``sgp4`` itself parsed.
"""

from __future__ import annotations

import csv
import gzip
import io
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


def read_catalog(path: Path) -> list[Satrec]:
    """Read a gzipped catalog (OMM CSV or TLE, with or without names) with the sgp4 package alone."""
    text = gzip.decompress(path.read_bytes()).decode("utf-8-sig", errors="replace")
    if ".csv" in path.name:
        found = []
        for fields in csv.DictReader(io.StringIO(text)):
            satellite = Satrec()
            omm.initialize(satellite, fields)
            found.append(satellite)
        return found
    lines = [line.rstrip() for line in text.splitlines()]
    return [
        Satrec.twoline2rv(first, second)
        for first, second in pairwise(lines)
        if first.startswith("1 ") and second.startswith("2 ")
    ]


def elements_of(satellites: list[Satrec]) -> ElementTable:
    """Return the elements that the sgp4 package holds as our table."""

    def column(name: str) -> Any:
        return np.array([getattr(s, name) for s in satellites], dtype=np.float64)

    n = len(satellites)
    half_days = np.round((column("jdsatepoch") - 2451545.0) * 2.0).astype(np.int64)
    utc_ns = half_days * (NS_PER_DAY // 2) + np.round(column("jdsatepochF") * NS_PER_DAY).astype(np.int64)
    texts = np.full(n, "", dtype=object)
    zeros = np.zeros(n)
    ints = np.zeros(n, dtype=np.int64)
    return ElementTable(
        norad=np.array([s.satnum for s in satellites], dtype=np.int64),
        epoch_tai_ns=utc_ns_to_tai_ns(utc_ns),
        mean_motion_rev_d=column("no_kozai") * 1440.0 / (2.0 * np.pi),
        eccentricity=column("ecco"),
        inclination_deg=np.degrees(column("inclo")),
        raan_deg=np.degrees(column("nodeo")),
        arg_perigee_deg=np.degrees(column("argpo")),
        mean_anomaly_deg=np.degrees(column("mo")),
        bstar_per_er=column("bstar"),
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


def propagate_plain(satellites: list[Satrec], tai_ns: Any) -> tuple[Any, Any, Any]:
    """Return error (n, m), position_km and velocity_km_s (n, m, 3) by the sgp4 package."""
    jd, fraction = tai_ns_to_utc_jd(tai_ns)
    return SatrecArray(satellites).sgp4(jd, fraction)
