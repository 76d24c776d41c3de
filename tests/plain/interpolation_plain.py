"""Interpolation the obvious way: solve for the polynomial that meets every condition, then evaluate it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np


def polynomial_through(conditions: list[tuple[float, int, float]]) -> list[Fraction]:
    """Coefficients (lowest first) of the polynomial whose ``order``-th derivative at ``time`` is ``value``.

    Exact rational arithmetic: no rounding, no choice of method.
    """
    n = len(conditions)
    rows = []
    for time, order, value in conditions:
        t = Fraction(time)
        row = []
        for power in range(n):
            factor = Fraction(1)
            for k in range(order):
                factor *= power - k
            row.append(factor * t ** (power - order) if power >= order else Fraction(0))
        rows.append([*row, Fraction(value)])
    for column in range(n):
        pivot = next(r for r in range(column, n) if rows[r][column] != 0)
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [x / rows[column][column] for x in rows[column]]
        for r in range(n):
            if r != column and rows[r][column] != 0:
                factor = rows[r][column]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[column], strict=True)]
    return [row[n] for row in rows]


def evaluate(coefficients: list[Fraction], time: float, order: int) -> float:
    """The ``order``-th derivative of a polynomial at ``time``."""
    for _ in range(order):
        coefficients = [c * k for k, c in enumerate(coefficients)][1:]
    total = Fraction(0)
    for c in reversed(coefficients):
        total = total * Fraction(time) + c
    return float(total)


def hermite(times: np.ndarray, position: np.ndarray, velocity: np.ndarray, time: float) -> np.ndarray:
    """Position, velocity, acceleration (9,) of the polynomial through all positions and velocities."""
    result = np.empty(9)
    for axis in range(3):
        conditions = [(float(t), 0, float(p)) for t, p in zip(times, position[:, axis], strict=True)]
        conditions += [(float(t), 1, float(v)) for t, v in zip(times, velocity[:, axis], strict=True)]
        c = polynomial_through(conditions)
        result[axis::3] = [evaluate(c, time, order) for order in range(3)]
    return result


def lagrange(times: np.ndarray, position: np.ndarray, velocity: np.ndarray, time: float) -> np.ndarray:
    """Position, velocity, and the derivative of the velocity (9,), each through all its samples."""
    result = np.empty(9)
    for axis in range(3):
        of_position = polynomial_through(
            [(float(t), 0, float(p)) for t, p in zip(times, position[:, axis], strict=True)]
        )
        of_velocity = polynomial_through(
            [(float(t), 0, float(v)) for t, v in zip(times, velocity[:, axis], strict=True)]
        )
        result[axis] = evaluate(of_position, time, 0)
        result[axis + 3] = evaluate(of_velocity, time, 0)
        result[axis + 6] = evaluate(of_velocity, time, 1)
    return result
