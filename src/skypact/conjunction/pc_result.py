"""What every method of collision probability returns, and the few options that some of them take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_SAMPLES_MAX = 1_000_000
"""Samples after which Monte Carlo stops whatever it reached: some 10 s for fast encounters."""
DEFAULT_PRECISION = 0.1
"""Half width of the 95 % interval over the probability at which Monte Carlo stops (about 400 hits)."""
DEFAULT_SEED = 20090209
"""Seed of Monte Carlo unless told otherwise: the same input gives the same output."""


@dataclass(frozen=True)
class PcOptions:
    """Options of the methods; those that a method has no use for are ignored.

    Attributes
    ----------
    cross_correlation
        Take out the density error that both objects share, where it is known (all methods). Off by default,
        as in NASA CARA's baseline and reference values.
    samples_max, precision, seed
        Monte Carlo: most samples, relative half width of the 95 % interval to stop at, seed.
    window_s
        Monte Carlo: times from the epoch of the states between which a collision counts; by default the
        encounter segment, between the two maxima of the distance.
    """

    cross_correlation: bool = False
    samples_max: int = DEFAULT_SAMPLES_MAX
    precision: float = DEFAULT_PRECISION
    seed: int = DEFAULT_SEED
    window_s: tuple[float, float] | None = None


@dataclass(frozen=True)
class PcResult:
    """A collision probability by a named method, and how far it can be trusted.

    Attributes
    ----------
    method
        The name by which it was asked for.
    pc
        The probability; NaN where the method cannot say anything.
    valid
        Whether the assumptions of the method hold for this encounter.
    why
        The reasons, in words: why not, or what was checked.
    low, high
        Bounds of the value where the method gives any (95 % confidence for Monte Carlo), else ``None``.
    notes
        What was done to the input (repair, shift in time, cross-correlation), a phrase each.
    evidence
        Intermediate figures, names with units.
    """

    method: str
    pc: float
    valid: bool
    why: str
    low: float | None = None
    high: float | None = None
    notes: tuple[str, ...] = ()
    evidence: Mapping[str, float | int | str | bool] = field(default_factory=dict)
