"""Zeros of many functions of time at once, each within its own bracket."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Evaluate = Callable[[NDArray[np.intp], Floats], tuple[Floats, Floats]]
"""Gives values and slopes (NaN where unknown) of the functions ``rows``, each at its own time."""

ROOT_TOLERANCE_S = 1e-6
ROOT_STEPS_MAX = 60


def bracketed_roots(evaluate: Evaluate, low_s: Floats, high_s: Floats) -> Floats:
    """Find for each function, which changes its sign between ``low_s`` and ``high_s``, where it does.

    Newton's method, replaced by bisection where it would leave the bracket or the slope is not known. A jump
    from one sign to the other counts as a zero.

    Returns
    -------
    Times, shape (m,), within :data:`ROOT_TOLERANCE_S`.
    """
    low, high = low_s.copy(), high_s.copy()
    time_s = 0.5 * (low + high)
    everything = np.arange(low.shape[0])
    rising = evaluate(everything, low)[0] < 0
    active = everything
    for _ in range(ROOT_STEPS_MAX):
        value, slope = evaluate(active, time_s[active])
        below = (value < 0) == rising[active]
        low[active[below]] = time_s[active[below]]
        high[active[~below]] = time_s[active[~below]]
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = time_s[active] - value / slope
        inside = (newton > low[active]) & (newton < high[active])
        after = np.where(inside, newton, 0.5 * (low[active] + high[active]))
        moved = np.abs(after - time_s[active])
        time_s[active] = after
        active = active[(moved > ROOT_TOLERANCE_S) & (high[active] - low[active] > ROOT_TOLERANCE_S)]
        if active.size == 0:
            break
    return time_s
