"""From mean elements to the row of coefficients that the SGP4 kernels read.

A transcription of the procedures initl, dscom, dsinit and sgp4init of Vallado, Crawford, Hujsak, Kelso,
"Revisiting Spacetrack Report #3", AIAA 2006-6753, with its names. Everything that does not depend on the
time is folded into the row (``BCC4`` is BSTAR times C4), and the periodics at epoch (peo, pinco, plo, pgho,
pho), zero by that paper's choice, are left out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.orbits import sgp4_kernels as k
from skypact.orbits.jit import kernel

Floats = NDArray[np.float64]

# globals of a kernel are constants to numba only under plain names
TWO_PI, TWO_THIRDS = k.TWO_PI, k.TWO_THIRDS
XKE, J2, J4, J3OJ2, RADIUS_KM, TEMP4 = k.XKE, k.J2, k.J4, k.J3OJ2, k.RADIUS_KM, k.TEMP4
ZNS, ZES, ZNL, ZEL, RPTIM = k.ZNS, k.ZES, k.ZNL, k.ZEL, k.RPTIM
NEAR, DEEP, SYNCHRONOUS, HALF_DAY = k.NEAR, k.DEEP, k.SYNCHRONOUS, k.HALF_DAY

DEEP_SPACE_PERIOD_MIN = 225.0
"""From this period on SGP4 becomes SDP4."""
SIMPLE_PERIGEE = 220.0 / RADIUS_KM + 1.0
"""Below this perigee (Earth radii) the drag terms of higher order are dropped."""
S_DEFAULT_KM, S_LOW_KM, S_LOW_PERIGEE_KM, S_ALTERED_PERIGEE_KM, Q_KM = 78.0, 20.0, 98.0, 156.0, 120.0
"""Parameters of the density function: its base s, s for perigees under 98 km, altered under 156 km; q0."""
ECC_NO_DRAG = 1.0e-4
"""Orbits rounder than this have no drag terms that depend on the perigee."""
SYNCHRONOUS_FROM, SYNCHRONOUS_TO = 0.0034906585, 0.0052359877
HALF_DAY_FROM, HALF_DAY_TO, HALF_DAY_ECC = 8.26e-3, 9.24e-3, 0.5
"""Mean motions (rad/min) and least eccentricity of the resonances."""
FLAT_RAD = 5.2359877e-2
"""Within 3 deg of the equator Sun and Moon do not turn the node (division by sin i)."""

ERROR_ECCENTRICITY, ERROR_MEAN_MOTION = 1, 2
"""Codes of elements that cannot be used: eccentricity or any number but the mean motion, and the latter."""

ZSINIS, ZCOSIS, ZCOSGS, ZSINGS = 0.39785416, 0.91744867, 0.1945905, -0.98088458
C1SS, C1L = 2.9864797e-6, 4.7968065e-7


@kernel
def gstime(jdut1: float) -> float:
    """Return the Greenwich sidereal time (rad, 0 to 2 pi) of a Julian day, as the paper does."""
    tut1 = (jdut1 - 2451545.0) / 36525.0
    seconds = (
        -6.2e-6 * tut1 * tut1 * tut1
        + 0.093104 * tut1 * tut1
        + (876600.0 * 3600 + 8640184.812866) * tut1
        + 67310.54841
    )
    gst: float = np.fmod(seconds * (math.pi / 180.0) / 240.0, TWO_PI)
    return gst + TWO_PI if gst < 0.0 else gst


@kernel
def third_body(
    zcosg: float, zsing: float, zcosi: float, zsini: float, zcosh: float, zsinh: float, cc: float,
    ecc: float, sinim: float, cosim: float, sinomm: float, cosomm: float, xnoi: float, z: Floats,
) -> tuple[float, float, float, float, float, float, float]:  # fmt: skip
    """Return s1 to s7 of one body and fill z with z1 z2 z3 z11 z12 z13 z21 z22 z23 z31 z32 z33 (dscom)."""
    emsq = ecc * ecc
    betasq = 1.0 - emsq
    rtemsq = math.sqrt(betasq)
    a1 = zcosg * zcosh + zsing * zcosi * zsinh
    a3 = -zsing * zcosh + zcosg * zcosi * zsinh
    a7 = -zcosg * zsinh + zsing * zcosi * zcosh
    a8 = zsing * zsini
    a9 = zsing * zsinh + zcosg * zcosi * zcosh
    a10 = zcosg * zsini
    a2 = cosim * a7 + sinim * a8
    a4 = cosim * a9 + sinim * a10
    a5 = -sinim * a7 + cosim * a8
    a6 = -sinim * a9 + cosim * a10
    x1 = a1 * cosomm + a2 * sinomm
    x2 = a3 * cosomm + a4 * sinomm
    x3 = -a1 * sinomm + a2 * cosomm
    x4 = -a3 * sinomm + a4 * cosomm
    x5 = a5 * sinomm
    x6 = a6 * sinomm
    x7 = a5 * cosomm
    x8 = a6 * cosomm
    z31 = 12.0 * x1 * x1 - 3.0 * x3 * x3
    z32 = 24.0 * x1 * x2 - 6.0 * x3 * x4
    z33 = 12.0 * x2 * x2 - 3.0 * x4 * x4
    z1 = 3.0 * (a1 * a1 + a2 * a2) + z31 * emsq
    z2 = 6.0 * (a1 * a3 + a2 * a4) + z32 * emsq
    z3 = 3.0 * (a3 * a3 + a4 * a4) + z33 * emsq
    z[3] = -6.0 * a1 * a5 + emsq * (-24.0 * x1 * x7 - 6.0 * x3 * x5)
    z[4] = -6.0 * (a1 * a6 + a3 * a5) + emsq * (-24.0 * (x2 * x7 + x1 * x8) - 6.0 * (x3 * x6 + x4 * x5))
    z[5] = -6.0 * a3 * a6 + emsq * (-24.0 * x2 * x8 - 6.0 * x4 * x6)
    z[6] = 6.0 * a2 * a5 + emsq * (24.0 * x1 * x5 - 6.0 * x3 * x7)
    z[7] = 6.0 * (a4 * a5 + a2 * a6) + emsq * (24.0 * (x2 * x5 + x1 * x6) - 6.0 * (x4 * x7 + x3 * x8))
    z[8] = 6.0 * a4 * a6 + emsq * (24.0 * x2 * x6 - 6.0 * x4 * x8)
    z[0] = z1 + z1 + betasq * z31
    z[1] = z2 + z2 + betasq * z32
    z[2] = z3 + z3 + betasq * z33
    z[9], z[10], z[11] = z31, z32, z33
    s3 = cc * xnoi
    s2 = -0.5 * s3 / rtemsq
    s4 = s3 * rtemsq
    s1 = -15.0 * ecc * s4
    return s1, s2, s3, s4, x1 * x3 + x2 * x4, x2 * x3 + x1 * x4, x2 * x4 - x1 * x3


@kernel
def body_rates(
    row: Floats, zn: float, s1: float, s2: float, s3: float, s4: float, s5: float, z: Floats
) -> tuple[float, float, float, float, float]:
    """Return what one body adds per minute to e, i, M, and the sums sgh and sh (dsinit)."""
    emsq = row[k.ECCO] * row[k.ECCO]
    inclm = row[k.INCLO]
    shb = -zn * s2 * (z[6] + z[8])
    if inclm < FLAT_RAD or inclm > math.pi - FLAT_RAD:
        shb = 0.0
    return (
        s1 * zn * s5,
        s2 * zn * (z[3] + z[5]),
        -zn * s3 * (z[0] + z[2] - 14.0 - 6.0 * emsq),
        s4 * zn * (z[9] + z[11] - 6.0),
        shb,
    )


@kernel
def half_day_terms(row: Floats, aonv: float) -> None:
    """Write the ten tesseral coefficients of the 12 h resonance (dsinit)."""
    em = row[k.ECCO]
    emsq = em * em
    eoc = em * emsq
    cosim, sinim = row[k.COSIO], row[k.SINIO]
    cosisq = cosim * cosim
    g201 = -0.306 - (em - 0.64) * 0.440
    if em <= 0.65:
        g211 = 3.616 - 13.2470 * em + 16.2900 * emsq
        g310 = -19.302 + 117.3900 * em - 228.4190 * emsq + 156.5910 * eoc
        g322 = -18.9068 + 109.7927 * em - 214.6334 * emsq + 146.5816 * eoc
        g410 = -41.122 + 242.6940 * em - 471.0940 * emsq + 313.9530 * eoc
        g422 = -146.407 + 841.8800 * em - 1629.014 * emsq + 1083.4350 * eoc
        g520 = -532.114 + 3017.977 * em - 5740.032 * emsq + 3708.2760 * eoc
    else:
        g211 = -72.099 + 331.819 * em - 508.738 * emsq + 266.724 * eoc
        g310 = -346.844 + 1582.851 * em - 2415.925 * emsq + 1246.113 * eoc
        g322 = -342.585 + 1554.908 * em - 2366.899 * emsq + 1215.972 * eoc
        g410 = -1052.797 + 4758.686 * em - 7193.992 * emsq + 3651.957 * eoc
        g422 = -3581.690 + 16178.110 * em - 24462.770 * emsq + 12422.520 * eoc
        if em > 0.715:
            g520 = -5149.66 + 29936.92 * em - 54087.36 * emsq + 31324.56 * eoc
        else:
            g520 = 1464.74 - 4664.75 * em + 3763.64 * emsq
    if em < 0.7:
        g533 = -919.22770 + 4988.6100 * em - 9064.7700 * emsq + 5542.21 * eoc
        g521 = -822.71072 + 4568.6173 * em - 8491.4146 * emsq + 5337.524 * eoc
        g532 = -853.66600 + 4690.2500 * em - 8624.7700 * emsq + 5341.4 * eoc
    else:
        g533 = -37995.780 + 161616.52 * em - 229838.20 * emsq + 109377.94 * eoc
        g521 = -51752.104 + 218913.95 * em - 309468.16 * emsq + 146349.42 * eoc
        g532 = -40023.880 + 170470.89 * em - 242699.48 * emsq + 115605.82 * eoc
    sini2 = sinim * sinim
    f220 = 0.75 * (1.0 + 2.0 * cosim + cosisq)
    f221 = 1.5 * sini2
    f321 = 1.875 * sinim * (1.0 - 2.0 * cosim - 3.0 * cosisq)
    f322 = -1.875 * sinim * (1.0 + 2.0 * cosim - 3.0 * cosisq)
    f441 = 35.0 * sini2 * f220
    f442 = 39.3750 * sini2 * sini2
    f522 = (
        9.84375
        * sinim
        * (sini2 * (1.0 - 2.0 * cosim - 5.0 * cosisq) + 0.33333333 * (-2.0 + 4.0 * cosim + 6.0 * cosisq))
    )
    f523 = sinim * (
        4.92187512 * sini2 * (-2.0 - 4.0 * cosim + 10.0 * cosisq)
        + 6.56250012 * (1.0 + 2.0 * cosim - 3.0 * cosisq)
    )
    f542 = 29.53125 * sinim * (2.0 - 8.0 * cosim + cosisq * (-12.0 + 8.0 * cosim + 10.0 * cosisq))
    f543 = 29.53125 * sinim * (-2.0 - 8.0 * cosim + cosisq * (12.0 + 8.0 * cosim - 10.0 * cosisq))
    root22, root32, root44, root52, root54 = (
        1.7891679e-6,
        3.7393792e-7,
        7.3636953e-9,
        1.1428639e-7,
        2.1765803e-9,
    )
    temp1 = 3.0 * row[k.NO] * row[k.NO] * (aonv * aonv)
    temp = temp1 * root22
    row[k.D2201] = temp * f220 * g201
    row[k.D2211] = temp * f221 * g211
    temp1 = temp1 * aonv
    temp = temp1 * root32
    row[k.D3210] = temp * f321 * g310
    row[k.D3222] = temp * f322 * g322
    temp1 = temp1 * aonv
    temp = 2.0 * temp1 * root44
    row[k.D4410] = temp * f441 * g410
    row[k.D4422] = temp * f442 * g422
    temp1 = temp1 * aonv
    temp = temp1 * root52
    row[k.D5220] = temp * f522 * g520
    row[k.D5232] = temp * f523 * g532
    temp = 2.0 * temp1 * root54
    row[k.D5421] = temp * f542 * g521
    row[k.D5433] = temp * f543 * g533


@kernel
def synchronous_terms(row: Floats, aonv: float) -> None:
    """Write the three tesseral coefficients of the 24 h resonance (dsinit)."""
    q22, q31, q33 = 1.7891679e-6, 2.1460748e-6, 2.2123015e-7
    emsq = row[k.ECCO] * row[k.ECCO]
    cosim, sinim, no = row[k.COSIO], row[k.SINIO], row[k.NO]
    g200 = 1.0 + emsq * (-2.5 + 0.8125 * emsq)
    g310 = 1.0 + 2.0 * emsq
    g300 = 1.0 + emsq * (-6.0 + 6.60937 * emsq)
    f220 = 0.75 * (1.0 + cosim) * (1.0 + cosim)
    f311 = 0.9375 * sinim * sinim * (1.0 + 3.0 * cosim) - 0.75 * (1.0 + cosim)
    f330 = 1.0 + cosim
    f330 = 1.875 * f330 * f330 * f330
    del1 = 3.0 * no * no * aonv * aonv
    row[k.DEL2] = 2.0 * del1 * f220 * g200 * q22
    row[k.DEL3] = 3.0 * del1 * f330 * g300 * q33 * aonv
    row[k.DEL1] = del1 * f311 * g310 * q31 * aonv


@kernel
def deep_space(row: Floats, jd: float, z: Floats) -> None:
    """Write the deep-space part of the row (procedures dscom and dsinit); ``z`` is scratch, shape (24,)."""
    ecco, argpo, nodeo, no = row[k.ECCO], row[k.ARGPO], row[k.NODEO], row[k.NO]
    sinim, cosim = row[k.SINIO], row[k.COSIO]
    emsq = ecco * ecco
    snodm, cnodm = math.sin(nodeo), math.cos(nodeo)
    sinomm, cosomm = math.sin(argpo), math.cos(argpo)

    # lunar orbit at the epoch
    day = (jd - 2433281.5) + 18261.5
    xnodce = np.fmod(4.5236020 - 9.2422029e-4 * day, TWO_PI)
    stem, ctem = math.sin(xnodce), math.cos(xnodce)
    zcosil = 0.91375164 - 0.03568096 * ctem
    zsinil = math.sqrt(1.0 - zcosil * zcosil)
    zsinhl = 0.089683511 * stem / zsinil
    zcoshl = math.sqrt(1.0 - zsinhl * zsinhl)
    gam = 5.8351514 + 0.0019443680 * day
    zx = 0.39785416 * stem / zsinil
    zy = zcoshl * ctem + 0.91744867 * zsinhl * stem
    zx = gam + math.atan2(zx, zy) - xnodce
    zcosgl, zsingl = math.cos(zx), math.sin(zx)
    row[k.ZMOL] = np.fmod(4.7199672 + 0.22997150 * day - gam, TWO_PI)
    row[k.ZMOS] = np.fmod(6.2565837 + 0.017201977 * day, TWO_PI)
    row[k.GSTO] = gstime(jd)

    sun, moon = z[:12], z[12:]
    ss1, ss2, ss3, ss4, ss5, ss6, ss7 = third_body(
        ZCOSGS, ZSINGS, ZCOSIS, ZSINIS, cnodm, snodm, C1SS,
        ecco, sinim, cosim, sinomm, cosomm, 1.0 / no, sun,
    )  # fmt: skip
    s1, s2, s3, s4, s5, s6, s7 = third_body(
        zcosgl, zsingl, zcosil, zsinil,
        zcoshl * cnodm + zsinhl * snodm, snodm * zcoshl - cnodm * zsinhl, C1L,
        ecco, sinim, cosim, sinomm, cosomm, 1.0 / no, moon,
    )  # fmt: skip

    # periodics
    row[k.SE2], row[k.SE3] = 2.0 * ss1 * ss6, 2.0 * ss1 * ss7
    row[k.SI2], row[k.SI3] = 2.0 * ss2 * sun[4], 2.0 * ss2 * (sun[5] - sun[3])
    row[k.SL2], row[k.SL3] = -2.0 * ss3 * sun[1], -2.0 * ss3 * (sun[2] - sun[0])
    row[k.SL4] = -2.0 * ss3 * (-21.0 - 9.0 * emsq) * ZES
    row[k.SGH2], row[k.SGH3] = 2.0 * ss4 * sun[10], 2.0 * ss4 * (sun[11] - sun[9])
    row[k.SGH4] = -18.0 * ss4 * ZES
    row[k.SH2], row[k.SH3] = -2.0 * ss2 * sun[7], -2.0 * ss2 * (sun[8] - sun[6])
    row[k.EE2], row[k.E3] = 2.0 * s1 * s6, 2.0 * s1 * s7
    row[k.XI2], row[k.XI3] = 2.0 * s2 * moon[4], 2.0 * s2 * (moon[5] - moon[3])
    row[k.XL2], row[k.XL3] = -2.0 * s3 * moon[1], -2.0 * s3 * (moon[2] - moon[0])
    row[k.XL4] = -2.0 * s3 * (-21.0 - 9.0 * emsq) * ZEL
    row[k.XGH2], row[k.XGH3] = 2.0 * s4 * moon[10], 2.0 * s4 * (moon[11] - moon[9])
    row[k.XGH4] = -18.0 * s4 * ZEL
    row[k.XH2], row[k.XH3] = -2.0 * s2 * moon[7], -2.0 * s2 * (moon[8] - moon[6])

    # secular rates
    ses, sis, sls, sghs, shs = body_rates(row, ZNS, ss1, ss2, ss3, ss4, ss5, sun)
    sel, sil, sll, sghl, shll = body_rates(row, ZNL, s1, s2, s3, s4, s5, moon)
    row[k.DEDT], row[k.DIDT], row[k.DMDT] = ses + sel, sis + sil, sls + sll
    if sinim != 0.0:
        shs = shs / sinim
    row[k.DOMDT] = sghs - cosim * shs + sghl
    row[k.DNODT] = shs
    if sinim != 0.0:
        row[k.DOMDT] -= cosim / sinim * shll
        row[k.DNODT] += shll / sinim

    # resonance
    theta = np.fmod(row[k.GSTO], TWO_PI)
    aonv = (no / XKE) ** TWO_THIRDS
    if HALF_DAY_FROM <= no <= HALF_DAY_TO and ecco >= HALF_DAY_ECC:
        row[k.KIND] = HALF_DAY
        half_day_terms(row, aonv)
        row[k.XLAMO] = np.fmod(row[k.MO] + nodeo + nodeo - theta - theta, TWO_PI)
        row[k.XFACT] = row[k.MDOT] + row[k.DMDT] + 2.0 * (row[k.NODEDOT] + row[k.DNODT] - RPTIM) - no
    elif SYNCHRONOUS_FROM < no < SYNCHRONOUS_TO:
        row[k.KIND] = SYNCHRONOUS
        synchronous_terms(row, aonv)
        row[k.XLAMO] = np.fmod(row[k.MO] + nodeo + argpo - theta, TWO_PI)
        xpidot = row[k.ARGPDOT] + row[k.NODEDOT]
        row[k.XFACT] = row[k.MDOT] + xpidot - RPTIM + row[k.DMDT] + row[k.DOMDT] + row[k.DNODT] - no


@kernel
def sgp4_row(
    no_kozai: float, ecco: float, inclo: float, nodeo: float, argpo: float, mo: float, bstar: float,
    jd: float, row: Floats, z: Floats,
) -> int:  # fmt: skip
    """Write the coefficients of one object into ``row``, which is zero (procedures initl and sgp4init).

    Returns 0, or the error code of elements that can never be propagated. The row is then zero but for
    ``KIND``, minus the code.
    """
    code = 0
    if not (ecco >= 0.0 and ecco < 1.0 and math.isfinite(inclo + nodeo + argpo + mo + bstar)):
        code = ERROR_ECCENTRICITY
    elif not (no_kozai > 0.0 and math.isfinite(no_kozai)):
        code = ERROR_MEAN_MOTION
    if code != 0:
        row[k.KIND] = -code
        return code

    # remove Kozai's correction from the mean motion
    eccsq = ecco * ecco
    omeosq = 1.0 - eccsq
    rteosq = math.sqrt(omeosq)
    cosio, sinio = math.cos(inclo), math.sin(inclo)
    cosio2 = cosio * cosio
    ak = (XKE / no_kozai) ** TWO_THIRDS
    d1 = 0.75 * J2 * (3.0 * cosio2 - 1.0) / (rteosq * omeosq)
    delta = d1 / (ak * ak)
    adel = ak * (1.0 - delta * delta - delta * (1.0 / 3.0 + 134.0 * delta * delta / 81.0))
    delta = d1 / (adel * adel)
    no = no_kozai / (1.0 + delta)
    if not no > 0.0:
        row[k.KIND] = -ERROR_MEAN_MOTION
        return ERROR_MEAN_MOTION
    ao = (XKE / no) ** TWO_THIRDS
    po = ao * omeosq
    con42 = 1.0 - 5.0 * cosio2
    con41 = -con42 - cosio2 - cosio2
    posq = po * po
    rp = ao * (1.0 - ecco)

    # atmosphere
    sfour = S_DEFAULT_KM
    perige = (rp - 1.0) * RADIUS_KM
    if perige < S_ALTERED_PERIGEE_KM:
        sfour = S_LOW_KM if perige < S_LOW_PERIGEE_KM else perige - S_DEFAULT_KM
    qzms24 = (Q_KM - sfour) / RADIUS_KM
    qzms24 = qzms24 * qzms24 * qzms24 * qzms24
    sfour = sfour / RADIUS_KM + 1.0
    pinvsq = 1.0 / posq
    tsi = 1.0 / (ao - sfour)
    eta = ao * ecco * tsi
    etasq = eta * eta
    eeta = ecco * eta
    psisq = abs(1.0 - etasq)
    coef = qzms24 * math.pow(tsi, 4.0)
    coef1 = coef / psisq**3.5
    cc2 = (
        coef1
        * no
        * (
            ao * (1.0 + 1.5 * etasq + eeta * (4.0 + etasq))
            + 0.375 * J2 * tsi / psisq * con41 * (8.0 + 3.0 * etasq * (8.0 + etasq))
        )
    )
    cc1 = bstar * cc2
    cc3 = -2.0 * coef * tsi * J3OJ2 * no * sinio / ecco if ecco > ECC_NO_DRAG else 0.0
    x1mth2 = 1.0 - cosio2
    cc4 = (
        2.0
        * no
        * coef1
        * ao
        * omeosq
        * (
            eta * (2.0 + 0.5 * etasq)
            + ecco * (0.5 + 2.0 * etasq)
            - J2
            * tsi
            / (ao * psisq)
            * (
                -3.0 * con41 * (1.0 - 2.0 * eeta + etasq * (1.5 - 0.5 * eeta))
                + 0.75 * x1mth2 * (2.0 * etasq - eeta * (1.0 + etasq)) * math.cos(2.0 * argpo)
            )
        )
    )

    # secular rates
    cosio4 = cosio2 * cosio2
    temp1 = 1.5 * J2 * pinvsq * no
    temp2 = 0.5 * temp1 * J2 * pinvsq
    temp3 = -0.46875 * J4 * pinvsq * pinvsq * no
    row[k.MDOT] = (
        no + 0.5 * temp1 * rteosq * con41 + 0.0625 * temp2 * rteosq * (13.0 - 78.0 * cosio2 + 137.0 * cosio4)
    )
    row[k.ARGPDOT] = (
        -0.5 * temp1 * con42
        + 0.0625 * temp2 * (7.0 - 114.0 * cosio2 + 395.0 * cosio4)
        + temp3 * (3.0 - 36.0 * cosio2 + 49.0 * cosio4)
    )
    xhdot1 = -temp1 * cosio
    row[k.NODEDOT] = (
        xhdot1 + (0.5 * temp2 * (4.0 - 19.0 * cosio2) + 2.0 * temp3 * (3.0 - 7.0 * cosio2)) * cosio
    )
    row[k.NODECF] = 3.5 * omeosq * xhdot1 * cc1
    row[k.T2COF] = 1.5 * cc1
    row[k.XLCOF] = (
        -0.25 * J3OJ2 * sinio * (3.0 + 5.0 * cosio) / (1.0 + cosio if abs(cosio + 1.0) > TEMP4 else TEMP4)
    )
    row[k.AYCOF] = -0.5 * J3OJ2 * sinio
    row[k.MO], row[k.ARGPO], row[k.NODEO], row[k.INCLO] = mo, argpo, nodeo, inclo
    row[k.ECCO], row[k.COSIO], row[k.SINIO] = ecco, cosio, sinio
    row[k.NO], row[k.AO], row[k.SQRT_AO] = no, ao, math.sqrt(ao)
    row[k.CC1], row[k.BCC4] = cc1, bstar * cc4
    row[k.KIND] = NEAR

    if TWO_PI / no >= DEEP_SPACE_PERIOD_MIN:
        row[k.KIND] = DEEP
        deep_space(row, jd, z)
    elif rp >= SIMPLE_PERIGEE:
        delmotemp = 1.0 + eta * math.cos(mo)
        row[k.OMGCOF] = bstar * cc3 * math.cos(argpo)
        row[k.XMCOF] = -TWO_THIRDS * coef * bstar / eeta if ecco > ECC_NO_DRAG else 0.0
        row[k.ETA], row[k.DELMO] = eta, delmotemp * delmotemp * delmotemp
        row[k.SINMAO] = math.sin(mo)
        row[k.BCC5] = bstar * (2.0 * coef1 * ao * omeosq * (1.0 + 2.75 * (etasq + eeta) + eeta * etasq))
        cc1sq = cc1 * cc1
        d2 = 4.0 * ao * tsi * cc1sq
        temp = d2 * tsi * cc1 / 3.0
        d3 = (17.0 * ao + sfour) * temp
        d4 = 0.5 * temp * ao * tsi * (221.0 * ao + 31.0 * sfour) * cc1
        row[k.D2], row[k.D3], row[k.D4] = d2, d3, d4
        row[k.T3COF] = d2 + 2.0 * cc1sq
        row[k.T4COF] = 0.25 * (3.0 * d3 + cc1 * (12.0 * d2 + 10.0 * cc1sq))
        row[k.T5COF] = 0.2 * (3.0 * d4 + 12.0 * cc1 * d3 + 6.0 * d2 * d2 + 15.0 * cc1sq * (2.0 * d2 + cc1sq))
    total = 0.0
    for value in row:
        total += value
    if not math.isfinite(total):
        row[:] = 0.0
        row[k.KIND] = -ERROR_ECCENTRICITY
        return ERROR_ECCENTRICITY
    return 0


@kernel
def sgp4_rows(elements: Floats, jd: Floats, rows: Floats, error: Any) -> None:
    """Fill the coefficients ``rows`` (n, COLUMNS), zero before, and ``error`` (n,) of all objects.

    ``elements`` has shape (7, n): Kozai mean motion (rad/min), eccentricity, inclination, node, argument of
    perigee, mean anomaly (rad), BSTAR; ``jd`` is the Julian day (UTC) of the epochs.
    """
    z = np.zeros(24)
    for i in range(rows.shape[0]):
        e = elements[:, i]
        error[i] = sgp4_row(e[0], e[1], e[2], e[3], e[4], e[5], e[6], jd[i], rows[i], z)
