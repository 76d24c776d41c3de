"""What any record of skypact carries: data mode, provenance, and how progress is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Progress = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, what is being done); must return quickly."""


def no_progress(done: int, total: int, what: str) -> None:
    """Tell nobody."""


class DataMode(StrEnum):
    """Whether data is real; a property of a whole node that never mixes with another."""

    REAL = "REAL"
    EXERCISE = "EXERCISE"
    SIMULATED = "SIMULATED"
    TEST = "TEST"


@dataclass(frozen=True)
class Provenance:
    """How a stored result came to be: enough to make it again.

    Attributes
    ----------
    method
        Name of the method, with author and year where published.
    inputs
        Identifiers or hashes of everything that went in.
    parameters
        The parameters used, names with units.
    created_utc
        ISO 8601 with ``Z``.
    """

    skypact_version: str
    method: str
    data_mode: DataMode
    created_utc: str
    inputs: tuple[str, ...] = ()
    parameters: Mapping[str, str | float | int | bool | None] = field(default_factory=dict)
