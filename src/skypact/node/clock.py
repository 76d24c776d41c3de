"""The present, which the ten rooms are only told."""

from __future__ import annotations

import time

import numpy as np

from skypact.astro.timescales import utc_datetime64_to_tai_ns


def now_tai_ns() -> int:
    """Return the present as TAI ns, by the clock of this machine."""
    return int(utc_datetime64_to_tai_ns(np.array([time.time_ns()], dtype="datetime64[ns]"))[0])
