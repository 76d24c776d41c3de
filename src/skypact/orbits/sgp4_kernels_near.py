"""SGP4 in bulk: near-Earth objects, blocks of lanes (see ``sgp4_kernels_lanes``)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.orbits import sgp4_kernels as k
from skypact.orbits import sgp4_kernels_lanes as lane
from skypact.orbits.jit import bulk_kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

W = lane.LANES
T, MM, ARGPM, EM, PER_P = lane.FREE, lane.FREE + 1, lane.FREE + 2, lane.FREE + 3, lane.FREE + 4
"""Rows of scratch: minutes past the epoch, mean anomaly, argument of perigee, eccentricity, 1/p."""
ECC_MIN, ECC_SLACK = k.ECC_MIN, k.ECC_SLACK
NS_PER_MIN, REDO = lane.NS_PER_MIN, lane.REDO
DRAG_MIN, DRAG_MAX = lane.DRAG_MIN, lane.DRAG_MAX
sincos = lane.sincos


@bulk_kernel
def near_elements(c: Floats, epochs: Ints, utc_ns: int, s: Floats, flag: Ints) -> None:
    """Write the elements of a block at a time to scratch: secular terms, drag and long-period periodics.

    Short loops, so that the processor overlaps the chains of sines of several registers.
    """
    for j in range(W):
        t = (utc_ns - epochs[j]) / NS_PER_MIN
        s[T * W + j] = t
        s[lane.SNOD * W + j], s[lane.CNOD * W + j] = sincos(
            c[k.NODEO * W + j] + t * (c[k.NODEDOT * W + j] + t * c[k.NODECF * W + j])
        )
    for j in range(W):
        t = s[T * W + j]
        xmdf = c[k.MO * W + j] + c[k.MDOT * W + j] * t
        _, cosm = sincos(xmdf)
        delm = 1.0 + c[k.ETA * W + j] * cosm
        temp = c[k.OMGCOF * W + j] * t + c[k.XMCOF * W + j] * (delm * delm * delm - c[k.DELMO * W + j])
        argpdf = c[k.ARGPO * W + j] + c[k.ARGPDOT * W + j] * t
        s[MM * W + j] = xmdf + temp
        s[ARGPM * W + j] = argpdf - temp
        s[lane.U * W + j] = xmdf + argpdf
    for j in range(W):
        t = s[T * W + j]
        sinmm, _ = sincos(s[MM * W + j])
        tempa = 1.0 - t * (
            c[k.CC1 * W + j] + t * (c[k.D2 * W + j] + t * (c[k.D3 * W + j] + t * c[k.D4 * W + j]))
        )
        em = c[k.ECCO * W + j] - c[k.BCC4 * W + j] * t - c[k.BCC5 * W + j] * (sinmm - c[k.SINMAO * W + j])
        bits = 1 if em >= 1.0 or em < ECC_SLACK else 0
        flag[j] = bits if tempa > DRAG_MIN and tempa < DRAG_MAX else bits | REDO
        em = max(em, ECC_MIN)
        sqrt_am = c[k.SQRT_AO * W + j] * tempa
        am = sqrt_am * sqrt_am
        s[lane.AM * W + j] = am
        s[lane.SQRT_AM * W + j] = sqrt_am
        s[EM * W + j] = em
        s[PER_P * W + j] = 1.0 / (am * (1.0 - em * em))
    for j in range(W):
        t = s[T * W + j]
        templ = c[k.T3COF * W + j] + t * (c[k.T4COF * W + j] + t * c[k.T5COF * W + j])
        templ = t * t * (c[k.T2COF * W + j] + t * templ)
        em = s[EM * W + j]
        per_p = s[PER_P * W + j]
        sinw, cosw = sincos(s[ARGPM * W + j])
        axnl = em * cosw
        s[lane.AXNL * W + j] = axnl
        s[lane.AYNL * W + j] = em * sinw + per_p * c[k.AYCOF * W + j]
        s[lane.U * W + j] += c[k.NO * W + j] * templ + per_p * c[k.XLCOF * W + j] * axnl


@bulk_kernel
def near_states(
    lanes: Floats, epochs: Ints, rows: Ints, high: NDArray[np.bool_],
    utc_ns: Ints, slots: Ints, coefficients: Floats, out: Floats, strides: Ints, error: Any, first: Any,
) -> None:  # fmt: skip
    """Propagate blocks of near-Earth objects to all times.

    Parameters
    ----------
    lanes, epochs, rows
        Coefficients (blocks, NEAR_COLUMNS * W), epochs (UTC ns) and rows in the tables of their objects
        (blocks, W).
    high
        For each block: whether an eccentricity is above ``LOW_ECC``.
    utc_ns, slots
        The times, and their places in the output.
    coefficients
        Table of all objects, for lanes that are computed again.
    out, strides
        Flat output: component c of object i at slot m is element strides[c] + i strides[6] + m strides[7].
    error, first
        Error codes (objects, slots) and first slot with an error (objects,), filled where there are any.
    """
    s = np.empty(lane.SCRATCH * W)
    flag = np.zeros(W, dtype=np.int64)
    for b in range(lanes.shape[0]):
        c = lanes[b]
        for j in range(W):
            s[lane.SINI * W + j] = c[k.SINIO * W + j]
            s[lane.COSI * W + j] = c[k.COSIO * W + j]
        for m in range(utc_ns.shape[0]):
            near_elements(c, epochs[b], utc_ns[m], s, flag)
            if high[b]:
                lane.kepler_high(s, flag)
            else:
                lane.kepler_low(s, flag)
            if lane.finish(s, flag) != 0:
                lane.repair(s, flag, rows[b], coefficients, epochs[b], utc_ns[m], slots[m], error, first)
            lane.store(s, rows[b], out, slots[m] * strides[7], strides)
