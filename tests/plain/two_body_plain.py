"""Two-body orbits in closed form, for tests of interpolation."""

from __future__ import annotations

import numpy as np

MU_KM3_S2 = 398600.4418


def two_body(
    time_s: np.ndarray, semi_major_km: float, eccentricity: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Position, velocity, acceleration (n, 3) each, of an inclined orbit with perigee at time zero."""
    motion = np.sqrt(MU_KM3_S2 / semi_major_km**3)
    mean = motion * time_s
    anomaly = mean + eccentricity * np.sin(mean)
    for _ in range(50):
        anomaly -= (anomaly - eccentricity * np.sin(anomaly) - mean) / (1 - eccentricity * np.cos(anomaly))
    root = np.sqrt(1 - eccentricity**2)
    rate = motion / (1 - eccentricity * np.cos(anomaly))
    axes = np.array([[0.6, 0.8, 0.0], [-0.8 * 0.5, 0.6 * 0.5, np.sqrt(0.75)]])
    position = semi_major_km * np.stack([np.cos(anomaly) - eccentricity, root * np.sin(anomaly)], 1) @ axes
    velocity = semi_major_km * np.stack([-np.sin(anomaly) * rate, root * np.cos(anomaly) * rate], 1) @ axes
    radius = np.linalg.norm(position, axis=1)[:, None]
    return position, velocity, -MU_KM3_S2 * position / radius**3
