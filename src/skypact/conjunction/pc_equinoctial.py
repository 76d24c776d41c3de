"""Two states with covariances as equinoctial elements, the form in which they stay Gaussian for longest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.pc_geometry import EncounterStates, repaired_covariance, turned
from skypact.conjunction.pc_orbit_kernels import to_elements, to_state_with_partials

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ElementPair:
    """Mean elements and covariances of both objects at the time of the message, frame turned.

    Elements are those of :mod:`skypact.conjunction.pc_orbit_kernels`, at time zero.
    """

    means: Floats
    """Shape (2, 6)."""
    covariances: Floats
    """Shape (2, 6, 6)."""
    shared: Floats
    """Sensitivity to the shared density error times its sigma, shape (2, 6); zero where not used."""
    repaired: bool
    """Whether a covariance was repaired (:func:`skypact.conjunction.pc_geometry.repaired_covariance`)."""

    @property
    def period_s(self) -> float:
        """The shorter of both orbital periods."""
        return float(2.0 * np.pi / self.means[:, 0].max())


def element_pair(encounter: EncounterStates, *, cross_correlation: bool = False) -> ElementPair | None:
    """Return the pair in elements, or ``None`` where an orbit is not bound to the Earth."""
    matrix = turned(encounter)
    both = np.kron(np.eye(2), matrix)
    means = np.empty((2, 6))
    covariances = np.empty((2, 6, 6))
    shared = np.zeros((2, 6))
    repaired = False
    use_shared = cross_correlation and encounter.cross_correlation_known
    for j, item in enumerate((encounter.primary, encounter.secondary)):
        state = both @ np.concatenate([item.position_km, item.velocity_km_s])
        if not to_elements(state, means[j]):
            return None
        partials = np.empty((6, 6))
        to_state_with_partials(means[j], 0.0, np.empty(6), partials)
        covariance, changed = repaired_covariance(item.covariance)
        repaired |= changed
        to_mean = np.linalg.solve(partials, both)
        covariances[j] = to_mean @ covariance @ to_mean.T
        if use_shared and item.density is not None:
            shared[j] = item.density.sigma * (to_mean @ item.density.sensitivity)
    return ElementPair(means, 0.5 * (covariances + np.swapaxes(covariances, 1, 2)), shared, repaired)
