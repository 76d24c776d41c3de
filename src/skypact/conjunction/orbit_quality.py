"""The quality of the orbit behind a covariance: what must be read before any probability.

A conjunction message tells how each orbit was made. Nothing here changes a probability; it says how much the
covariance that went into it deserves belief.
"""

from __future__ import annotations

from dataclasses import dataclass

from skypact.astro.timescales import NS_PER_DAY
from skypact.formats.cdm_values import CdmObject

WEIGHTED_RMS_RANGE = (0.5, 2.0)
"""Residuals over the noise of the sensors: far above one the dynamics were not met, far below it the noise
was overstated, and the covariance with it."""
USED_PART_MIN = 0.8
"""Part of the observations that the fit accepted; with less, it threw away what did not suit it."""
OBSERVATIONS_MIN = 20
"""With fewer observations six parameters and a drag term are hardly determined."""
SPANS_AHEAD_MAX = 1.5
"""Prediction over the span of the fit; farther ahead, drag and its variation are guessed."""


@dataclass(frozen=True)
class OrbitQuality:
    """What a message says of the orbit of one object; ``None`` where it does not."""

    name: str
    last_observation_tai_ns: int | None
    age_d: float
    """Days from the last observation to closest approach; from the creation of the message where it does not
    give the last observation (``age_known`` is then false)."""
    age_known: bool
    obs_used: int | None
    obs_available: int | None
    weighted_rms: float | None
    od_span_d: float | None
    residuals_accepted_percent: float | None
    doubts: tuple[str, ...]
    """Reasons not to believe the covariance, a phrase each; empty where none is known."""

    def words(self) -> str:
        """Say it in one line."""
        parts = []
        if self.obs_used is not None:
            available = "" if self.obs_available is None else f" of {self.obs_available}"
            parts.append(f"{self.obs_used}{available} observations")
        if self.weighted_rms is not None:
            parts.append(f"weighted RMS {self.weighted_rms:.2f}")
        if self.od_span_d is not None:
            parts.append(f"fit over {self.od_span_d:.1f} d")
        since = "last observation" if self.age_known else "message (last observation not stated)"
        parts.append(f"{since} {self.age_d:.1f} d before")
        doubts = "; doubtful: " + ", ".join(self.doubts) if self.doubts else ""
        return f"{self.name}: {', '.join(parts)}{doubts}"


def orbit_quality(item: CdmObject, *, tca_tai_ns: int, creation_tai_ns: int) -> OrbitQuality:
    """Collect what a message says of one object's orbit, and doubt what deserves it."""
    last = item.time_lastob_end_tai_ns
    age_d = (tca_tai_ns - (creation_tai_ns if last is None else last)) / NS_PER_DAY
    doubts = []
    if item.weighted_rms is not None and not (
        WEIGHTED_RMS_RANGE[0] <= item.weighted_rms <= WEIGHTED_RMS_RANGE[1]
    ):
        doubts.append(f"weighted RMS {item.weighted_rms:.2f} is far from 1")
    if item.obs_used is not None and item.obs_used < OBSERVATIONS_MIN:
        doubts.append(f"only {item.obs_used} observations")
    if item.obs_used is not None and item.obs_available:
        used = item.obs_used / item.obs_available
        if used < USED_PART_MIN:
            doubts.append(f"only {used:.0%} of the observations used")
    if item.actual_od_span_d and age_d > SPANS_AHEAD_MAX * item.actual_od_span_d:
        doubts.append(f"predicted {age_d / item.actual_od_span_d:.1f} times its fit span ahead")
    if item.covariance_method not in {"CALCULATED", ""}:
        doubts.append(f"covariance {item.covariance_method}")
    return OrbitQuality(
        name=item.object_name or item.designator,
        last_observation_tai_ns=last,
        age_d=age_d,
        age_known=last is not None,
        obs_used=item.obs_used,
        obs_available=item.obs_available,
        weighted_rms=item.weighted_rms,
        od_span_d=item.actual_od_span_d,
        residuals_accepted_percent=item.residuals_accepted_percent,
        doubts=tuple(doubts),
    )
