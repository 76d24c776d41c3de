"""SGP4 and SDP4 for one object at one time: the strict kernel, and the row of coefficients that it reads.

A transcription of Vallado, Crawford, Hujsak, Kelso, "Revisiting Spacetrack Report #3", AIAA 2006-6753,
with the names of the paper: WGS-72, improved mode ("i"). Angles in rad, times in minutes past the epoch,
lengths in Earth radii inside; km and km/s (TEME of date) outside. The vectorized kernels of
``sgp4_kernels_near`` and ``sgp4_kernels_deep`` hand over to this one where their shortcuts do not hold.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import WGS72_J2, WGS72_J3, WGS72_J4, WGS72_MU_KM3_S2, WGS72_RADIUS_KM
from skypact.orbits.jit import kernel

Floats = NDArray[np.float64]

TWO_PI = 2.0 * math.pi
RADIUS_KM, J2, J4 = WGS72_RADIUS_KM, WGS72_J2, WGS72_J4
J3OJ2 = WGS72_J3 / WGS72_J2
XKE = 60.0 / math.sqrt(WGS72_RADIUS_KM**3 / WGS72_MU_KM3_S2)
"""Square root of mu in Earth radii**1.5 per minute."""
KM_PER_S = RADIUS_KM * XKE / 60.0
TWO_THIRDS = 2.0 / 3.0
TEMP4 = 1.5e-12
"""Stands for 1 + cos(i) where the inclination is 180 deg (the paper's divide-by-zero fix)."""

NEAR, DEEP, SYNCHRONOUS, HALF_DAY = 0, 1, 2, 3
"""Kinds of model: period below 225 minutes; above without resonance; with 24 h; with 12 h resonance."""

ZNS = 1.19459e-5
ZES = 0.01675
ZNL = 1.5835218e-4
ZEL = 0.05490
"""Mean motions (rad/min) and eccentricities of the orbits of Sun and Moon in SDP4."""
RPTIM = 4.37526908801129966e-3
"""Rotation rate of the Earth, rad/min."""
FASX2, FASX4, FASX6 = 0.13130908, 2.8843198, 0.37448087
G22, G32, G44, G52, G54 = 5.7686396, 0.95240898, 1.8014998, 1.0508330, 4.4108898
STEPP = 720.0
"""Step of the resonance integrator in minutes, and half its square:"""
STEP2 = 259200.0
LYDDANE_RAD = 0.2
"""Below this perturbed inclination Lyddane's form of the periodics is used (paper, appendix B)."""
ECC_MIN = 1.0e-6
ECC_SLACK = -0.001
"""The mean eccentricity is raised to the first; below the second it is an error."""
KEPLER_TOLERANCE = 1.0e-12
KEPLER_STEPS = 10
KEPLER_LIMIT = 0.95
"""Newton's method ends below the tolerance (rad) or after so many steps, none longer than the limit."""

# Columns of the row of coefficients. Units: Earth radii, minutes, rad.
KIND = 0  # one of the kinds above; minus the error code where the elements cannot be used
MO, MDOT = 1, 2  # mean anomaly at epoch and its secular rate
ARGPO, ARGPDOT = 3, 4  # argument of perigee, likewise
NODEO, NODEDOT, NODECF = 5, 6, 7  # node, its rate, and its drag term (rad/min**2)
ECCO, INCLO = 8, 9
NO, AO, SQRT_AO = 10, 11, 12  # mean motion without Kozai's correction, its semi-major axis, the root of that
CC1, BCC4, T2COF = 13, 14, 15  # drag: of the axis, of the eccentricity (BSTAR * C4), of the mean longitude
COSIO, SINIO = 16, 17
XLCOF, AYCOF = 18, 19  # long-period periodics
# near-Earth drag; all zero where the perigee is below 220 km ("simplified")
OMGCOF, XMCOF, ETA, DELMO, SINMAO, BCC5 = 20, 21, 22, 23, 24, 25
D2, D3, D4, T3COF, T4COF, T5COF = 26, 27, 28, 29, 30, 31
NEAR_COLUMNS = 32
# deep space: secular rates of Sun and Moon, sidereal time at epoch, their phases at epoch
DEDT, DIDT, DMDT, DNODT, DOMDT, GSTO, ZMOS, ZMOL = 32, 33, 34, 35, 36, 37, 38, 39
# deep space: periodics of the Sun, then of the Moon
SE2, SE3, SI2, SI3, SL2, SL3, SL4, SGH2, SGH3, SGH4, SH2, SH3 = range(40, 52)
EE2, E3, XI2, XI3, XL2, XL3, XL4, XGH2, XGH3, XGH4, XH2, XH3 = range(52, 64)
# resonance: phase at epoch, its rate less the mean motion, and the tesseral terms
XLAMO, XFACT = 64, 65
D2201, D2211, D3210, D3222, D4410, D4422, D5220, D5232, D5421, D5433 = range(66, 76)
DEL1, DEL2, DEL3 = 66, 67, 68  # of the 24 h resonance, in place of the first three
COLUMNS = 76


@kernel
def resonance_rates(row: Floats, atime: float, xli: float, xni: float) -> tuple[float, float, float]:
    """Return xndt, xldot, xnddt of the resonance at an integrator node (procedure dspace)."""
    xldot = xni + row[XFACT]
    if row[KIND] == SYNCHRONOUS:
        a1, a2, a3 = xli - FASX2, 2.0 * (xli - FASX4), 3.0 * (xli - FASX6)
        xndt = row[DEL1] * math.sin(a1) + row[DEL2] * math.sin(a2) + row[DEL3] * math.sin(a3)
        xnddt = row[DEL1] * math.cos(a1) + 2.0 * row[DEL2] * math.cos(a2) + 3.0 * row[DEL3] * math.cos(a3)
        return xndt, xldot, xnddt * xldot
    xomi = row[ARGPO] + row[ARGPDOT] * atime
    x2omi, x2li = xomi + xomi, xli + xli
    xndt = (
        row[D2201] * math.sin(x2omi + xli - G22)
        + row[D2211] * math.sin(xli - G22)
        + row[D3210] * math.sin(xomi + xli - G32)
        + row[D3222] * math.sin(-xomi + xli - G32)
        + row[D4410] * math.sin(x2omi + x2li - G44)
        + row[D4422] * math.sin(x2li - G44)
        + row[D5220] * math.sin(xomi + xli - G52)
        + row[D5232] * math.sin(-xomi + xli - G52)
        + row[D5421] * math.sin(xomi + x2li - G54)
        + row[D5433] * math.sin(-xomi + x2li - G54)
    )
    xnddt = (
        row[D2201] * math.cos(x2omi + xli - G22)
        + row[D2211] * math.cos(xli - G22)
        + row[D3210] * math.cos(xomi + xli - G32)
        + row[D3222] * math.cos(-xomi + xli - G32)
        + row[D5220] * math.cos(xomi + xli - G52)
        + row[D5232] * math.cos(-xomi + xli - G52)
        + 2.0
        * (
            row[D4410] * math.cos(x2omi + x2li - G44)
            + row[D4422] * math.cos(x2li - G44)
            + row[D5421] * math.cos(xomi + x2li - G54)
            + row[D5433] * math.cos(-xomi + x2li - G54)
        )
    )
    return xndt, xldot, xnddt * xldot


@kernel
def resonance(row: Floats, t: float) -> tuple[float, float]:
    """Return the resonant longitude xl and mean motion nm at ``t``: integrated from the epoch, each time."""
    atime = 0.0
    xni = row[NO]
    xli = row[XLAMO]
    delt = STEPP if t > 0.0 else -STEPP
    xndt, xldot, xnddt = resonance_rates(row, atime, xli, xni)
    while abs(t - atime) >= STEPP:
        xli = xli + xldot * delt + xndt * STEP2
        xni = xni + xndt * delt + xnddt * STEP2
        atime = atime + delt
        xndt, xldot, xnddt = resonance_rates(row, atime, xli, xni)
    ft = t - atime
    nm = xni + xndt * ft + xnddt * ft * ft * 0.5
    xl = xli + xldot * ft + xndt * ft * ft * 0.5
    return xl, nm


@kernel
def lunar_solar(row: Floats, t: float) -> tuple[float, float, float, float, float]:
    """Return the long-period periodics pe, pinc, pl, pgh, ph of Sun and Moon (procedure dpper)."""
    zm = row[ZMOS] + ZNS * t
    zf = zm + 2.0 * ZES * math.sin(zm)
    sinzf = math.sin(zf)
    f2 = 0.5 * sinzf * sinzf - 0.25
    f3 = -0.5 * sinzf * math.cos(zf)
    ses = row[SE2] * f2 + row[SE3] * f3
    sis = row[SI2] * f2 + row[SI3] * f3
    sls = row[SL2] * f2 + row[SL3] * f3 + row[SL4] * sinzf
    sghs = row[SGH2] * f2 + row[SGH3] * f3 + row[SGH4] * sinzf
    shs = row[SH2] * f2 + row[SH3] * f3
    zm = row[ZMOL] + ZNL * t
    zf = zm + 2.0 * ZEL * math.sin(zm)
    sinzf = math.sin(zf)
    f2 = 0.5 * sinzf * sinzf - 0.25
    f3 = -0.5 * sinzf * math.cos(zf)
    sel = row[EE2] * f2 + row[E3] * f3
    sil = row[XI2] * f2 + row[XI3] * f3
    sll = row[XL2] * f2 + row[XL3] * f3 + row[XL4] * sinzf
    sghl = row[XGH2] * f2 + row[XGH3] * f3 + row[XGH4] * sinzf
    shl = row[XH2] * f2 + row[XH3] * f3
    return ses + sel, sis + sil, sls + sll, sghs + sghl, shs + shl


@kernel
def perturbed(
    row: Floats, t: float, ep: float, inclp: float, nodep: float, argpp: float, mp: float
) -> tuple[float, float, float, float, float]:
    """Apply the periodics of Sun and Moon to ep, inclp, nodep, argpp, mp (procedure dpper)."""
    pe, pinc, pl, pgh, ph = lunar_solar(row, t)
    inclp = inclp + pinc
    ep = ep + pe
    sinip = math.sin(inclp)
    cosip = math.cos(inclp)
    if inclp >= LYDDANE_RAD:
        ph = ph / sinip
        argpp = argpp + pgh - cosip * ph
        return ep, inclp, nodep + ph, argpp, mp + pl
    sinop = math.sin(nodep)
    cosop = math.cos(nodep)
    alfdp = sinip * sinop + ph * cosop + pinc * cosip * sinop
    betdp = sinip * cosop - ph * sinop + pinc * cosip * cosop
    xnoh = np.fmod(nodep, TWO_PI)
    xls = mp + argpp + cosip * xnoh + (pl + pgh - pinc * xnoh * sinip)
    nodep = math.atan2(alfdp, betdp)
    if abs(xnoh - nodep) > math.pi:
        nodep = nodep + TWO_PI if nodep < xnoh else nodep - TWO_PI
    mp = mp + pl
    return ep, inclp, nodep, xls - mp - cosip * nodep, mp


@kernel
def sgp4_state(row: Floats, minutes: float) -> tuple[int, float, float, float, float, float, float]:
    """Propagate one object to one time.

    Parameters
    ----------
    row
        Its coefficients, shape (COLUMNS,), from :class:`skypact.orbits.sgp4.Sgp4Models`.
    minutes
        Time past the epoch in minutes of UTC (days of 86,400 s); may be negative.

    Returns
    -------
    tuple
        Error code of the paper (0 none, 1 mean eccentricity, 2 mean motion, 3 perturbed eccentricity,
        4 semi-latus rectum, 6 decayed), then x, y, z in km and vx, vy, vz in km/s in TEME; NaN with an error.
    """
    nan = math.nan
    kind = row[KIND]
    if kind < 0.0:
        return int(-kind), nan, nan, nan, nan, nan, nan
    t = minutes
    # secular gravity and drag; the drag terms of higher order are zero in deep space and low perigees
    xmdf = row[MO] + row[MDOT] * t
    argpm = row[ARGPO] + row[ARGPDOT] * t
    t2 = t * t
    nodem = row[NODEO] + row[NODEDOT] * t + row[NODECF] * t2
    tempa = 1.0 - row[CC1] * t
    tempe = row[BCC4] * t
    templ = row[T2COF] * t2
    em = row[ECCO]
    inclm = row[INCLO]
    nm = row[NO]
    mm = xmdf
    if kind == NEAR:
        delmtemp = 1.0 + row[ETA] * math.cos(xmdf)
        temp = row[OMGCOF] * t + row[XMCOF] * (delmtemp * delmtemp * delmtemp - row[DELMO])
        mm = xmdf + temp
        argpm = argpm - temp
        t3 = t2 * t
        t4 = t3 * t
        tempa = tempa - row[D2] * t2 - row[D3] * t3 - row[D4] * t4
        tempe = tempe + row[BCC5] * (math.sin(mm) - row[SINMAO])
        templ = templ + row[T3COF] * t3 + t4 * (row[T4COF] + t * row[T5COF])
        am = row[AO] * tempa * tempa
    else:
        em = em + row[DEDT] * t
        inclm = inclm + row[DIDT] * t
        argpm = argpm + row[DOMDT] * t
        nodem = nodem + row[DNODT] * t
        mm = mm + row[DMDT] * t
        if kind != DEEP:
            theta = np.fmod(row[GSTO] + t * RPTIM, TWO_PI)
            xl, nm = resonance(row, t)
            if kind == HALF_DAY:
                mm = xl - 2.0 * nodem + 2.0 * theta
            else:
                mm = xl - nodem - argpm + theta
        if nm <= 0.0:
            return 2, nan, nan, nan, nan, nan, nan
        am = (XKE / nm) ** TWO_THIRDS * tempa * tempa
    sqrt_am = math.sqrt(am)
    nm = XKE / (am * sqrt_am)
    em = em - tempe
    if em >= 1.0 or em < ECC_SLACK:
        return 1, nan, nan, nan, nan, nan, nan
    em = max(em, ECC_MIN)
    mm = mm + row[NO] * templ
    xlm = mm + argpm + nodem
    nodem = np.fmod(nodem, TWO_PI)
    argpm = np.fmod(argpm, TWO_PI)
    xlm = np.fmod(xlm, TWO_PI)
    mm = np.fmod(xlm - argpm - nodem, TWO_PI)

    # lunar-solar and long-period periodics
    ep, xincp, argpp, nodep, mp = em, inclm, argpm, nodem, mm
    sinip, cosip, aycof, xlcof = row[SINIO], row[COSIO], row[AYCOF], row[XLCOF]
    if kind != NEAR:
        ep, xincp, nodep, argpp, mp = perturbed(row, t, ep, xincp, nodep, argpp, mp)
        if xincp < 0.0:
            xincp = -xincp
            nodep = nodep + math.pi
            argpp = argpp - math.pi
        if ep < 0.0 or ep > 1.0:
            return 3, nan, nan, nan, nan, nan, nan
        sinip = math.sin(xincp)
        cosip = math.cos(xincp)
        aycof = -0.5 * J3OJ2 * sinip
        divisor = cosip + 1.0 if abs(cosip + 1.0) > TEMP4 else TEMP4
        xlcof = -0.25 * J3OJ2 * sinip * (3.0 + 5.0 * cosip) / divisor
    axnl = ep * math.cos(argpp)
    temp = 1.0 / (am * (1.0 - ep * ep))
    aynl = ep * math.sin(argpp) + temp * aycof
    u = np.fmod(mp + argpp + temp * xlcof * axnl, TWO_PI)

    # Kepler's equation
    eo1 = u
    tem5 = 9999.9
    steps = 0
    sineo1 = coseo1 = 0.0
    while abs(tem5) >= KEPLER_TOLERANCE and steps < KEPLER_STEPS:
        sineo1 = math.sin(eo1)
        coseo1 = math.cos(eo1)
        tem5 = (u - aynl * coseo1 + axnl * sineo1 - eo1) / (1.0 - coseo1 * axnl - sineo1 * aynl)
        tem5 = min(max(tem5, -KEPLER_LIMIT), KEPLER_LIMIT)
        eo1 = eo1 + tem5
        steps += 1

    # short-period periodics
    ecose = axnl * coseo1 + aynl * sineo1
    esine = axnl * sineo1 - aynl * coseo1
    el2 = axnl * axnl + aynl * aynl
    pl = am * (1.0 - el2)
    if pl < 0.0:
        return 4, nan, nan, nan, nan, nan, nan
    rl = am * (1.0 - ecose)
    rdotl = sqrt_am * esine / rl
    rvdotl = math.sqrt(pl) / rl
    betal = math.sqrt(1.0 - el2)
    temp = esine / (1.0 + betal)
    sinu = am / rl * (sineo1 - aynl - axnl * temp)
    cosu = am / rl * (coseo1 - axnl + aynl * temp)
    su = math.atan2(sinu, cosu)
    sin2u = (cosu + cosu) * sinu
    cos2u = 1.0 - 2.0 * sinu * sinu
    temp = 1.0 / pl
    temp1 = 0.5 * J2 * temp
    temp2 = temp1 * temp
    cosisq = cosip * cosip
    con41 = 3.0 * cosisq - 1.0
    x1mth2 = 1.0 - cosisq
    x7thm1 = 7.0 * cosisq - 1.0
    mrt = rl * (1.0 - 1.5 * temp2 * betal * con41) + 0.5 * temp1 * x1mth2 * cos2u
    su = su - 0.25 * temp2 * x7thm1 * sin2u
    xnode = nodep + 1.5 * temp2 * cosip * sin2u
    xinc = xincp + 1.5 * temp2 * cosip * sinip * cos2u
    mvt = rdotl - nm * temp1 * x1mth2 * sin2u / XKE
    rvdot = rvdotl + nm * temp1 * (x1mth2 * cos2u + 1.5 * con41) / XKE
    if mrt < 1.0:
        return 6, nan, nan, nan, nan, nan, nan

    # orientation
    sinsu, cossu = math.sin(su), math.cos(su)
    snod, cnod = math.sin(xnode), math.cos(xnode)
    sini, cosi = math.sin(xinc), math.cos(xinc)
    xmx = -snod * cosi
    xmy = cnod * cosi
    ux = xmx * sinsu + cnod * cossu
    uy = xmy * sinsu + snod * cossu
    uz = sini * sinsu
    vx = xmx * cossu - cnod * sinsu
    vy = xmy * cossu - snod * sinsu
    vz = sini * cossu
    mr = mrt * RADIUS_KM
    return (
        0,
        mr * ux,
        mr * uy,
        mr * uz,
        (mvt * ux + rvdot * vx) * KM_PER_S,
        (mvt * uy + rvdot * vy) * KM_PER_S,
        (mvt * uz + rvdot * vz) * KM_PER_S,
    )
