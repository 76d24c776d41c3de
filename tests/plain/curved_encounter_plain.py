"""Curved encounters the slow and obvious way: twins of the orbit, overlap, rate and Monte Carlo kernels."""

from __future__ import annotations

import math

import numpy as np
from scipy import integrate
from scipy.special import erfc

MU = 398600.4418


def propagate(state, t):
    """Two-body motion by numerical integration."""
    if t == 0.0:
        return np.asarray(state, dtype=float)

    def derivative(_, s):
        return np.concatenate([s[3:], -MU * s[:3] / np.linalg.norm(s[:3]) ** 3])

    run = integrate.solve_ivp(derivative, (0.0, t), state, method="DOP853", rtol=1e-13, atol=1e-12)
    return run.y[:, -1]


def elements(state):
    """Equinoctial elements (n, k, h, p, q, l) by way of the classical ones."""
    r, v = np.asarray(state[:3]), np.asarray(state[3:])
    momentum = np.cross(r, v)
    node = np.cross([0.0, 0.0, 1.0], momentum)
    e = np.cross(v, momentum) / MU - r / np.linalg.norm(r)
    a = 1.0 / (2.0 / np.linalg.norm(r) - v @ v / MU)
    inclination = math.acos(momentum[2] / np.linalg.norm(momentum))
    raan = math.atan2(node[1], node[0])
    normal = momentum / np.linalg.norm(momentum)

    def angle(x, y):
        return math.atan2(np.cross(x, y) @ normal, x @ y)

    perigee = angle(node, e)
    true = angle(e, r)
    size = np.linalg.norm(e)
    eccentric = 2.0 * math.atan(math.sqrt((1 - size) / (1 + size)) * math.tan(true / 2.0))
    mean = eccentric - size * math.sin(eccentric)
    return np.array([
        math.sqrt(MU / a**3), size * math.cos(perigee + raan), size * math.sin(perigee + raan),
        math.tan(inclination / 2) * math.sin(raan), math.tan(inclination / 2) * math.cos(raan),
        mean + perigee + raan,
    ])  # fmt: skip


def state_of(elements_, t=0.0):
    """Position and velocity from equinoctial elements by way of classical ones, at times of any shape."""
    n, k, h, p, q, longitude = elements_
    e = math.hypot(k, h)
    varpi = math.atan2(h, k)
    raan = math.atan2(p, q)
    inclination = 2.0 * math.atan(math.hypot(p, q))
    mean = longitude + n * np.asarray(t, dtype=float) - varpi
    eccentric = mean + e * np.sin(mean)
    for _ in range(50):
        eccentric = eccentric - (eccentric - e * np.sin(eccentric) - mean) / (1 - e * np.cos(eccentric))
    a = (MU / n**2) ** (1 / 3)
    x = a * (np.cos(eccentric) - e)
    y = a * math.sqrt(1 - e * e) * np.sin(eccentric)
    rate = n / (1 - e * np.cos(eccentric))
    dx = -a * np.sin(eccentric) * rate
    dy = a * math.sqrt(1 - e * e) * np.cos(eccentric) * rate
    turn = _about_z(raan) @ _about_x(inclination) @ _about_z(varpi - raan)
    position = np.stack([x, y, 0 * x], axis=-1) @ turn.T
    return np.concatenate([position, np.stack([dx, dy, 0 * x], axis=-1) @ turn.T], axis=-1)


def _about_z(angle):
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _about_x(angle):
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def partials(elements_, t):
    """Partials of the state by the elements, by central differences."""
    result = np.empty((6, 6))
    for k in range(6):
        step = 1e-6 * (elements_[0] if k == 0 else 1.0)
        up, down = np.array(elements_), np.array(elements_)
        up[k] += step
        down[k] -= step
        result[:, k] = (state_of(up, t) - state_of(down, t)) / (2 * step)
    return result


def overlap(t, means, covariances, steps=12):
    """Relative state and covariance expanded at the peak overlap, by the step-by-step algorithm of Hall 2021.

    Every iteration inverts both position covariances (equations 55 and 56), as printed.
    """
    centers = [np.array(m) for m in means]
    for _ in range(steps):
        parts = []
        for j in range(2):
            psi = partials(centers[j], t)
            offset = state_of(centers[j], t) + psi @ (means[j] - centers[j])
            parts.append((offset, psi @ covariances[j] @ psi.T))
        inverses = [np.linalg.inv(p[:3, :3]) for _, p in parts]
        sigma = np.linalg.inv(inverses[0] + inverses[1])
        mu = sigma @ (inverses[0] @ parts[0][0][:3] + inverses[1] @ parts[1][0][:3])
        for j in range(2):
            offset, p = parts[j]
            velocity = offset[3:] + p[3:, :3] @ inverses[j] @ (mu - offset[:3])
            at_t = elements(np.concatenate([mu, velocity]))
            at_t[5] -= at_t[0] * t
            at_t[5] += 2 * math.pi * round((means[j][5] - at_t[5]) / (2 * math.pi))
            centers[j] = at_t
    relative = parts[1][0] - parts[0][0]
    return relative, parts[0][1] + parts[1][1]


def sphere_rate(relative, joint, radius, latitudes=80):
    """Equation 51e with a product rule over the sphere along fixed axes."""
    inverse = np.linalg.inv(joint[:3, :3])
    slope = joint[3:, :3] @ inverse
    scatter = joint[3:, 3:] - slope @ joint[:3, 3:]
    u, w = np.polynomial.legendre.leggauss(latitudes)
    angles = (np.arange(2 * latitudes) + 0.5) * math.pi / latitudes
    across = np.sqrt(1 - u * u)[:, None]
    r = np.stack([across * np.cos(angles), across * np.sin(angles), u[:, None] + 0 * angles], axis=-1)
    gap = radius * r - relative[:3]
    sigma = np.sqrt(np.einsum("abi,ij,abj->ab", r, scatter, r))
    z = np.einsum("abi,abi->ab", r, relative[3:] + gap @ slope.T) / (math.sqrt(2) * sigma)
    flux = sigma / math.sqrt(2 * math.pi) * (np.exp(-z * z) - math.sqrt(math.pi) * z * erfc(z))
    density = np.exp(-0.5 * np.einsum("abi,ij,abj->ab", gap, inverse, gap))
    density /= math.sqrt(np.linalg.det(2 * math.pi * joint[:3, :3]))
    return radius**2 * math.pi / latitudes * float(np.sum(w[:, None] * density * flux))


def hits(means, factors, radius, start, stop, normals, steps=4000):
    """Count samples whose distance falls to the radius, on a dense grid of time."""
    count = 0
    times = np.linspace(start, stop, steps)
    for row in normals:
        one = means[0] + factors[0] @ row[:6]
        two = means[1] + factors[1] @ row[6:12]
        distance = np.linalg.norm((state_of(two, times) - state_of(one, times))[:, :3], axis=1)
        count += int(distance.min() <= radius)
    return count
