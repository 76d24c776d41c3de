"""Kernels of two-body motion in equinoctial elements: what Hall's rate integral and Monte Carlo stand on.

Elements are (n, k, h, p, q, l): mean motion in rad/s, e cos and e sin of the longitude of perigee,
tan(i/2) sin and cos of the node, and the mean longitude in rad (Broucke and Cefola, "On the equinoctial
orbit elements", Celestial Mechanics 5, 1972). They are singular at an inclination of 180 degrees only;
callers turn the frame so that neither orbit comes near it (:func:`skypact.conjunction.pc_geometry.turned`).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import EARTH_MU_KM3_S2
from skypact.orbits.jit import kernel

Floats = NDArray[np.float64]

_KEPLER_STEPS = 30
_KEPLER_TOLERANCE_RAD = 1e-14
_KEPLER_STEP_MAX_RAD = 0.5
"""Newton steps are cut to this, which keeps them from leaping at high eccentricity."""
_ECCENTRICITY2_MAX = 0.999
"""Orbits beyond are treated as unbound."""


@kernel
def to_elements(state: Floats, elements: Floats) -> bool:
    """Turn position and velocity (km, km/s) into elements; return False for an unbound orbit."""
    rx, ry, rz, vx, vy, vz = state[0], state[1], state[2], state[3], state[4], state[5]
    r = math.sqrt(rx * rx + ry * ry + rz * rz)
    v2 = vx * vx + vy * vy + vz * vz
    inverse_a = 2.0 / r - v2 / EARTH_MU_KM3_S2
    hx = ry * vz - rz * vy
    hy = rz * vx - rx * vz
    hz = rx * vy - ry * vx
    size = math.sqrt(hx * hx + hy * hy + hz * hz)
    if not (inverse_a > 0.0 and size + hz > 0.0):
        return False
    a = 1.0 / inverse_a
    p = hx / (size + hz)
    q = -hy / (size + hz)
    scale = 1.0 / (1.0 + p * p + q * q)
    fx, fy, fz = scale * (1.0 - p * p + q * q), scale * 2.0 * p * q, -scale * 2.0 * p
    gx, gy, gz = scale * 2.0 * p * q, scale * (1.0 + p * p - q * q), scale * 2.0 * q
    ex = (vy * hz - vz * hy) / EARTH_MU_KM3_S2 - rx / r
    ey = (vz * hx - vx * hz) / EARTH_MU_KM3_S2 - ry / r
    ez = (vx * hy - vy * hx) / EARTH_MU_KM3_S2 - rz / r
    k = ex * fx + ey * fy + ez * fz
    h = ex * gx + ey * gy + ez * gz
    e2 = k * k + h * h
    if not e2 < _ECCENTRICITY2_MAX:
        return False
    s = math.sqrt(1.0 - e2)
    beta = 1.0 / (1.0 + s)
    x = rx * fx + ry * fy + rz * fz
    y = rx * gx + ry * gy + rz * gz
    cosine = k + ((1.0 - k * k * beta) * x - h * k * beta * y) / (a * s)
    sine = h + ((1.0 - h * h * beta) * y - h * k * beta * x) / (a * s)
    elements[0] = math.sqrt(EARTH_MU_KM3_S2 * inverse_a**3)
    elements[1] = k
    elements[2] = h
    elements[3] = p
    elements[4] = q
    elements[5] = math.atan2(sine, cosine) + h * cosine - k * sine
    return True


@kernel
def eccentric_longitude(mean_longitude: float, k: float, h: float) -> float:
    """Solve Kepler's equation l = F + h cos F - k sin F for F by Newton steps."""
    f = mean_longitude
    for _ in range(_KEPLER_STEPS):
        sine, cosine = math.sin(f), math.cos(f)
        step = (f + h * cosine - k * sine - mean_longitude) / (1.0 - h * sine - k * cosine)
        step = min(max(step, -_KEPLER_STEP_MAX_RAD), _KEPLER_STEP_MAX_RAD)
        f -= step
        if abs(step) < _KEPLER_TOLERANCE_RAD:
            break
    return f


@kernel
def to_state(elements: Floats, t: float, state: Floats) -> None:
    """Position and velocity (km, km/s) ``t`` seconds after the epoch of the elements."""
    n, k, h, p, q = elements[0], elements[1], elements[2], elements[3], elements[4]
    f = eccentric_longitude(elements[5] + n * t, k, h)
    sine, cosine = math.sin(f), math.cos(f)
    a = (EARTH_MU_KM3_S2 / (n * n)) ** (1.0 / 3.0)
    beta = 1.0 / (1.0 + math.sqrt(1.0 - h * h - k * k))
    x = a * ((1.0 - h * h * beta) * cosine + h * k * beta * sine - k)
    y = a * ((1.0 - k * k * beta) * sine + h * k * beta * cosine - h)
    rate = n * a / (1.0 - k * cosine - h * sine)
    dx = rate * (h * k * beta * cosine - (1.0 - h * h * beta) * sine)
    dy = rate * ((1.0 - k * k * beta) * cosine - h * k * beta * sine)
    scale = 1.0 / (1.0 + p * p + q * q)
    fx, fy, fz = scale * (1.0 - p * p + q * q), scale * 2.0 * p * q, -scale * 2.0 * p
    gx, gy, gz = scale * 2.0 * p * q, scale * (1.0 + p * p - q * q), scale * 2.0 * q
    state[0] = x * fx + y * gx
    state[1] = x * fy + y * gy
    state[2] = x * fz + y * gz
    state[3] = dx * fx + dy * gx
    state[4] = dx * fy + dy * gy
    state[5] = dx * fz + dy * gz


@kernel
def to_state_with_partials(elements: Floats, t: float, state: Floats, partials: Floats) -> None:
    """As :func:`to_state`, and the partials (6, 6) of that state by the elements at their epoch."""
    n, k, h, p, q = elements[0], elements[1], elements[2], elements[3], elements[4]
    to_state(elements, t, state)
    f = eccentric_longitude(elements[5] + n * t, k, h)
    sine, cosine = math.sin(f), math.cos(f)
    a = (EARTH_MU_KM3_S2 / (n * n)) ** (1.0 / 3.0)
    s = math.sqrt(1.0 - h * h - k * k)
    beta = 1.0 / (1.0 + s)
    beta_k = beta * beta * k / s
    beta_h = beta * beta * h / s
    scale = 1.0 / (1.0 + p * p + q * q)
    fx, fy, fz = scale * (1.0 - p * p + q * q), scale * 2.0 * p * q, -scale * 2.0 * p
    gx, gy, gz = scale * 2.0 * p * q, scale * (1.0 + p * p - q * q), scale * 2.0 * q
    wx, wy, wz = scale * 2.0 * p, -scale * 2.0 * q, scale * (1.0 - p * p - q * q)
    x = a * ((1.0 - h * h * beta) * cosine + h * k * beta * sine - k)
    y = a * ((1.0 - k * k * beta) * sine + h * k * beta * cosine - h)
    d = 1.0 - k * cosine - h * sine
    # u, w: velocity in the orbital plane divided by n a / d
    u = h * k * beta * cosine - (1.0 - h * h * beta) * sine
    w = (1.0 - k * k * beta) * cosine - h * k * beta * sine
    rate = n * a / d
    dx = rate * u
    dy = rate * w
    for which in range(3):  # k, h, l; through F and directly
        if which == 0:
            df = sine / d
            x0 = a * (-h * h * beta_k * cosine + h * (beta + k * beta_k) * sine - 1.0)
            y0 = a * (-k * (2.0 * beta + k * beta_k) * sine + h * (beta + k * beta_k) * cosine)
            u0 = h * (beta + k * beta_k) * cosine + h * h * beta_k * sine
            w0 = -k * (2.0 * beta + k * beta_k) * cosine - h * (beta + k * beta_k) * sine
            d0 = -cosine
        elif which == 1:
            df = -cosine / d
            x0 = a * (-h * (2.0 * beta + h * beta_h) * cosine + k * (beta + h * beta_h) * sine)
            y0 = a * (-k * k * beta_h * sine + k * (beta + h * beta_h) * cosine - 1.0)
            u0 = k * (beta + h * beta_h) * cosine + h * (2.0 * beta + h * beta_h) * sine
            w0 = -k * k * beta_h * cosine - k * (beta + h * beta_h) * sine
            d0 = -sine
        else:
            df = 1.0 / d
            x0 = 0.0
            y0 = 0.0
            u0 = 0.0
            w0 = 0.0
            d0 = 0.0
        x1 = x0 + a * u * df
        y1 = y0 + a * w * df
        d1 = d0 + (k * sine - h * cosine) * df
        du = u0 + (-h * k * beta * sine - (1.0 - h * h * beta) * cosine) * df
        dw = w0 + (-(1.0 - k * k * beta) * sine - h * k * beta * cosine) * df
        dx1 = rate * (du - u * d1 / d)
        dy1 = rate * (dw - w * d1 / d)
        column = 1 if which == 0 else (2 if which == 1 else 5)
        partials[0, column] = x1 * fx + y1 * gx
        partials[1, column] = x1 * fy + y1 * gy
        partials[2, column] = x1 * fz + y1 * gz
        partials[3, column] = dx1 * fx + dy1 * gx
        partials[4, column] = dx1 * fy + dy1 * gy
        partials[5, column] = dx1 * fz + dy1 * gz
    for i in range(3):
        partials[i, 0] = -2.0 / (3.0 * n) * state[i] + t * partials[i, 5]
        partials[i + 3, 0] = state[i + 3] / (3.0 * n) + t * partials[i + 3, 5]
    # by p: f turns by 2 (q g - w), g by -2 q f, all times scale; by q: f by 2 p g, g by 2 (w - p f)
    for i in range(2):
        xx = x if i == 0 else dx
        yy = y if i == 0 else dy
        j = 3 * i
        partials[j, 3] = 2.0 * scale * (q * (yy * fx - xx * gx) - xx * wx)
        partials[j + 1, 3] = 2.0 * scale * (q * (yy * fy - xx * gy) - xx * wy)
        partials[j + 2, 3] = 2.0 * scale * (q * (yy * fz - xx * gz) - xx * wz)
        partials[j, 4] = 2.0 * scale * (p * (xx * gx - yy * fx) + yy * wx)
        partials[j + 1, 4] = 2.0 * scale * (p * (xx * gy - yy * fy) + yy * wy)
        partials[j + 2, 4] = 2.0 * scale * (p * (xx * gz - yy * fz) + yy * wz)
