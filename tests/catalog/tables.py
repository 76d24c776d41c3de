"""Small element tables for tests, made from invented numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skypact.astro.timescales import NS_PER_DAY, parse_utc
from skypact.formats.elements import ElementTable

T0_TAI_NS = parse_utc("2024-11-01T00:00:00Z")


def at_day(day: float) -> int:
    """Return the TAI ns of ``day`` days after 2024-11-01T00:00:00Z."""
    return T0_TAI_NS + round(day * NS_PER_DAY)


def make_table(
    norad: Sequence[int],
    *,
    epoch_d: float | Sequence[float] = 0.0,
    names: Sequence[str] | None = None,
    mean_motion_rev_d: float | Sequence[float] = 15.0,
    eccentricity: float | Sequence[float] = 0.001,
    extra: dict[str, list[str | None]] | None = None,
    seed: int = 0,
) -> ElementTable:
    """Make a table of plausible element sets; epochs in days after :data:`T0_TAI_NS`."""
    n = len(norad)
    draw = np.random.default_rng(seed)
    numbers = np.array(norad, dtype=np.int64)
    epochs = np.broadcast_to(np.asarray(epoch_d, dtype=float), (n,))
    text = np.empty(n, dtype=object)
    text[:] = [f"OBJECT {k}" for k in norad] if names is None else list(names)
    designators = np.empty(n, dtype=object)
    designators[:] = [f"2020-{k % 1000:03d}A" for k in norad]
    marks = np.empty(n, dtype=object)
    marks[:] = "U"
    return ElementTable(
        norad=numbers,
        epoch_tai_ns=np.array([at_day(d) for d in epochs], dtype=np.int64),
        mean_motion_rev_d=np.array(np.broadcast_to(mean_motion_rev_d, (n,)), dtype=float),
        eccentricity=np.array(np.broadcast_to(eccentricity, (n,)), dtype=float),
        inclination_deg=draw.uniform(0, 100, n).round(4),
        raan_deg=draw.uniform(0, 360, n).round(4),
        arg_perigee_deg=draw.uniform(0, 360, n).round(4),
        mean_anomaly_deg=draw.uniform(0, 360, n).round(4),
        bstar_per_er=draw.normal(0, 1e-4, n).round(9),
        mean_motion_dot_rev_d2=draw.normal(0, 1e-5, n).round(8),
        mean_motion_ddot_rev_d3=np.zeros(n),
        object_name=text,
        object_id=designators,
        classification=marks,
        ephemeris_type=np.zeros(n, dtype=np.int64),
        element_set_no=np.full(n, 999, dtype=np.int64),
        rev_at_epoch=np.arange(n, dtype=np.int64),
        line=np.arange(2, n + 2, dtype=np.int64),
        extra=extra or {},
    )
