"""Cells on the sphere of directions, and for each cell the cells that can hold a partner.

The sphere is cut into bands of latitude and each band into cells of longitude. Cells are numbered along
the band, band after band, so that the neighbors of a cell are a few *ranges* of cell numbers. Latitude and
longitude are measured by monotone rational functions (no trigonometry): ``w = z / (|z| + rho)`` and the
"diamond angle" of x and y; the true edges are computed once from their inverses, so nothing is approximate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUANTA = 4096
"""Steps of ``w`` from pole to pole: band edges lie on them."""

SMALL = 1e-12
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


def _latitude_rad(w: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.arctan(w / (1.0 - np.abs(w))))


def _longitude_rad(diamond: Floats) -> Floats:
    """Return longitudes, from -pi/2 to 3 pi/2, of diamond angles in [0, 4]."""
    f = np.where(diamond <= 2.0, diamond - 1.0, 3.0 - diamond)
    x = np.where(diamond <= 2.0, 1.0 - np.abs(f), np.abs(f) - 1.0)
    angle = np.arctan2(f, x)
    return np.where((diamond > 2.0) & (angle < 0.0), angle + 2.0 * np.pi, angle)


def _diamond(longitude_rad: Floats) -> Floats:
    """Return the diamond angles of longitudes in [-pi/2, 3 pi/2]."""
    x, y = np.cos(longitude_rad), np.sin(longitude_rad)
    f = y / (np.abs(x) + np.abs(y))
    return np.asarray(np.where(longitude_rad <= np.pi / 2, f + 1.0, 3.0 - f))


def _band_edges(height_rad: float) -> Ints:
    """Return the quanta of the band edges, from pole to pole."""
    bands = max(2, int(np.pi / height_rad))
    latitude = -np.pi / 2 + np.arange(1, bands) * np.pi / bands
    w = np.sin(latitude) / (np.abs(np.sin(latitude)) + np.cos(latitude))
    inner = np.round((w + 1.0) / 2.0 * QUANTA).astype(np.int64)
    return np.unique(np.concatenate([[0], inner, [QUANTA]]))


@dataclass(frozen=True, eq=False)
class _Bands:
    """The division: latitudes of the edges, cells of longitude and number of the first cell of each band."""

    south_rad: Floats
    north_rad: Floats
    cells: Ints
    base: Ints

    def reach_rad(self, band: int, other: int, angle_rad: float) -> float:
        """Return the largest difference in longitude of two points of the bands within the angle.

        For a point at latitude p the bound is asin(sin(angle) / cos(p)); the smaller bound of both holds.
        """
        highest = [max(abs(self.south_rad[b]), abs(self.north_rad[b])) for b in (band, other)]
        ratio = np.sin(angle_rad) / max(np.cos(min(highest)), SMALL)
        return float(np.pi if ratio >= 1.0 else np.arcsin(ratio))

    def cell_at(self, band: int, longitude_rad: Floats) -> Ints:
        """Return the cells of ``band`` that hold longitudes, counted on past the seam or before it."""
        turns = np.floor((longitude_rad + np.pi / 2) / (2.0 * np.pi))
        inside = _diamond(longitude_rad - turns * 2.0 * np.pi)
        n = int(self.cells[band])
        return np.minimum((inside * n / 4.0).astype(np.int64), n - 1) + turns.astype(np.int64) * n

    def ranges(self, band: int, other: int, angle_rad: float, right_only: bool) -> tuple[Ints, Ints, Ints]:
        """Return (cell, first, stop): the ranges of ``other`` to be searched from the cells of ``band``."""
        n, cell = int(self.cells[other]), np.arange(self.cells[band])
        reach = self.reach_rad(band, other, angle_rad) + EDGE_SLACK_RAD
        if right_only and reach >= np.pi / 2:  # near a pole: all that follow, the others look at us
            return cell, cell, np.full(cell.shape[0], n)
        edges = _longitude_rad(np.arange(self.cells[band] + 1) * 4.0 / self.cells[band])
        first = cell if right_only else self.cell_at(other, edges[:-1] - reach)
        last = self.cell_at(other, edges[1:] + reach)
        whole = last - first + 1 >= n
        first, stop = np.where(whole, 0, first), np.where(whole, n, last + 1)
        turn = first // n
        split = stop > (turn + 1) * n  # the range passes the seam: two pieces
        one = np.where(split, n, stop - turn * n)
        cells = np.concatenate([cell, cell[split]])
        firsts = np.concatenate([first - turn * n, np.zeros(int(split.sum()), dtype=np.int64)])
        return cells, firsts, np.concatenate([one, (stop - (turn + 1) * n)[split]])


@lru_cache(maxsize=16)
def sphere_cells(
    angle_rad: float, wide_angle_rad: float, *, bands_per_angle: float, cells_per_angle: float
) -> SphereCells:
    """Divide the sphere to search within ``angle_rad`` (each pair once) and ``wide_angle_rad`` (all).

    ``bands_per_angle`` and ``cells_per_angle`` say how fine the cells are in latitude and longitude. In the
    cell's own band only the cells from itself on eastward are searched, and of the other bands those to the
    north.
    """
    edges = _band_edges(angle_rad / bands_per_angle)
    latitude = _latitude_rad(2.0 * edges / QUANTA - 1.0)
    south, north = latitude[:-1], latitude[1:]
    lowest = np.where(south * north > 0, np.minimum(np.abs(south), np.abs(north)), 0.0)
    cells = np.maximum(4, (2.0 * np.pi * np.cos(lowest) * cells_per_angle / angle_rad).astype(np.int64))
    bands = _Bands(south, north, cells, np.concatenate([[0], np.cumsum(cells)[:-1]]))
    quanta = np.searchsorted(edges[1:-1], np.arange(QUANTA + 1), side="right")
    scale = cells / 4.0 * (1.0 - SCALE_SLACK)
    half = _table(bands, angle_rad, half=True)
    full = _table(bands, wide_angle_rad, half=False)
    return SphereCells(scale[quanta].astype(np.float32), bands.base[quanta].astype(np.int32), *half, *full)


def _table(bands: _Bands, angle_rad: float, *, half: bool) -> tuple[NDArray[np.int32], ...]:
    """Return (offset, first, stop) of the ranges of all cells; the cell's own range comes first."""
    cells, firsts, stops = [], [], []
    count = bands.cells.shape[0]
    for band in range(count):
        gap = np.maximum(bands.south_rad - bands.north_rad[band], bands.south_rad[band] - bands.north_rad)
        for other in np.flatnonzero(gap <= angle_rad + EDGE_SLACK_RAD):
            if half and other < band:
                continue
            cell, first, stop = bands.ranges(band, int(other), angle_rad, half and other == band)
            cells.append(cell + bands.base[band])
            firsts.append(first + bands.base[other])
            stops.append(stop + bands.base[other])
    cell, first, stop = np.concatenate(cells), np.concatenate(firsts), np.concatenate(stops)
    order = np.argsort(cell, kind="stable")
    offset = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=int(bands.cells.sum())))])
    return tuple(column.astype(np.int32) for column in (offset, first[order], stop[order]))
