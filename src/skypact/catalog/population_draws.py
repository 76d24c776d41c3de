"""Random numbers that are the same on every machine and with every version of NumPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TO_UNIT = 2.0**-53


class Draws:
    """A stream of draws made from the raw bits of PCG64, whose output NumPy guarantees (NEP 19).

    Parameters
    ----------
    seed
        Any integer >= 0.
    stream
        Name of the part that draws: parts with names of their own do not disturb each other.
    """

    def __init__(self, seed: int, stream: str) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, *stream.encode()]))

    def uniform(self, count: int, low: float = 0.0, high: float = 1.0) -> Floats:
        """Return ``count`` values in [low, high)."""
        raw = np.asarray(self._bits.random_raw(count), dtype=np.uint64) >> np.uint64(11)
        return np.asarray(low + (high - low) * (raw.astype(np.float64) * _TO_UNIT), dtype=np.float64)

    def normal(self, count: int, mean: float | Floats = 0.0, sigma: float | Floats = 1.0) -> Floats:
        """Return ``count`` normal values (Box and Muller 1958)."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(count)))
        return np.asarray(mean + sigma * radius * np.cos(2.0 * np.pi * self.uniform(count)), dtype=np.float64)

    def rayleigh(self, count: int, scale: float) -> Floats:
        """Return ``count`` Rayleigh values with mode ``scale``."""
        return np.asarray(scale * np.sqrt(-2.0 * np.log1p(-self.uniform(count))), dtype=np.float64)

    def exponential(self, count: int, mean: float) -> Floats:
        """Return ``count`` exponential values."""
        return np.asarray(-mean * np.log1p(-self.uniform(count)), dtype=np.float64)

    def choice(self, count: int, weights: Sequence[float]) -> Ints:
        """Return ``count`` indices, drawn with these weights."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        place = np.searchsorted(edges, self.uniform(count) * edges[-1], side="right")
        return np.asarray(np.minimum(place, len(weights) - 1), dtype=np.int64)

    def mixture(self, count: int, parts: Sequence[tuple[float, float, float]]) -> Floats:
        """Return ``count`` values of a mixture of normals, given as (mean, sigma, weight)."""
        which = self.choice(count, [p[2] for p in parts])
        mean = np.array([p[0] for p in parts])[which]
        return self.normal(count, mean, np.array([p[1] for p in parts])[which])

    def direction(self, count: int) -> Floats:
        """Return ``count`` unit vectors, evenly over the sphere; shape (count, 3)."""
        z = self.uniform(count, -1.0, 1.0)
        angle = self.uniform(count, 0.0, 2.0 * np.pi)
        flat = np.sqrt(1.0 - z * z)
        return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1)
