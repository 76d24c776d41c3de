"""SDP4 in bulk: deep-space objects, blocks of lanes (see ``sgp4_kernels_lanes``).

A block holds objects of one kind of resonance. Times come in increasing order, so that the resonance is
integrated once along them, in the same steps of 720 minutes from the epoch as the paper takes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.orbits import sgp4_kernels as k
from skypact.orbits import sgp4_kernels_lanes as lane
from skypact.orbits.jit import bulk_kernel, lane_kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

W = lane.LANES
NS_PER_MIN, REDO = lane.NS_PER_MIN, lane.REDO
DRAG_MIN, DRAG_MAX = lane.DRAG_MIN, lane.DRAG_MAX
TWO_PI, ECC_MIN, ECC_SLACK, LYDDANE_RAD = k.TWO_PI, k.ECC_MIN, k.ECC_SLACK, k.LYDDANE_RAD
TEMP4, J3OJ2, RPTIM, ZNS, ZES, ZNL, ZEL = k.TEMP4, k.J3OJ2, k.RPTIM, k.ZNS, k.ZES, k.ZNL, k.ZEL
STEPP, STEP2 = k.STEPP, k.STEP2
DEEP, SYNCHRONOUS, HALF_DAY = k.DEEP, k.SYNCHRONOUS, k.HALF_DAY
sincos, sincos_small, turned = lane.sincos, lane.sincos_small, lane.turned

# Rows of scratch: time, elements, and what Sun and Moon add to them.
T, MM, ARGPM, NODEM, EM, INCLM, PE, PINC, PL, PGH, PH = range(lane.FREE, lane.FREE + 11)
SCRATCH = max(lane.SCRATCH, lane.FREE + 11)
# Rows of the integrator: its node in time, longitude and mean motion there, and their derivatives.
ATIME, XLI, XNI, XNDT, XLDOT, XNDDT = 0, 1, 2, 3, 4, 5

COS22, SIN22 = math.cos(k.G22), math.sin(k.G22)
COS32, SIN32 = math.cos(k.G32), math.sin(k.G32)
COS44, SIN44 = math.cos(k.G44), math.sin(k.G44)
COS52, SIN52 = math.cos(k.G52), math.sin(k.G52)
COS54, SIN54 = math.cos(k.G54), math.sin(k.G54)
COSX2, SINX2 = math.cos(k.FASX2), math.sin(k.FASX2)
COSX4, SINX4 = math.cos(2.0 * k.FASX4), math.sin(2.0 * k.FASX4)
COSX6, SINX6 = math.cos(3.0 * k.FASX6), math.sin(3.0 * k.FASX6)

MOTION_CHANGE_MAX = 0.02
"""Largest relative change of the mean motion by resonance for which its cube root is a series of 9 terms."""
TURN_MIN = 1.0e-12
"""Smallest sine of the inclination, so to speak, that still has a node."""
RETROGRADE_MIN = 1.0e-4
"""Least 1 + cos i (inclination 179.2 deg): beyond, SDP4 divides rounding errors by almost nothing."""
TAN_PI_8 = 0.41421356237309503
# atan x = x + x**3 (A0 + A1 x**2 ...) for |x| <= tan(pi/8), as the sine above; error 5e-17 before rounding.
A0, A1, A2, A3, A4 = (
    -0.3333333333333325,
    0.19999999999898238,
    -0.1428571426606795,
    0.11111109634672653,
    -0.09090852496984875,
)
A5, A6, A7, A8, A9 = (
    0.07691054071029589,
    -0.06649602209669496,
    0.05736261745056589,
    -0.044831026218406116,
    0.022747352471342214,
)


@lane_kernel
def arc(y: float, x: float) -> float:
    """Return atan2(y, x), without branches."""
    ax, ay = abs(x), abs(y)
    low, high = min(ax, ay), max(ax, ay)
    wide = low > TAN_PI_8 * high
    num = low - high if wide else low
    den = low + high if wide else high
    t = num / den
    z = t * t
    z2 = z * z
    z4 = z2 * z2
    p = (A0 + A1 * z) + z2 * (A2 + A3 * z) + z4 * ((A4 + A5 * z) + z2 * (A6 + A7 * z) + z4 * (A8 + A9 * z))
    angle = t + t * z * p + (0.25 * math.pi if wide else 0.0)
    angle = 0.5 * math.pi - angle if ay > ax else angle
    angle = math.pi - angle if x < 0.0 else angle
    return -angle if y < 0.0 else angle


@lane_kernel
def shifted(s: float, c: float, cos_g: float, sin_g: float) -> tuple[float, float]:
    """Return sine and cosine of an angle less g."""
    return s * cos_g - c * sin_g, c * cos_g + s * sin_g


@lane_kernel
def added(s: float, c: float, s2: float, c2: float) -> tuple[float, float]:
    """Return sine and cosine of the sum of two angles."""
    return s * c2 + c * s2, c * c2 - s * s2


@bulk_kernel
def rates_synchronous(c: Floats, r: Floats) -> None:
    """Write the derivatives of the 24 h resonance at the node of the integrator."""
    for j in range(W):
        s1, c1 = sincos(r[XLI * W + j])
        s2, c2 = added(s1, c1, s1, c1)
        s3, c3 = added(s2, c2, s1, c1)
        s1, c1 = shifted(s1, c1, COSX2, SINX2)
        s2, c2 = shifted(s2, c2, COSX4, SINX4)
        s3, c3 = shifted(s3, c3, COSX6, SINX6)
        del1, del2, del3 = c[k.DEL1 * W + j], c[k.DEL2 * W + j], c[k.DEL3 * W + j]
        xldot = r[XNI * W + j] + c[k.XFACT * W + j]
        r[XLDOT * W + j] = xldot
        r[XNDT * W + j] = del1 * s1 + del2 * s2 + del3 * s3
        r[XNDDT * W + j] = (del1 * c1 + 2.0 * del2 * c2 + 3.0 * del3 * c3) * xldot


@bulk_kernel
def rates_half_day(c: Floats, r: Floats) -> None:
    """Write the derivatives of the 12 h resonance at the node of the integrator."""
    for j in range(W):
        sl, cl = sincos(r[XLI * W + j])
        so, co = sincos(c[k.ARGPO * W + j] + c[k.ARGPDOT * W + j] * r[ATIME * W + j])
        s2o, c2o = added(so, co, so, co)
        s2l, c2l = added(sl, cl, sl, cl)
        s, cc = added(s2o, c2o, sl, cl)
        s, cc = shifted(s, cc, COS22, SIN22)
        d = c[k.D2201 * W + j]
        sine, cosine = d * s, d * cc
        s, cc = shifted(sl, cl, COS22, SIN22)
        d = c[k.D2211 * W + j]
        sine, cosine = sine + d * s, cosine + d * cc
        s, cc = added(so, co, sl, cl)
        s3, c3 = shifted(s, cc, COS32, SIN32)
        s5, c5 = shifted(s, cc, COS52, SIN52)
        d, e = c[k.D3210 * W + j], c[k.D5220 * W + j]
        sine, cosine = sine + d * s3 + e * s5, cosine + d * c3 + e * c5
        s, cc = added(-so, co, sl, cl)
        s3, c3 = shifted(s, cc, COS32, SIN32)
        s5, c5 = shifted(s, cc, COS52, SIN52)
        d, e = c[k.D3222 * W + j], c[k.D5232 * W + j]
        sine, cosine = sine + d * s3 + e * s5, cosine + d * c3 + e * c5
        s, cc = added(s2o, c2o, s2l, c2l)
        s, cc = shifted(s, cc, COS44, SIN44)
        d = c[k.D4410 * W + j]
        sine, twice = sine + d * s, d * cc
        s, cc = shifted(s2l, c2l, COS44, SIN44)
        d = c[k.D4422 * W + j]
        sine, twice = sine + d * s, twice + d * cc
        s, cc = added(so, co, s2l, c2l)
        s, cc = shifted(s, cc, COS54, SIN54)
        d = c[k.D5421 * W + j]
        sine, twice = sine + d * s, twice + d * cc
        s, cc = added(-so, co, s2l, c2l)
        s, cc = shifted(s, cc, COS54, SIN54)
        d = c[k.D5433 * W + j]
        sine, twice = sine + d * s, twice + d * cc
        xldot = r[XNI * W + j] + c[k.XFACT * W + j]
        r[XLDOT * W + j] = xldot
        r[XNDT * W + j] = sine
        r[XNDDT * W + j] = (cosine + 2.0 * twice) * xldot


@bulk_kernel
def restart(c: Floats, r: Floats, all_lanes: bool, s: Floats) -> None:
    """Put the integrator back to the epoch: all lanes, or those that would have to go back in time."""
    for j in range(W):
        atime = r[ATIME * W + j]
        t = s[T * W + j]
        back = all_lanes or t * atime < 0.0 or abs(t) < abs(atime)
        r[ATIME * W + j] = 0.0 if back else atime
        r[XLI * W + j] = c[k.XLAMO * W + j] if back else r[XLI * W + j]
        r[XNI * W + j] = c[k.NO * W + j] if back else r[XNI * W + j]


@bulk_kernel
def advance(kind: int, c: Floats, r: Floats, s: Floats) -> None:
    """Bring the integrator of a block of resonant objects to the last node before the time of each lane."""
    backward = 0
    for j in range(W):
        atime = r[ATIME * W + j]
        t = s[T * W + j]
        backward |= 1 if t * atime < 0.0 or abs(t) < abs(atime) else 0
    if backward:
        restart(c, r, False, s)
        if kind == HALF_DAY:
            rates_half_day(c, r)
        else:
            rates_synchronous(c, r)
    while True:
        moved = 0
        for j in range(W):
            t = s[T * W + j]
            atime = r[ATIME * W + j]
            xli, xni = r[XLI * W + j], r[XNI * W + j]
            behind = abs(t - atime) >= STEPP
            delt = STEPP if t > 0.0 else -STEPP
            r[XLI * W + j] = xli + r[XLDOT * W + j] * delt + r[XNDT * W + j] * STEP2 if behind else xli
            r[XNI * W + j] = xni + r[XNDT * W + j] * delt + r[XNDDT * W + j] * STEP2 if behind else xni
            r[ATIME * W + j] = atime + delt if behind else atime
            moved |= 1 if behind else 0
        if moved == 0:
            return
        if kind == HALF_DAY:
            rates_half_day(c, r)
        else:
            rates_synchronous(c, r)


@bulk_kernel
def secular(c: Floats, s: Floats, flag: Ints) -> None:
    """Write the elements with secular gravity, drag, Sun and Moon."""
    for j in range(W):
        t = s[T * W + j]
        tempa = 1.0 - c[k.CC1 * W + j] * t
        sqrt_am = c[k.SQRT_AO * W + j] * tempa
        s[lane.SQRT_AM * W + j] = sqrt_am
        s[lane.AM * W + j] = sqrt_am * sqrt_am
        em = c[k.ECCO * W + j] + c[k.DEDT * W + j] * t - c[k.BCC4 * W + j] * t
        bits = 1 if em >= 1.0 or em < ECC_SLACK else 0
        flag[j] = bits if tempa > DRAG_MIN and tempa < DRAG_MAX else bits | REDO
        s[EM * W + j] = max(em, ECC_MIN)
        s[INCLM * W + j] = c[k.INCLO * W + j] + c[k.DIDT * W + j] * t
        s[ARGPM * W + j] = c[k.ARGPO * W + j] + c[k.ARGPDOT * W + j] * t + c[k.DOMDT * W + j] * t
        s[NODEM * W + j] = (
            c[k.NODEO * W + j]
            + c[k.NODEDOT * W + j] * t
            + c[k.NODECF * W + j] * t * t
            + c[k.DNODT * W + j] * t
        )
        s[MM * W + j] = (
            c[k.MO * W + j]
            + c[k.MDOT * W + j] * t
            + c[k.DMDT * W + j] * t
            + c[k.NO * W + j] * (c[k.T2COF * W + j] * t * t)
        )


@bulk_kernel
def resonant(kind: int, c: Floats, r: Floats, s: Floats, flag: Ints) -> None:
    """Replace mean anomaly and semi-major axis by those with resonance."""
    bodies = 2.0 if kind == HALF_DAY else 1.0
    for j in range(W):
        t = s[T * W + j]
        ft = t - r[ATIME * W + j]
        xndt = r[XNDT * W + j]
        no = c[k.NO * W + j]
        nm = r[XNI * W + j] + xndt * ft + r[XNDDT * W + j] * ft * ft * 0.5
        xl = r[XLI * W + j] + r[XLDOT * W + j] * ft + xndt * ft * ft * 0.5
        mm = xl + bodies * (c[k.GSTO * W + j] + t * RPTIM - s[NODEM * W + j])
        mm = mm if kind == HALF_DAY else mm - s[ARGPM * W + j]
        s[MM * W + j] = mm + no * (c[k.T2COF * W + j] * t * t)
        x = (nm - no) / no
        root = -91.0 / 729.0 + x * (728.0 / 6561.0 + x * (-1976.0 / 19683.0 + x * (5434.0 / 59049.0)))
        root = -14.0 / 81.0 + x * (35.0 / 243.0 + x * root)
        root = 1.0 + x * (-1.0 / 3.0 + x * (2.0 / 9.0 + x * root))
        sqrt_am = s[lane.SQRT_AM * W + j] * root
        s[lane.SQRT_AM * W + j] = sqrt_am
        s[lane.AM * W + j] = sqrt_am * sqrt_am
        if not abs(x) < MOTION_CHANGE_MAX:
            flag[j] |= REDO


@bulk_kernel
def lunar_solar(c: Floats, s: Floats) -> None:
    """Write the long-period periodics of Sun and Moon."""
    for j in range(W):
        sinzm, coszm = sincos(c[k.ZMOS * W + j] + ZNS * s[T * W + j])
        turn, cosine = sincos_small(2.0 * ZES * sinzm)
        sinzf, coszf = added(sinzm, coszm, turn, cosine)
        f2 = 0.5 * sinzf * sinzf - 0.25
        f3 = -0.5 * sinzf * coszf
        s[PE * W + j] = c[k.SE2 * W + j] * f2 + c[k.SE3 * W + j] * f3
        s[PINC * W + j] = c[k.SI2 * W + j] * f2 + c[k.SI3 * W + j] * f3
        s[PL * W + j] = c[k.SL2 * W + j] * f2 + c[k.SL3 * W + j] * f3 + c[k.SL4 * W + j] * sinzf
        s[PGH * W + j] = c[k.SGH2 * W + j] * f2 + c[k.SGH3 * W + j] * f3 + c[k.SGH4 * W + j] * sinzf
        s[PH * W + j] = c[k.SH2 * W + j] * f2 + c[k.SH3 * W + j] * f3
    for j in range(W):
        sinzm, coszm = sincos(c[k.ZMOL * W + j] + ZNL * s[T * W + j])
        turn, cosine = sincos_small(2.0 * ZEL * sinzm)
        sinzf, coszf = added(sinzm, coszm, turn, cosine)
        f2 = 0.5 * sinzf * sinzf - 0.25
        f3 = -0.5 * sinzf * coszf
        s[PE * W + j] += c[k.EE2 * W + j] * f2 + c[k.E3 * W + j] * f3
        s[PINC * W + j] += c[k.XI2 * W + j] * f2 + c[k.XI3 * W + j] * f3
        s[PL * W + j] += c[k.XL2 * W + j] * f2 + c[k.XL3 * W + j] * f3 + c[k.XL4 * W + j] * sinzf
        s[PGH * W + j] += c[k.XGH2 * W + j] * f2 + c[k.XGH3 * W + j] * f3 + c[k.XGH4 * W + j] * sinzf
        s[PH * W + j] += c[k.XH2 * W + j] * f2 + c[k.XH3 * W + j] * f3


@bulk_kernel
def inclined(s: Floats) -> int:
    """Write inclination and mean anomaly with periodics; return whether any lane needs Lyddane's form."""
    flat = 0
    for j in range(W):
        inclp = s[INCLM * W + j] + s[PINC * W + j]
        s[INCLM * W + j] = inclp
        s[EM * W + j] += s[PE * W + j]
        s[MM * W + j] += s[PL * W + j]
        s[lane.SINI * W + j], s[lane.COSI * W + j] = sincos(inclp)
        flat |= 0 if inclp >= LYDDANE_RAD else 1
    return flat


@bulk_kernel
def apply_directly(s: Floats) -> None:
    """Turn node and perigee by the periodics where the inclination is not small."""
    for j in range(W):
        ph = s[PH * W + j] / s[lane.SINI * W + j]
        s[ARGPM * W + j] += s[PGH * W + j] - s[lane.COSI * W + j] * ph
        s[lane.SNOD * W + j], s[lane.CNOD * W + j] = sincos(s[NODEM * W + j] + ph)


@bulk_kernel
def apply_lyddane(s: Floats, flag: Ints) -> None:
    """Turn node and perigee by the periodics at any inclination: Lyddane's form where it is small.

    The new node lies atan2(ph, sin i + pinc cos i) from the old one, which is what the difference of the
    paper's alfdp and betdp from the old direction comes to; it is within half a turn, as the paper makes it.
    """
    for j in range(W):
        inclp, sinip, cosip = s[INCLM * W + j], s[lane.SINI * W + j], s[lane.COSI * W + j]
        pinc, ph = s[PINC * W + j], s[PH * W + j]
        nodem = s[NODEM * W + j]
        xnoh = nodem - TWO_PI * np.trunc(nodem * (1.0 / TWO_PI))
        side = sinip + pinc * cosip
        direct = inclp >= LYDDANE_RAD
        turn_direct, turn_lyddane = ph / sinip, arc(ph, side)
        turn = turn_direct if direct else turn_lyddane
        bend = 0.0 if direct else pinc * sinip * xnoh
        below = inclp < 0.0
        half_turn = math.pi if below else 0.0
        s[NODEM * W + j] = nodem + turn + half_turn
        s[ARGPM * W + j] += s[PGH * W + j] - cosip * turn - bend - half_turn
        s[lane.SINI * W + j] = -sinip if below else sinip
        if not (direct or side * side + ph * ph > TURN_MIN * TURN_MIN):
            flag[j] |= REDO
    for j in range(W):
        s[lane.SNOD * W + j], s[lane.CNOD * W + j] = sincos(s[NODEM * W + j])


@bulk_kernel
def long_period(s: Floats, flag: Ints) -> None:
    """Write what Kepler's equation takes."""
    for j in range(W):
        ep = s[EM * W + j]
        sinip, cosip = s[lane.SINI * W + j], s[lane.COSI * W + j]
        argpp = s[ARGPM * W + j]
        sinw, cosw = sincos(argpp)
        p = s[lane.AM * W + j] * (1.0 - ep * ep)
        divisor = max(1.0 + cosip, TEMP4)
        both = 1.0 / (p * divisor)
        axnl = ep * cosw
        s[lane.AXNL * W + j] = axnl
        s[lane.AYNL * W + j] = ep * sinw - (both * divisor) * (0.5 * J3OJ2) * sinip
        s[lane.U * W + j] = s[MM * W + j] + argpp - both * (0.25 * J3OJ2) * sinip * (3.0 + 5.0 * cosip) * axnl
        if not (ep >= 0.0 and ep <= 1.0 and divisor > RETROGRADE_MIN):
            flag[j] |= REDO


@bulk_kernel
def deep_states(
    lanes: Floats, epochs: Ints, rows: Ints, kinds: Ints, high: NDArray[np.bool_],
    utc_ns: Ints, slots: Ints, coefficients: Floats, out: Floats, strides: Ints,
    error: Any, first: Any,
) -> None:  # fmt: skip
    """Propagate blocks of deep-space objects to all times, which increase.

    As :func:`skypact.orbits.sgp4_kernels_near.near_states`; ``lanes`` has COLUMNS * W columns, and ``kinds``
    names the resonance of each block.
    """
    s = np.empty(SCRATCH * W)
    r = np.empty(6 * W)
    flag = np.zeros(W, dtype=np.int64)
    for b in range(lanes.shape[0]):
        c = lanes[b]
        kind = kinds[b]
        if kind != DEEP:
            restart(c, r, True, s)
            if kind == HALF_DAY:
                rates_half_day(c, r)
            else:
                rates_synchronous(c, r)
        for m in range(utc_ns.shape[0]):
            for j in range(W):
                s[T * W + j] = (utc_ns[m] - epochs[b, j]) / NS_PER_MIN
            secular(c, s, flag)
            if kind != DEEP:
                advance(kind, c, r, s)
                resonant(kind, c, r, s, flag)
            lunar_solar(c, s)
            if inclined(s) != 0:
                apply_lyddane(s, flag)
            else:
                apply_directly(s)
            long_period(s, flag)
            if high[b]:
                lane.kepler_high(s, flag)
            else:
                lane.kepler_low(s, flag)
            if lane.finish(s, flag) != 0:
                lane.repair(s, flag, rows[b], coefficients, epochs[b], utc_ns[m], slots[m], error, first)
            lane.store(s, rows[b], out, slots[m] * strides[7], strides)
