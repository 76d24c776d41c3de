"""Cells on the sphere of directions, and for each cell the cells that can hold a partner.

The sphere is cut into bands of latitude and each band into cells of longitude. Cells are numbered along
the band, band after band, so that the neighbors of a cell are a few *ranges* of cell numbers. Latitude and
longitude are measured by monotone rational functions (no trigonometry): ``w = z / (|z| + rho)`` and the
"diamond angle" of x and y; the true edges are computed once from their inverses, so nothing is approximate.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from math import asin, atan, atan2, cos, pi, sin

import numpy as np
from numpy.typing import NDArray

QUANTA = 4096
"""Steps of ``w`` from pole to pole: band edges lie on them."""

SCALE_SLACK = 1e-6
"""Part by which cells are widened so that a diamond angle of exactly 4 stays in the last cell."""

EDGE_SLACK_RAD = 2e-5
"""Added to every search angle for the rounding of float32 directions at the edges (1e-7 rad)."""


@dataclass(frozen=True, eq=False)
class SphereCells:
    """A division of the sphere, and the ranges of cells to search from each cell.

    Attributes
    ----------
    quantum_scale, quantum_base
        For each quantum of ``w``, shape (QUANTA + 1,): cells per unit of diamond angle, number of the first
        cell of the band.
    half_offset, half_first, half_stop
        Ranges to search for each cell so that every pair of objects meets exactly once; range k of cell c is
        ``half_offset[c] + k``; the first of them begins with the cell itself.
    full_offset, full_first, full_stop
        Ranges with all neighbors of each cell, for the wider angle.
    """

    quantum_scale: NDArray[np.float32]
    quantum_base: NDArray[np.int32]
    half_offset: NDArray[np.int32]
    half_first: NDArray[np.int32]
    half_stop: NDArray[np.int32]
    full_offset: NDArray[np.int32]
    full_first: NDArray[np.int32]
    full_stop: NDArray[np.int32]

    @property
    def count(self) -> int:
        """Return the number of cells."""
        return int(self.half_offset.shape[0]) - 1


def _latitude_rad(w: float) -> float:
    return atan(w / (1.0 - abs(w))) if abs(w) < 1.0 else pi / 2 * np.sign(w)


def _longitude_rad(diamond: float) -> float:
    """Return the longitude, from -pi/2, of a diamond angle in [0, 4] (unwrapped, monotone)."""
    f = diamond - 1.0
    if f <= 1.0:
        return atan2(f, 1.0 - abs(f))
    f = 2.0 - f
    angle = atan2(f, -(1.0 - abs(f)))
    return angle if angle > 0 or f > 0 else angle + 2 * pi


def _diamond(longitude_rad: float) -> float:
    """Return the diamond angle of a longitude in [-pi/2, 3 pi/2]."""
    x, y = cos(longitude_rad), sin(longitude_rad)
    f = y / (abs(x) + abs(y))
    return f + 1.0 if longitude_rad <= pi / 2 else 3.0 - f


def _band_edges(height_rad: float) -> list[int]:
    """Return the quanta of the band edges, from pole to pole."""
    bands = max(2, int(pi / height_rad))
    edges = [0]
    for k in range(1, bands):
        latitude = -pi / 2 + k * pi / bands
        w = sin(latitude) / (abs(sin(latitude)) + cos(latitude))
        quantum = round((w + 1.0) / 2.0 * QUANTA)
        if quantum > edges[-1]:
            edges.append(quantum)
    return [*edges, QUANTA]


class _Builder:
    """Collects the ranges of all cells for one search angle."""

    def __init__(self, latitudes: list[tuple[float, float]], cells: list[int], base: list[int]) -> None:
        self.latitudes, self.cells, self.base = latitudes, cells, base

    def reach_rad(self, band: int, other: int, angle_rad: float) -> float:
        """Return the largest difference in longitude of two points of the bands within the angle.

        For a point at latitude p the bound is asin(sin(angle) / cos(p)); the smaller bound of both holds.
        """
        highest = min(max(abs(e) for e in self.latitudes[b]) for b in (band, other))
        ratio = sin(angle_rad) / max(cos(highest), 1e-12)
        return pi if ratio >= 1.0 else asin(ratio)

    def lowest_cell(self, band: int, longitude: float) -> int:
        """Return the cell of ``band`` that holds ``longitude``, counted on past the seam or before it."""
        turns = np.floor((longitude + pi / 2) / (2 * pi))
        inside = longitude - turns * 2 * pi
        cell = min(int(_diamond(inside) * self.cells[band] / 4.0), self.cells[band] - 1)
        return int(turns) * self.cells[band] + cell

    def ranges(
        self, band: int, cell: int, other: int, angle_rad: float, right_only: bool
    ) -> list[tuple[int, int]]:
        """Return the ranges of cell numbers in band ``other`` that ``cell`` must look at."""
        n = self.cells[other]
        reach = self.reach_rad(band, other, angle_rad) + EDGE_SLACK_RAD
        if right_only:  # the cell itself and those after it; before it, others look at us
            if reach >= pi / 2:
                return [(self.base[other] + cell, self.base[other] + n)]
            first = cell
        east = _longitude_rad((cell + 1) * 4.0 / self.cells[band])
        west = _longitude_rad(cell * 4.0 / self.cells[band])
        last = self.lowest_cell(other, east + reach)
        if not right_only:
            first = self.lowest_cell(other, west - reach)
        if last - first + 1 >= n:
            return [(self.base[other], self.base[other] + n)]
        pieces = []
        for low, high in ((first, last + 1),):
            for turn in range(low // n, (high - 1) // n + 1):
                a, b = max(low, turn * n) - turn * n, min(high, (turn + 1) * n) - turn * n
                pieces.append((self.base[other] + a, self.base[other] + b))
        return pieces


@lru_cache(maxsize=16)
def sphere_cells(
    angle_rad: float, wide_angle_rad: float, *, bands_per_angle: float, cells_per_angle: float
) -> SphereCells:
    """Divide the sphere to search within ``angle_rad`` (each pair once) and ``wide_angle_rad`` (all).

    ``bands_per_angle`` and ``cells_per_angle`` say how fine the cells are in latitude and longitude. A range
    that wraps round a whole band in a right-only search (near the poles) takes the rest of the band instead,
    so that each pair still meets once.
    """
    edges = _band_edges(angle_rad / bands_per_angle)
    to_w = [2.0 * q / QUANTA - 1.0 for q in edges]
    latitudes = [(_latitude_rad(a), _latitude_rad(b)) for a, b in itertools.pairwise(to_w)]
    width = angle_rad / cells_per_angle
    cells = [
        max(4, int(2 * pi * cos(min(abs(a), abs(b))) / width)) if a * b > 0 else int(2 * pi / width)
        for a, b in latitudes
    ]
    base = [0, *np.cumsum(cells).tolist()]
    builder = _Builder(latitudes, cells, base)
    tables = []
    for angle, half in ((angle_rad, True), (wide_angle_rad, False)):
        offset, first, stop = [0], [], []
        for band, count in enumerate(cells):
            others = [
                b for b in range(band if half else 0, len(cells))
                if latitudes[b][0] - latitudes[band][1] <= angle + EDGE_SLACK_RAD
                and latitudes[band][0] - latitudes[b][1] <= angle + EDGE_SLACK_RAD
            ]  # fmt: skip
            for cell in range(count):
                for other in others:
                    for a, b in builder.ranges(band, cell, other, angle, half and other == band):
                        first.append(a)
                        stop.append(b)
                offset.append(len(first))
        tables.append(tuple(np.array(t, dtype=np.int32) for t in (offset, first, stop)))
    quanta = np.searchsorted(np.array(edges[1:-1]), np.arange(QUANTA + 1), side="right")
    scale = np.array(cells, dtype=np.float64) / 4.0 * (1.0 - SCALE_SLACK)
    return SphereCells(
        scale[quanta].astype(np.float32),
        np.array(base[:-1], dtype=np.int32)[quanta],
        *tables[0],
        *tables[1],
    )
