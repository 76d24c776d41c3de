"""What the bulk SGP4 kernels share: lanes, sine and cosine, Kepler's equation, from elements to states.

A block is ``LANES`` objects side by side. Every intermediate quantity of a block at one time is a row of
``LANES`` values in one scratch array, and every step is a loop over the lanes without branches or calls,
which LLVM turns into vector code. Formulas are those of ``sgp4_kernels``, rearranged so that angles near a
known one are turned by short polynomials and no inverse trigonometric function is needed. Where a lane leaves
the range in which a shortcut is exact to about 1e-15, it is flagged ``REDO`` and computed again by
``sgp4_state``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.orbits.jit import bulk_kernel, kernel, lane_kernel
from skypact.orbits.sgp4_kernels import J2, KM_PER_S, RADIUS_KM, sgp4_state

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LANES = 64
"""Objects in a block: eight registers of eight doubles. With 16 or 32 the loops are too short to pay (a fifth
slower, measured); with more the scratch rows leave the first cache."""
NS_PER_MIN = 6.0e10

# Rows of scratch: mean to perturbed elements ...
AM, SQRT_AM, AXNL, AYNL, U = 0, 1, 2, 3, 4
SNOD, CNOD, SINI, COSI = 5, 6, 7, 8
SINE, COSE = 9, 10  # of the eccentric longitude
OUT = 11  # ... and the state: rows OUT to OUT + 5
FREE = 17  # rows for what comes between, used again by each step
SINU, COSU, TEMP1, TEMP2, NM, MRT, MVT, RVDOT, BETAL = 17, 18, 19, 20, 21, 22, 23, 24, 25
GUESS = 17
SCRATCH = 26

GOOD, REDO, DECAYED = 0, 16, 6
"""Flags of a lane: fine, to be computed by the scalar kernel, or an error code."""

PI_HIGH = 3.1415926218032837
PI_LOW = 3.1786509424591713e-08
"""The double nearest pi as a sum; the first has 27 bits, so that its products are exact up to 1e8 rad.
SGP4 reduces angles by this rounded pi, hence so do we."""
INVERSE_PI = 1.0 / math.pi
ROUNDER = 6755399441055744.0
"""1.5 * 2**52: adding and subtracting it rounds to an integer."""

# sin x = x + x**3 (S0 + S1 x**2 ...), cos x = 1 - x**2/2 + x**4 (C0 + C1 x**2 ...) for |x| <= pi/2, by
# interpolation at Chebyshev nodes in x**2 (60 digits); errors 3.6e-17 and 6.7e-17 before rounding.
S0, S1, S2, S3 = -0.16666666666666666, 0.008333333333333316, -0.00019841269841254955, 2.755731921915843e-06
S4, S5, S6, S7 = (
    -2.5052107616384595e-08,
    1.6058977272815506e-10,
    -7.643969031052769e-13,
    2.731428986122616e-15,
)
C0, C1, C2, C3 = 0.04166666666666666, -0.0013888888888884763, 2.4801587298910888e-05, -2.7557318572848315e-07
C4, C5, C6 = 2.0876681513907184e-09, -1.1466250478536745e-11, 4.64640971522779e-14
# The same for |x| <= 0.27; errors 1.1e-16 and 2.4e-18.
Q0, Q1, Q2, Q3 = -0.16666666666666113, 0.008333333330907685, -0.00019841253206465711, 2.752080941385188e-06
R0, R1, R2, R3 = 0.041666666666666206, -0.001388888888686725, 2.4801573437584352e-05, -2.7526891589084936e-07

LOW_ECC = 0.2
"""Up to this eccentricity one step of Kepler's equation from a series is exact; the first guess is then off
by at most 8e-4 rad and the step leaves its fourth power times 1e-2, measured 4e-15."""
LOW_STEP_RAD = 1.0e-3
HIGH_ECC = 0.92
HIGH_STEP_RAD = 6.0e-4
"""Above, two steps: the last one must be shorter than this. Eccentricities above 0.92 are left to the scalar
kernel."""
DRAG_MIN, DRAG_MAX = 0.5, 2.0
"""Outside this range of the factor of the semi-major axis by drag the object decayed long ago (or was higher
than ever): the polynomials of SGP4 then amplify rounding, and the scalar kernel is nearest to other codes."""
ANGLE_MAX_RAD = 1.0e7
"""Longitudes beyond it (objects that decayed long ago) are not for our range reduction."""
SHORT_PERIOD_MAX = 2.0e-3
"""Largest J2/(2 p**2) for which the short-period turns (a few times it) are polynomials of degree 4."""


@kernel
def fill_lanes(coefficients: Floats, rows: Any, lanes: Floats) -> None:
    """Write the coefficients of each row side by side: (blocks, columns * LANES), column after column."""
    columns = lanes.shape[1] // LANES
    for b in range(rows.shape[0]):
        for j in range(LANES):
            row = coefficients[rows[b, j]]
            for c in range(columns):
                lanes[b, c * LANES + j] = row[c]


@lane_kernel
def sincos(x: float) -> tuple[float, float]:
    """Return sine and cosine for |x| < 1e8 with an absolute error below 2e-16, besides that of pi rounded."""
    k = (x * INVERSE_PI + ROUNDER) - ROUNDER
    r = (x - k * PI_HIGH) - k * PI_LOW
    half = 0.5 * k
    sign = 1.0 - 4.0 * (half - np.floor(half))
    z = r * r
    z2 = z * z
    z4 = z2 * z2
    s = (S0 + S1 * z) + z2 * (S2 + S3 * z) + z4 * ((S4 + S5 * z) + z2 * (S6 + S7 * z))
    c = (C0 + C1 * z) + z2 * (C2 + C3 * z) + z4 * ((C4 + C5 * z) + z2 * C6)
    s = r + r * z * s
    c = 1.0 - 0.5 * z + z2 * c
    return sign * s, sign * c


@lane_kernel
def sincos_small(x: float) -> tuple[float, float]:
    """Return sine and cosine for |x| <= 0.27."""
    z = x * x
    s = x + x * z * (Q0 + z * (Q1 + z * (Q2 + z * Q3)))
    c = 1.0 - 0.5 * z + z * z * (R0 + z * (R1 + z * (R2 + z * R3)))
    return s, c


@lane_kernel
def turned(s: float, c: float, x: float) -> tuple[float, float]:
    """Return sine and cosine of an angle, given by both, after a turn by |x| < 0.005."""
    z = x * x
    sx = x - x * z * (1.0 / 6.0)
    cx = 1.0 - 0.5 * z + z * z * (1.0 / 24.0)
    return s * cx + c * sx, c * cx - s * sx


@lane_kernel
def kepler_step(axnl: float, aynl: float, d: float, se: float, ce: float) -> float:
    """Return the step to the root of Kepler's equation at E = u + d, of fourth order."""
    esine = axnl * se - aynl * ce
    ecose = axnl * ce + aynl * se
    r = 1.0 / (1.0 - ecose)
    x = (esine - d) * r
    a = 0.5 * esine * r
    b = ecose * r * (1.0 / 6.0)
    return x * (1.0 - x * (a - x * (2.0 * a * a - b)))


@bulk_kernel
def kepler_low(s: Floats, flag: Ints) -> None:
    """Solve Kepler's equation of a block with eccentricities below ``LOW_ECC``."""
    for j in range(LANES):
        s[SINE * LANES + j], s[COSE * LANES + j] = sincos(s[U * LANES + j])
    for j in range(LANES):
        axnl, aynl = s[AXNL * LANES + j], s[AYNL * LANES + j]
        su, cu = s[SINE * LANES + j], s[COSE * LANES + j]
        es = axnl * su - aynl * cu
        ec = axnl * cu + aynl * su
        d = es * (1.0 + ec + ec * ec - 0.5 * es * es)
        sd, cd = sincos_small(d)
        se = su * cd + cu * sd
        ce = cu * cd - su * sd
        x = kepler_step(axnl, aynl, d, se, ce)
        s[SINE * LANES + j], s[COSE * LANES + j] = turned(se, ce, x)
        round_enough = es * es + ec * ec <= LOW_ECC * LOW_ECC
        if not (abs(x) < LOW_STEP_RAD and round_enough and abs(s[U * LANES + j]) < ANGLE_MAX_RAD):
            flag[j] |= REDO


@bulk_kernel
def kepler_high(s: Floats, flag: Ints) -> None:
    """Solve Kepler's equation of a block with any eccentricities."""
    for j in range(LANES):
        axnl, aynl = s[AXNL * LANES + j], s[AYNL * LANES + j]
        u = s[U * LANES + j]
        su, cu = sincos(u)
        es = axnl * su - aynl * cu
        ec = axnl * cu + aynl * su
        el2 = axnl * axnl + aynl * aynl
        s[GUESS * LANES + j] = es / math.sqrt(1.0 - 2.0 * ec + el2)
        if not (el2 < HIGH_ECC * HIGH_ECC and abs(u) < ANGLE_MAX_RAD):
            flag[j] |= REDO
    for j in range(LANES):
        axnl, aynl = s[AXNL * LANES + j], s[AYNL * LANES + j]
        d = s[GUESS * LANES + j]
        se, ce = sincos(s[U * LANES + j] + d)
        s[GUESS * LANES + j] = d + kepler_step(axnl, aynl, d, se, ce)
    for j in range(LANES):
        axnl, aynl = s[AXNL * LANES + j], s[AYNL * LANES + j]
        d = s[GUESS * LANES + j]
        se, ce = sincos(s[U * LANES + j] + d)
        x = kepler_step(axnl, aynl, d, se, ce)
        s[SINE * LANES + j], s[COSE * LANES + j] = turned(se, ce, x)
        if not abs(x) < HIGH_STEP_RAD:
            flag[j] |= REDO


@bulk_kernel
def finish(s: Floats, flag: Ints) -> int:
    """Add the short-period periodics and write the states; return all flags of the block together."""
    for j in range(LANES):
        am, sqrt_am = s[AM * LANES + j], s[SQRT_AM * LANES + j]
        axnl, aynl = s[AXNL * LANES + j], s[AYNL * LANES + j]
        se, ce = s[SINE * LANES + j], s[COSE * LANES + j]
        ecose = axnl * ce + aynl * se
        esine = axnl * se - aynl * ce
        betal2 = 1.0 - (axnl * axnl + aynl * aynl)
        betal = math.sqrt(betal2)
        q = 1.0 - ecose
        onep = 1.0 + betal
        # one division for the reciprocals of q, 1 + betal, pl and the root of am
        pl = am * betal2
        q_onep = q * onep
        pl_root = pl * sqrt_am
        all_four = 1.0 / (q_onep * pl_root)
        per_q_onep = all_four * pl_root
        per_pl_root = all_four * q_onep
        per_q = per_q_onep * onep
        per_pl = per_pl_root * sqrt_am
        per_root = per_pl_root * pl
        temp = esine * (per_q_onep * q)
        sinu = (se - aynl - axnl * temp) * per_q
        cosu = (ce - axnl + aynl * temp) * per_q
        speed = per_root * per_q
        s[SINU * LANES + j], s[COSU * LANES + j] = sinu, cosu
        s[TEMP1 * LANES + j] = (0.5 * J2) * per_pl
        s[TEMP2 * LANES + j] = (0.5 * J2) * per_pl * per_pl
        s[NM * LANES + j] = per_root * per_root * per_root
        s[MRT * LANES + j] = am * q
        s[MVT * LANES + j] = speed * esine
        s[RVDOT * LANES + j] = speed * betal
        s[BETAL * LANES + j] = betal
    for j in range(LANES):
        sinu, cosu = s[SINU * LANES + j], s[COSU * LANES + j]
        temp1, temp2 = s[TEMP1 * LANES + j], s[TEMP2 * LANES + j]
        sinip, cosip = s[SINI * LANES + j], s[COSI * LANES + j]
        sin2u = (cosu + cosu) * sinu
        cos2u = 1.0 - 2.0 * sinu * sinu
        cosisq = cosip * cosip
        con41 = 3.0 * cosisq - 1.0
        x1mth2 = 1.0 - cosisq
        nm_temp1 = s[NM * LANES + j] * temp1
        mrt = s[MRT * LANES + j] * (1.0 - 1.5 * temp2 * s[BETAL * LANES + j] * con41)
        mrt = mrt + 0.5 * temp1 * x1mth2 * cos2u
        mr = mrt * RADIUS_KM
        mvt = (s[MVT * LANES + j] - nm_temp1 * x1mth2 * sin2u) * KM_PER_S
        rvdot = (s[RVDOT * LANES + j] + nm_temp1 * (x1mth2 * cos2u + 1.5 * con41)) * KM_PER_S
        sinsu, cossu = turned(sinu, cosu, -0.25 * temp2 * (7.0 * cosisq - 1.0) * sin2u)
        half = 1.5 * temp2 * cosip
        snod, cnod = turned(s[SNOD * LANES + j], s[CNOD * LANES + j], half * sin2u)
        sini, cosi = turned(sinip, cosip, half * sinip * cos2u)
        xmx = -snod * cosi
        xmy = cnod * cosi
        ux = xmx * sinsu + cnod * cossu
        uy = xmy * sinsu + snod * cossu
        uz = sini * sinsu
        s[OUT * LANES + j] = mr * ux
        s[(OUT + 1) * LANES + j] = mr * uy
        s[(OUT + 2) * LANES + j] = mr * uz
        s[(OUT + 3) * LANES + j] = mvt * ux + rvdot * (xmx * cossu - cnod * sinsu)
        s[(OUT + 4) * LANES + j] = mvt * uy + rvdot * (xmy * cossu - snod * sinsu)
        s[(OUT + 5) * LANES + j] = mvt * uz + rvdot * (sini * cossu)
        bits = flag[j]
        if not temp2 < SHORT_PERIOD_MAX:
            bits |= REDO
        if mrt < 1.0:
            bits |= DECAYED
        flag[j] = bits
    together = 0
    for j in range(LANES):
        together |= flag[j]
    return together


@kernel
def repair(
    s: Floats, flag: Ints, rows: Ints, coefficients: Floats, epochs: Ints, utc_ns: int, slot: int,
    error: Any, first: Any,
) -> None:  # fmt: skip
    """Give flagged lanes of a block the state of the scalar kernel, or NaN and their error code."""
    for j in range(LANES):
        bits = flag[j]
        if bits == GOOD:
            continue
        row = rows[j]
        if bits & REDO:
            state = sgp4_state(coefficients[row], (utc_ns - epochs[j]) / NS_PER_MIN)
            code = state[0]
            s[OUT * LANES + j] = state[1]
            s[(OUT + 1) * LANES + j] = state[2]
            s[(OUT + 2) * LANES + j] = state[3]
            s[(OUT + 3) * LANES + j] = state[4]
            s[(OUT + 4) * LANES + j] = state[5]
            s[(OUT + 5) * LANES + j] = state[6]
        else:
            code = 1 if bits & 1 else DECAYED
            for c in range(6):
                s[(OUT + c) * LANES + j] = math.nan
        if code != 0:
            error[row, slot] = code
            first[row] = min(first[row], slot)


@kernel
def store(s: Floats, rows: Ints, out: Floats, at: int, strides: Ints) -> None:
    """Copy the states of a block to flat ``out``: object i, component c to at + i strides[6] + strides[c]."""
    for j in range(LANES):
        start = np.uint64(at + rows[j] * strides[6])
        for c in range(6):
            out[start + np.uint64(strides[c])] = s[(OUT + c) * LANES + j]
