"""Collision probability the slow and obvious way: twins of skypact.conjunction.pc_kernels."""

from __future__ import annotations

import math

import numpy as np
from scipy import integrate, stats


def foster(x_m: float, y_m: float, s_x: float, s_y: float, radius: float) -> float:
    """Integrate the density over the disk in polar coordinates, adaptively, scaled by its highest value."""

    def log_density(rho: float, angle: float) -> float:
        dx = rho * math.cos(angle) - x_m
        dy = rho * math.sin(angle) - y_m
        return -0.5 * ((dx / s_x) ** 2 + (dy / s_y) ** 2)

    rings, turns = np.linspace(0, radius, 41), np.linspace(0, 2 * np.pi, 181)
    grid = [log_density(r, a) for r in rings for a in turns]
    top = max(grid)
    value, _ = integrate.dblquad(
        lambda rho, angle: rho * math.exp(log_density(rho, angle) - top),
        0.0, 2.0 * math.pi, 0.0, radius, epsabs=0.0, epsrel=1e-11,
    )  # fmt: skip
    return value * math.exp(top) / (2.0 * math.pi * s_x * s_y)


def foster_sum(x_m: float, y_m: float, s_x: float, s_y: float, radius: float) -> float:
    """Sum 2,000 strips of the disk; for planes whose exponent is not steep."""
    angle = (np.arange(2000) + 0.5) * math.pi / 2000 - 0.5 * math.pi
    half, x = radius * np.cos(angle), radius * np.sin(angle)
    inner = stats.norm.cdf((half - y_m) / s_y) - stats.norm.cdf((-half - y_m) / s_y)
    return float(np.sum(inner * stats.norm.pdf(x, x_m, s_x) * half) * math.pi / 2000)


def foster_circular(distance: float, sigma: float, radius: float) -> float:
    """Closed form for a circular density: the noncentral chi-square distribution."""
    return float(stats.ncx2.cdf((radius / sigma) ** 2, 2, (distance / sigma) ** 2))


def chan(x_m: float, y_m: float, s_x: float, s_y: float, radius: float) -> float:
    """Chan's series term by term with the distributions of scipy."""
    u = radius * radius / (s_x * s_y)
    v = (x_m / s_x) ** 2 + (y_m / s_y) ** 2
    terms = np.arange(3000)
    return float(np.sum(stats.poisson.pmf(terms, 0.5 * v) * stats.poisson.sf(terms, 0.5 * u)))


def alfano(x_m: float, y_m: float, s_x: float, s_y: float, radius: float) -> float:
    """Equations 6 to 15 of Alfano (2005) as printed; x is the minor axis."""
    m = int(min(max(5 * radius / min(s_x, s_y, math.hypot(x_m, y_m)), 10), 50))
    dx = radius / (2 * m)

    def y(x: float) -> float:
        return math.sqrt(radius**2 - x**2)

    def bracket(x: float) -> float:
        a = math.erf((y_m + y(x)) / (s_y * math.sqrt(2))) - math.erf((y_m - y(x)) / (s_y * math.sqrt(2)))
        b = math.exp(-((x_m + x) ** 2) / (2 * s_x**2)) + math.exp(-((x_m - x) ** 2) / (2 * s_x**2))
        return a * b

    odd = 4 * sum(bracket((2 * i - 1) * dx - radius) for i in range(1, m + 1))
    even = 2 * sum(bracket(2 * i * dx - radius) for i in range(1, m))
    last = math.erf((y_m + radius) / (s_y * math.sqrt(2))) - math.erf((y_m - radius) / (s_y * math.sqrt(2)))
    even += 2 * last * math.exp(-(x_m**2) / (2 * s_x**2))
    zero = 2 * bracket(0.015 * dx - radius)
    return dx / (3 * math.sqrt(8 * math.pi) * s_x) * (zero + even + odd)


def plane(r, v, covariance):
    """Miss and sigmas on the axes of the covariance projected along v (major first), by eigenvectors."""
    e = v / np.linalg.norm(v)
    basis = np.linalg.svd(np.eye(3) - np.outer(e, e))[0][:, :2]
    values, vectors = np.linalg.eigh(basis.T @ covariance @ basis)
    miss = vectors.T @ basis.T @ r
    return miss[1], miss[0], math.sqrt(values[1]), math.sqrt(values[0])


def largest(distance: float, aspect: float, radius: float) -> tuple[float, float]:
    """Largest probability over sigma for a miss along the major axis, by a grid refined four times."""
    low, high = math.log(distance / aspect) - 4.0, math.log(distance / aspect) + 2.0
    for _ in range(5):
        logs = np.linspace(low, high, 41)
        values = [foster_sum(distance, 0.0, aspect * math.exp(s), math.exp(s), radius) for s in logs]
        best = int(np.argmax(values))
        low, high = logs[max(best - 1, 0)], logs[min(best + 1, 40)]
    return values[best], math.exp(logs[best])
