"""The one way to make a kernel: numba with caching, without the GIL, and with one set of float rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

from skypact.orbits.jit_cache import cached

F = TypeVar("F", bound=Callable[..., Any])

FASTMATH = {"nsz", "arcp", "contract", "afn", "reassoc"}
"""Liberties taken with floats where a kernel asks for them: never NaN and infinity, which carry errors."""


def kernel(function: F) -> F:
    """Compile ``function`` on first use with strict IEEE arithmetic, cached on disk, releasing the GIL."""
    return cast(F, cached(numba.njit(nogil=True, error_model="numpy")(function)))


def fast_kernel(function: F) -> F:
    """Compile as :func:`kernel` does, with :data:`FASTMATH` (vectorized sums)."""
    return cast(F, cached(numba.njit(nogil=True, error_model="numpy", fastmath=FASTMATH)(function)))


def inline_kernel(function: F) -> F:
    """Compile a small function that callers always inline, so that loops around it can be vectorized."""
    return cast(F, numba.njit(inline="always", error_model="numpy", fastmath=FASTMATH)(function))


LANE_FASTMATH = {"nsz", "contract"}
"""Liberties of bulk kernels: fused multiply-add, no reordering, which range reduction would not survive."""


def bulk_kernel(function: F) -> F:
    """Compile as :func:`kernel` does, with :data:`LANE_FASTMATH`: for loops that LLVM vectorizes."""
    compiled = numba.njit(nogil=True, error_model="numpy", fastmath=LANE_FASTMATH)(function)
    return cast(F, cached(compiled))


def lane_kernel(function: F) -> F:
    """Compile a piece of a bulk kernel's loop over lanes: LLVM always inlines it there."""
    return cast(F, numba.njit(error_model="numpy", fastmath=LANE_FASTMATH, forceinline=True)(function))
