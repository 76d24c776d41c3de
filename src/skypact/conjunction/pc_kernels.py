"""Kernels of the short-encounter (2D) probabilities: encounter plane, Foster, Chan, Alfano.

All take plain floats or arrays in one length unit (km by convention); nothing is checked here.
:mod:`skypact.conjunction.pc_short_term` checks, names and cites.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.orbits.jit import inline_kernel, kernel

Floats = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_SQRT1_2 = math.sqrt(0.5)
_SQRT1_PI = 1.0 / math.sqrt(math.pi)
_SQRT1_2PI = 1.0 / math.sqrt(2.0 * math.pi)

_SERIES_REACH = 0.2
"""Largest half width times (1 + distance), in sqrt(2) sigma, for the Taylor series: error below 1e-12."""
_STRIPS = (8, 16, 32, 64)
_STRIPS_REACH = (1.0, 10.0, 45.0, 200.0)
"""Largest steepness of the exponent for 8, 16, 32, 64 strips; the relative error measured there is below 1e-9
(40,000 random planes against the adaptive rule); beyond it panels are halved."""
_HALF_TABLES = [(np.arange(n // 2) + 0.5) * np.pi / n for n in _STRIPS]
_COSINES = np.concatenate([np.cos(a) for a in _HALF_TABLES])
_SINES = np.concatenate([np.sin(a) for a in _HALF_TABLES])
_ADAPTIVE_TOLERANCE = 1e-10
"""Relative difference between one panel and its two halves at which halving stops."""
_EXPONENT_SPAN = 46.0
"""exp(-46) = 1e-20: strips of the disk below this fraction of the highest are left out."""
_EXPONENT_MAX = 2000.0
"""Chan's series is summed to here (bodies of 63 sigmas); beyond it the answer is zero or one."""
_CHAN_TERMS = 6000
"""More terms than exponents up to the largest need."""
_NEGLIGIBLE = 1e-17
"""Terms of a series below this part of its sum are below rounding."""
_TAIL_CANCELS = 1e-3
"""Below this a Poisson tail is summed afresh instead of by subtraction."""
_GOLDEN = 0.6180339887498949
_GOLDEN_STEPS = 28
"""Narrows a range of e**4.5 to a relative 6e-6 of sigma; at a maximum Pc is then good to 1e-10."""
_SEARCH_BELOW = 3.0
_SEARCH_ABOVE = 1.5
"""Natural logarithms below and above the small-body optimum d / (sqrt(2) aspect) that are searched."""
_PIECES = 8
"""Panels that the range is cut into before halving."""
_NARROWEST_RAD = 1e-9
"""A panel narrower than this is not halved again."""
_ROUGH = 1e-3
"""Largest relative change between two passes; the second pass measures its tolerance by the first."""
_STACK = 64
"""Halvings kept at once; deeper than 2**-60 of the range is below rounding."""


@inline_kernel
def _strip(y_mid: float, half: float, sigma_y: float) -> float:
    """Mass of N(0, sigma_y) within y_mid +- half, without cancellation."""
    w = half * _SQRT1_2 / sigma_y
    c = abs(y_mid) * _SQRT1_2 / sigma_y
    if w * (1.0 + c) < _SERIES_REACH:
        w2 = w * w
        c2 = c * c
        t1 = (4.0 * c2 - 2.0) / 6.0
        t2 = ((16.0 * c2 - 48.0) * c2 + 12.0) / 120.0
        t3 = (((64.0 * c2 - 480.0) * c2 + 720.0) * c2 - 120.0) / 5040.0
        t4 = ((((256.0 * c2 - 3584.0) * c2 + 13440.0) * c2 - 13440.0) * c2 + 1680.0) / 362880.0
        series = 1.0 + w2 * (t1 + w2 * (t2 + w2 * (t3 + w2 * t4)))
        mass = 2.0 * w * _SQRT1_PI * math.exp(-c2) * series
    elif c - w > 0.0:
        mass = 0.5 * (math.erfc(c - w) - math.erfc(c + w))
    else:
        mass = 0.5 * (math.erf(c + w) - math.erf(c - w))
    return mass


@kernel
def _panel(x_m: float, y_m: float, s_x: float, s_y: float, radius: float, low: float, high: float) -> float:
    """Integrate the strips of the disk over the angle low..high, x = radius sin(angle), by 16 nodes."""
    half = 0.5 * (high - low)
    middle = 0.5 * (high + low)
    total = 0.0
    for k in range(_NODES.shape[0]):
        angle = middle + half * _NODES[k]
        cosine = math.cos(angle)
        d = (radius * math.sin(angle) - x_m) / s_x
        total += _WEIGHTS[k] * cosine * math.exp(-0.5 * d * d) * _strip(y_m, radius * cosine, s_y)
    return total * half * radius * _SQRT1_2PI / s_x


@kernel
def _even_strips(
    x_m: float, y_m: float, s_x: float, s_y: float, radius: float, first: int, count: int
) -> float:
    """Sum strips of the disk at equal steps of the angle; each pair at +-x shares its inner integral."""
    total = 0.0
    for k in range(first, first + count):
        cosine = _COSINES[k]
        x = radius * _SINES[k]
        below = (x + x_m) / s_x
        above = (x - x_m) / s_x
        pair = math.exp(-0.5 * below * below) + math.exp(-0.5 * above * above)
        total += cosine * pair * _strip(y_m, radius * cosine, s_y)
    return total * 0.5 * math.pi / count * radius * _SQRT1_2PI / s_x


@kernel
def _halved_panels(
    plane: tuple[float, float, float, float], radius: float, first: float, last: float, scale: float
) -> float:
    """Integrate over the angle first..last, halving panels until two halves agree to a part of ``scale``."""
    x_m, y_m, s_x, s_y = plane
    lows, highs, values = np.empty(_STACK), np.empty(_STACK), np.empty(_STACK)
    width = (last - first) / _PIECES
    for k in range(_PIECES):
        lows[k] = first + k * width
        highs[k] = lows[k] + width
        values[k] = _panel(x_m, y_m, s_x, s_y, radius, lows[k], highs[k])
    if scale <= 0.0:
        scale = values[:_PIECES].sum()
    depth = _PIECES
    total = 0.0
    while depth > 0:
        depth -= 1
        low, high, whole = lows[depth], highs[depth], values[depth]
        middle = 0.5 * (low + high)
        left = _panel(x_m, y_m, s_x, s_y, radius, low, middle)
        right = _panel(x_m, y_m, s_x, s_y, radius, middle, high)
        agree = abs(left + right - whole) <= _ADAPTIVE_TOLERANCE * scale
        if agree or depth + 2 > _STACK or high - low < _NARROWEST_RAD:
            total += left + right
        else:
            lows[depth], highs[depth], values[depth] = low, middle, left
            lows[depth + 1], highs[depth + 1], values[depth + 1] = middle, high, right
            depth += 2
    return total


@kernel
def foster_1992(x_m: float, y_m: float, s_x: float, s_y: float, radius: float) -> float:
    """Mass of the normal density N((x_m, y_m), diag(s_x^2, s_y^2)) in the disk of ``radius`` around 0.

    The outer integral runs over the angle, so that the square-root ends of the disk vanish; the inner one
    is closed. In the angle the integrand is periodic and entire, so that equal steps converge faster than
    any Gauss rule; only for disks much wider than the density are panels halved instead.
    """
    r2 = radius * radius
    least = 1.0 / (min(s_x, s_y) ** 2)
    steepness = radius * math.hypot(x_m / (s_x * s_x), y_m / (s_y * s_y)) + 0.5 * r2 * least
    first_strip = 0
    for level in range(len(_STRIPS)):
        if steepness < _STRIPS_REACH[level]:
            return _even_strips(x_m, y_m, s_x, s_y, radius, first_strip, _STRIPS[level] // 2)
        first_strip += _STRIPS[level] // 2
    quarter = 0.5 * math.pi
    # the highest exponent on some strip bounds how far out in x a strip can still matter
    highest = -np.inf
    for k in range(_PIECES * 4 + 1):
        angle = quarter * (k / (_PIECES * 2) - 1.0)
        gap = max(0.0, abs(y_m) - radius * math.cos(angle)) / s_y
        d = (radius * math.sin(angle) - x_m) / s_x
        highest = max(highest, -0.5 * (d * d + gap * gap))
    reach = s_x * math.sqrt(2.0 * (_EXPONENT_SPAN - highest))
    first = math.asin(min(1.0, max(-1.0, (x_m - reach) / radius)))
    last = math.asin(max(-1.0, min(1.0, (x_m + reach) / radius)))
    plane = (x_m, y_m, s_x, s_y)
    total = _halved_panels(plane, radius, first, last, 0.0)
    rough = 0.0
    while (
        abs(total - rough) > _ROUGH * total
    ):  # the first scale can be far too large: panels see a narrow peak
        rough = total
        total = _halved_panels(plane, radius, first, last, rough)
    return min(total, 1.0)


@kernel
def alfano_2005(x_m: float, y_m: float, s_x: float, s_y: float, radius: float) -> float:
    """Simpson's one-third rule over x, error functions over y (Alfano 2005, equations 6 to 15).

    ``s_x`` must be the minor axis. Number of terms and shifted end point are the paper's.
    """
    shortest = min(s_x, s_y)
    distance = math.hypot(x_m, y_m)
    if distance > 0.0:
        shortest = min(shortest, distance)
    terms = int(min(max(5.0 * radius / shortest, 10.0), 50.0))
    dx = radius / (2.0 * terms)
    q = _SQRT1_2 / s_y
    total = 0.0
    for k in range(2 * terms):
        x = k * dx - radius if k > 0 else 0.015 * dx - radius
        weight = 4.0 if k % 2 == 1 else 2.0
        y = math.sqrt(radius * radius - x * x)
        below = math.exp(-0.5 * ((x_m + x) / s_x) ** 2)
        above = math.exp(-0.5 * ((x_m - x) / s_x) ** 2)
        total += weight * (math.erf((y_m + y) * q) - math.erf((y_m - y) * q)) * (below + above)
    strip = math.erf((y_m + radius) * q) - math.erf((y_m - radius) * q)
    total += 2.0 * strip * math.exp(-0.5 * (x_m / s_x) ** 2)
    return total * dx / (3.0 * math.sqrt(8.0 * math.pi) * s_x)


@kernel
def chan_1997(x_m: float, y_m: float, s_x: float, s_y: float, radius: float) -> float:
    """Chan's equivalent-area series: an ellipse becomes a circle of the same area (Rician integral)."""
    u = 0.5 * radius * radius / (s_x * s_y)
    v = 0.5 * ((x_m / s_x) ** 2 + (y_m / s_y) ** 2)
    if v > _EXPONENT_MAX or u > _EXPONENT_MAX:
        return 1.0 if u > v else 0.0
    # sum over m of Poisson(m; v) times the upper tail of Poisson(.; u) beyond m
    log_v, log_u = math.log(v) if v > 0.0 else -np.inf, math.log(u)
    poisson_v = -v
    poisson_u = -u
    tail = -math.expm1(-u)
    total = math.exp(-v) * tail
    for m in range(1, _CHAN_TERMS):
        log_m = math.log(m)
        poisson_u += log_u - log_m
        poisson_v += log_v - log_m
        mass = math.exp(poisson_u)
        tail = _poisson_tail(u, m, mass) if tail < _TAIL_CANCELS else tail - mass
        term = math.exp(poisson_v) * tail
        total += term
        if m > v and term <= _NEGLIGIBLE * total:
            break
    return min(total, 1.0)


@kernel
def _poisson_tail(u: float, m: int, poisson_u: float) -> float:
    """Probability that a Poisson count of mean u exceeds m, summed upwards (no cancellation)."""
    term = poisson_u
    total = 0.0
    k = m
    while True:
        k += 1
        term *= u / k
        total += term
        if term <= _NEGLIGIBLE * total or k > m + _CHAN_TERMS:
            return total


@kernel
def principal_axes(r: Floats, v: Floats, c: Floats, clip_variance: float, out: Floats) -> bool:
    """Project onto the plane normal to v and turn to the axes of the covariance.

    Writes (miss along major, miss along minor, sigma major, sigma minor) to ``out`` and returns whether an
    eigenvalue below ``clip_variance`` was raised to it.
    """
    speed = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    e0, e1, e2 = v[0] / speed, v[1] / speed, v[2] / speed
    # any unit vector normal to v: drop the smallest component
    if abs(e0) <= abs(e1) and abs(e0) <= abs(e2):
        a0, a1, a2 = 0.0, -e2, e1
    elif abs(e1) <= abs(e2):
        a0, a1, a2 = e2, 0.0, -e0
    else:
        a0, a1, a2 = -e1, e0, 0.0
    n = math.sqrt(a0 * a0 + a1 * a1 + a2 * a2)
    a0, a1, a2 = a0 / n, a1 / n, a2 / n
    b0 = e1 * a2 - e2 * a1
    b1 = e2 * a0 - e0 * a2
    b2 = e0 * a1 - e1 * a0
    ca0 = c[0, 0] * a0 + c[0, 1] * a1 + c[0, 2] * a2
    ca1 = c[1, 0] * a0 + c[1, 1] * a1 + c[1, 2] * a2
    ca2 = c[2, 0] * a0 + c[2, 1] * a1 + c[2, 2] * a2
    cb0 = c[0, 0] * b0 + c[0, 1] * b1 + c[0, 2] * b2
    cb1 = c[1, 0] * b0 + c[1, 1] * b1 + c[1, 2] * b2
    cb2 = c[2, 0] * b0 + c[2, 1] * b1 + c[2, 2] * b2
    paa = a0 * ca0 + a1 * ca1 + a2 * ca2
    pab = a0 * cb0 + a1 * cb1 + a2 * cb2
    pbb = b0 * cb0 + b1 * cb1 + b2 * cb2
    half_difference = 0.5 * (paa - pbb)
    root = math.hypot(half_difference, pab)
    major = 0.5 * (paa + pbb) + root
    minor = (paa * pbb - pab * pab) / major if major > 0.0 else 0.0
    turn = 0.5 * math.atan2(pab, half_difference)
    cosine, sine = math.cos(turn), math.sin(turn)
    x = r[0] * a0 + r[1] * a1 + r[2] * a2
    y = r[0] * b0 + r[1] * b1 + r[2] * b2
    clipped = minor < clip_variance
    out[0] = x * cosine + y * sine
    out[1] = y * cosine - x * sine
    out[2] = math.sqrt(max(major, clip_variance))
    out[3] = math.sqrt(max(minor, clip_variance))
    return clipped


@kernel
def planes_bulk(
    r: Floats, v: Floats, c: Floats, clip: Floats, planes: Floats, clipped: NDArray[np.bool_]
) -> None:
    """Project n encounters: ``planes`` (n, 4) as :func:`principal_axes` writes it."""
    for i in range(r.shape[0]):
        clipped[i] = principal_axes(r[i], v[i], c[i], clip[i], planes[i])


@kernel
def foster_bulk(planes: Floats, radius: Floats, pc: Floats) -> None:
    """Foster 1992 for n encounters given as planes (n, 4)."""
    for i in range(planes.shape[0]):
        pc[i] = foster_1992(planes[i, 0], planes[i, 1], planes[i, 2], planes[i, 3], radius[i])


@kernel
def alfano_bulk(planes: Floats, radius: Floats, pc: Floats) -> None:
    """Alfano 2005 for n encounters given as planes (n, 4)."""
    for i in range(planes.shape[0]):
        pc[i] = alfano_2005(planes[i, 1], planes[i, 0], planes[i, 3], planes[i, 2], radius[i])


@kernel
def chan_bulk(planes: Floats, radius: Floats, pc: Floats) -> None:
    """Chan 1997 for n encounters given as planes (n, 4)."""
    for i in range(planes.shape[0]):
        pc[i] = chan_1997(planes[i, 0], planes[i, 1], planes[i, 2], planes[i, 3], radius[i])


@kernel
def maximum_bulk(distance: Floats, aspect: Floats, radius: Floats, pc: Floats, sigma: Floats) -> None:
    """Largest probability over the size of an ellipse whose major axis points along the miss.

    Golden-section search over log(sigma minor) (Alfano 2005, "Relating position uncertainty to maximum
    conjunction probability"); ``sigma`` receives the minor axis at the maximum (the dilution threshold).
    """
    for i in range(distance.shape[0]):
        d = distance[i]
        if radius[i] >= d:
            pc[i] = 1.0
            sigma[i] = 0.0
            continue
        start = math.log(d * _SQRT1_2 / aspect[i])
        low = start - _SEARCH_BELOW
        high = start + _SEARCH_ABOVE
        x1 = high - _GOLDEN * (high - low)
        x2 = low + _GOLDEN * (high - low)
        f1 = foster_1992(d, 0.0, math.exp(x1) * aspect[i], math.exp(x1), radius[i])
        f2 = foster_1992(d, 0.0, math.exp(x2) * aspect[i], math.exp(x2), radius[i])
        for _ in range(_GOLDEN_STEPS):
            if f1 > f2:
                high, x2, f2 = x2, x1, f1
                x1 = high - _GOLDEN * (high - low)
                f1 = foster_1992(d, 0.0, math.exp(x1) * aspect[i], math.exp(x1), radius[i])
            else:
                low, x1, f1 = x1, x2, f2
                x2 = low + _GOLDEN * (high - low)
                f2 = foster_1992(d, 0.0, math.exp(x2) * aspect[i], math.exp(x2), radius[i])
        pc[i] = max(f1, f2)
        sigma[i] = math.exp(x1 if f1 > f2 else x2)
